"""The API: every app's operations below /api/v1/organizations/<organization>/, and their description."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path, re_path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from aims.core import api as core_api
from aims.core import keys
from aims.core.middleware import refused_key
from aims.core.views import errors
from audits import api as audits_api
from controls import api as controls_api
from inventory import api as inventory_api
from risk import api as risk_api

router = SimpleRouter(trailing_slash=False)
for app_api in (inventory_api, risk_api, controls_api, core_api, audits_api):
    app_api.register(router)


@cache
def operations() -> list[dict[str, Any]]:
    """The description by groups, for people. The same for everybody, so it is made once."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in paths.items():
        for method, operation in methods.items():
            line = {
                "method": method.upper(),
                "address": address,
                "text": operation.get("description", ""),
                "parameters": [each for each in operation.get("parameters", ()) if each["in"] == "query"],
            }
            groups.setdefault((operation.get("tags") or ["other"])[0], []).append(line)
    return [{"title": title, "operations": lines} for title, lines in sorted(groups.items())]


@login_required
def reference(request: HttpRequest) -> HttpResponse:
    return render(request, "core/api_docs.html", {"groups": operations()})


def schema(request: HttpRequest) -> HttpResponse:
    """For programs: whoever is signed in, or sends a valid key of any organization."""
    if not request.user.is_authenticated and keys.record_of(request) is None:
        return refused_key(request)
    answer: HttpResponse = SpectacularAPIView.as_view()(request)
    return answer


def nothing_here(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return errors.problem_response(request, 404, "There is nothing at this address for you.")


urlpatterns = [
    path("schema", schema, name="api_schema"),
    path("docs", reference, name="api_docs"),
    path("organizations/<slug:organization>/", include(router.urls)),
    re_path(r"", nothing_here),
]
