"""The front door and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from aims.core import permissions
from aims.core.generic import Page
from aims.core.queries.trail import filtered_trail, lines
from aims.core.queries.work import work_of
from aims.core.registry import registry
from aims.core.views.own import as_task
from aims.onboarding import checklist

FIRST_TASKS = 6
LATEST_LINES = 8


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
        return context | self._own_work(context) | self._activity() | self._first_visit()

    def _own_work(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        if not self.can("core.view_own_work"):
            return {}
        mine = [as_task(item, self.today) for item in work_of(self.actor, self.today)[:FIRST_TASKS]]
        return {"attention": [*parts.get("attention", []), *mine], "work_url": self._url("my_work")}

    def _activity(self) -> dict[str, Any]:
        if not self.can("core.view_trail"):
            return {}
        told = [
            {"when": line.at, "actor": line.actor, "verb": line.verb, "object": line.object, "url": line.url}
            for line in lines(filtered_trail()[:LATEST_LINES], reader=self.actor)
        ]
        return {"activity": told, "trail_url": self._url("trail")}

    def _first_visit(self) -> dict[str, Any]:
        if not self.actor.roles & {permissions.LEAD, permissions.ADMIN}:
            return {}
        return {"onboarding": checklist(self.actor, self.slug)}

    def _url(self, name: str) -> str:
        return reverse(name, args=[self.slug])
