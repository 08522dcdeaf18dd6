"""The project's addresses and one more that fails while it holds a secret."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from aims import urls

SECRET_IN_HAND = "canary-local-3b7f0c"


def fail(request: HttpRequest) -> HttpResponse:
    password = api_key = SECRET_IN_HAND
    raise RuntimeError(f"failed with {len(password) + len(api_key)} characters in hand")


urlpatterns = [path("fail", fail), path("api/v1/fail", fail), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
