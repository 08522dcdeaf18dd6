"""Handing out the register, or one system, in the formats of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.copies import copy_line
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.generic import Page
from aims.core.pdf import PdfUnavailable
from inventory.exports.annex_viii import Point, points
from inventory.exports.files import KINDS, ExportedFile, Kind, export
from inventory.exports.losses import report
from inventory.models import AISystem
from inventory.queries import exports as queries
from inventory.queries import sheets
from inventory.queries.systems import Systems
from inventory.views.register_files import FileOfRegister
from inventory.views.systems import Register


class Exports(Page):
    template_name = "inventory/exports.html"
    has_past = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        return super().get(request, *args, **kwargs)


class RegisterExports(Exports, Register):
    """The filters of the register hold for the files too."""

    verb = "inventory.view_system"

    def context(self) -> Mapping[str, Any]:
        found = self.rows()
        query = self.request.GET.urlencode()
        kinds = [(kind, self._url(kind, query)) for kind in KINDS.values() if not kind.of_one]
        lost = _lost(kind for kind, _ in kinds)
        return {"kinds": kinds, "count": found.count(), "is_filtered": bool(query), "lost": lost}

    def _url(self, kind: Kind, query: str) -> str:
        url = reverse("systems_export", args=[self.slug, kind.key])
        return f"{url}?{query}" if query else url


class ExportRegister(FileOfRegister, RegisterExports):
    register = sheets.SYSTEMS

    @property
    def format(self) -> str:
        return str(self.kwargs["kind"])

    def records(self) -> Systems:
        return self.systems()  # type: ignore[no-any-return]

    def made(self, found: Systems) -> HttpResponse:
        return _download(self, found, is_one=False)


class SystemExports(Exports):
    verb = "inventory.view_system"

    def context(self) -> Mapping[str, Any]:
        system = get_object_or_404(AISystem, pk=self.kwargs["pk"])
        found = AISystem.objects.filter(pk=system.pk)
        made = queries.register_of(found, now=self.now, is_one=True)
        urls = [
            (kind, reverse("system_export", args=[self.slug, system.pk, kind.key])) for kind in KINDS.values()
        ]
        asked: tuple[Point, ...] = points(made.systems[0], made.organization)
        lost = _lost(KINDS.values())
        return {"system": system, "kinds": urls, "count": 1, "points": asked, "lost": lost}


class ExportSystem(SystemExports):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        system = get_object_or_404(AISystem, pk=self.kwargs["pk"])
        return _download(self, AISystem.objects.filter(pk=system.pk), is_one=True)


def _lost(kinds: Iterable[Kind]) -> list[tuple[str, str, str]]:
    return [(kind.label, fields, reason) for kind in kinds for fields, reason in report(kind.key)]


def _download(page: Page, found: Systems, *, is_one: bool) -> HttpResponse:
    if not page.actor.may_download:
        raise NotAllowed("Your access does not include downloads.")
    kind = KINDS.get(page.kwargs["kind"])
    if kind is None:
        raise Http404
    queries.check_fits(kind, found, is_one=is_one)
    register = queries.register_of(found, now=page.now, is_one=is_one)
    try:
        made = export(kind, register, copy_for=copy_line(page.actor, page.now))
    except PdfUnavailable as missing:
        raise RuleBroken(str(missing)) from missing
    return file_answer(made)


def file_answer(made: ExportedFile) -> HttpResponse:
    """Always a download: an HTML file of the register is never shown on the portal's own address."""
    return HttpResponse(
        made.content,
        content_type=made.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{made.name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
