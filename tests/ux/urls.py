"""Addresses that the frame links to; nobody follows them in these tests."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nowhere(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("accounts/single-sign-on/", nowhere, name="single_sign_on"),
    path("theme/", nowhere, name="theme"),
    path("o/<slug:organization>/search/", nowhere, name="search"),
    path("o/<slug:organization>/notifications/", nowhere, name="notifications"),
    path("o/<slug:organization>/help/", nowhere, name="help"),
    path("o/<slug:organization>/settings/", nowhere, name="settings"),
]
