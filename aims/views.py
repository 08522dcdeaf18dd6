"""The front door and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from aims.core.generic import Page
from aims.core.registry import registry


@login_required
def start(request: Any) -> HttpResponse:
    """Straight into the organization when there is one, else a choice."""
    if len(request.places) == 1:
        return redirect(request.places[0].url)
    return render(request, "core/start.html", {"places": request.places})


def health(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


class Home(Page):
    """What needs attention, where the certification cycle stands, and the numbers with their records."""

    verb = "core.view_home"
    template_name = "core/home.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.actor.is_auditor:
            return redirect("engagement_home", self.slug)
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, Any]:
        context: dict[str, Any] = {}
        for part in registry.home_parts:
            for key, value in part(self.actor, self.today).items():
                context[key] = [*context[key], *value] if isinstance(context.get(key), list) else value
        return context
