"""Registers as workbooks, and what came back in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.generic import Page
from aims.core.numbers import whole_number
from inventory.enums import ImportState
from inventory.exports.sheet import MEDIA_TYPE, file_name
from inventory.models import InventoryImport
from inventory.queries import sheets
from inventory.register_files import SHEET
from inventory.rules.sheets import Verdict
from inventory.services import sheets as services
from inventory.views import ai_models, data_sets, prompts, resources, suppliers, systems
from inventory.views.register_files import FileOfRegister

PER_PAGE = 50
TONES = {Verdict.CHANGED: "ok", Verdict.CONFLICT: "bad", Verdict.HERE: "info", Verdict.REFUSED: "bad"}
WORDS = {
    Verdict.CHANGED: "Changed in the sheet",
    Verdict.CONFLICT: "Changed in both",
    Verdict.HERE: "Changed here only",
    Verdict.REFUSED: "Cannot be taken over",
}


class Download(FileOfRegister):
    """What the filters of a register leave, to be edited and uploaded again."""

    format = SHEET

    def made(self, found: Any) -> HttpResponse:
        content = sheets.sheet_of(found, self.register)
        headers = {"Content-Disposition": f'attachment; filename="{file_name(self.register.shape)}"'}
        return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)


class DownloadSheet(Download, systems.Register):
    verb = "inventory.view_system"
    register = sheets.SYSTEMS

    def records(self) -> Any:
        return self.systems()


class DownloadSuppliersSheet(Download, suppliers.Register):
    register = sheets.SUPPLIERS

    def records(self) -> Any:
        return self.suppliers()


class DownloadModelsSheet(Download, ai_models.Models, resources.Register):
    register = sheets.MODELS
    records = resources.Register.found


class DownloadDataSetsSheet(Download, data_sets.DataSets, resources.Register):
    register = sheets.DATA_SETS
    records = resources.Register.found


class DownloadPromptsSheet(Download, prompts.Prompts, resources.Register):
    register = sheets.PROMPTS
    records = resources.Register.found


class Changes(Page):
    """Cell by cell: what the sheet was made from, what is here now, what the sheet says."""

    verb = "inventory.view_imports"
    template_name = "inventory/import_changes.html"

    @cached_property
    def upload(self) -> InventoryImport:
        found: InventoryImport = get_object_or_404(InventoryImport, pk=self.kwargs["pk"])
        permissions.require(self.actor, sheets.register_of(found).view)
        return found

    def context(self) -> Mapping[str, Any]:
        comparison = sheets.comparison_of(self.upload)
        page = Paginator(comparison.rows, PER_PAGE).get_page(self.request.GET.get("page"))
        return {
            "upload": self.upload,
            "comparison": comparison,
            "heading": comparison.register.heading,
            "noun": comparison.register.shape.noun,
            "route": comparison.register.route,
            "register_url": reverse(comparison.register.url_name, args=[self.slug]),
            "counts": [(WORDS[each], comparison.count(each)) for each in Verdict],
            "page": page,
            "rows": [
                (row, [(cell, WORDS[cell.verdict], TONES[cell.verdict]) for cell in row.cells])
                for row in page.object_list
            ],
            "may_take": self.can(services.APPLY) and self.upload.state == ImportState.PREVIEWED,
        }


class TakeOver(Changes):
    verb = services.APPLY

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            taken = services.take_over(
                actor=self.actor,
                upload=self.upload,
                cells=[_chosen(text) for text in request.POST.getlist("cells")],
                now=self.now,
            )
        except (RuleBroken, StaleState) as refused:
            status = 409 if isinstance(refused, StaleState) else 422
            return self.show(status=status, refused=refused)
        what = "1 cell is" if taken == 1 else f"{taken} cells are"
        messages.success(request, f"{what} taken over.")
        return HttpResponse(
            status=302, headers={"Location": reverse("import_changes", args=[self.slug, self.upload.pk])}
        )


def _chosen(text: str) -> services.Chosen:
    """`number:field:row_version`, as the page offers it."""
    number, _, rest = text.partition(":")
    key, _, version = rest.partition(":")
    record, row_version = whole_number(number), whole_number(version)
    if record is None or row_version is None:
        raise RuleBroken("Tick the cells again.", field="cells")
    return services.Chosen(record, key, row_version)
