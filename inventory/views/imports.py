"""Pages of inventory files on their way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from aims.core.enums import JobState
from aims.core.exceptions import RuleBroken
from aims.core.generic import ActPage, FormPage, ListPage, Page
from aims.core.models import Job
from aims.core.numbers import whole_number
from inventory import importing
from inventory.enums import ImportState
from inventory.forms.imports import UploadForm
from inventory.import_plan import ImportPlan, Outcome, PlannedResource, PlannedRow
from inventory.imports import template
from inventory.imports.fields import BY_KEY
from inventory.models import InventoryImport
from inventory.queries import imports as queries
from inventory.queries import sheets
from inventory.queries.components import RECORDS
from inventory.queries.own_columns import own_columns

JOB_STATES = {JobState.QUEUED: "waiting"}
TONES = {
    ImportState.UPLOADED: "info",
    ImportState.PREVIEWED: "warn",
    ImportState.REFUSED: "bad",
    ImportState.APPLIED: "ok",
    ImportState.DISCARDED: "neutral",
}
TEMPLATES = {
    "csv": ("ai-systems.csv", "text/csv; charset=utf-8", template.csv_template),
    "example": ("ai-systems-example.csv", "text/csv; charset=utf-8", template.csv_example),
    "xlsx": (
        "ai-systems.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        template.xlsx_template,
    ),
}
SHOWN = {"": "All", Outcome.CREATE: "New", Outcome.KNOWN: "Known already", Outcome.REFUSED: "With problems"}
UNMAPPED_SHOWN = 200


class ImportsPage(ListPage):
    verb = "inventory.view_imports"
    template_name = "inventory/imports.html"

    def rows(self) -> Any:
        return queries.imports()

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        rows = [(row, _state(row)) for row in context["rows"]]
        return {
            **context,
            "rows": rows,
            "may_import": self.can("inventory.import_systems"),
            "may_see_registry": self.can("inventory.view_model_registry"),
        }


class UploadPage(FormPage):
    verb = "inventory.import_systems"
    form_class = UploadForm
    template_name = "inventory/import_form.html"
    page_title = "Import AI systems"
    submit_label = "Upload and look"

    def cancel_url(self) -> str:
        return reverse("systems", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        upload = importing.upload_import(
            actor=self.actor,
            file=cleaned["file"],
            name=cleaned["file"].name,
            format=cleaned["format"],
            now=self.now,
        )
        return reverse("import", args=[self.slug, upload.pk])


class ImportPage(Page):
    """What the file would do, what it lacks, what could not be taken over and why."""

    verb = "inventory.view_imports"
    template_name = "inventory/import.html"

    def context(self) -> Mapping[str, Any]:
        upload = _upload(self.kwargs["pk"])
        context: dict[str, Any] = {
            "upload": upload,
            "state": _state(upload),
            "job": _job(self.slug, upload),
            "may_decide": self.can("inventory.apply_import"),
        }
        if upload.state in (ImportState.PREVIEWED, ImportState.APPLIED):
            context |= self._preview(importing.plan_of(upload))
        return context

    def _preview(self, plan: ImportPlan) -> dict[str, Any]:
        show = self.request.GET.get("show", "")
        rows = [part for part in plan.parts if show in ("", part.outcome)]
        page = Paginator(rows, 50).get_page(self.request.GET.get("page"))
        register = sheets.BY_KEY[plan.parsed.register]
        unmapped = [("the file", item) for item in plan.parsed.unmapped] + [
            (part.parsed.position, item) for part in plan.parts for item in part.parsed.unmapped
        ]
        return {
            "plan": plan,
            "is_sheet": sheets.is_sheet(plan.parsed),
            "page": page,
            "register": register,
            "noun": "system" if register is sheets.SYSTEMS and not plan.resources else "record",
            "rows": [(row, *self._told(row, register)) for row in page.object_list],
            "tabs": self._tabs(plan, show),
            "unmapped": unmapped[:UNMAPPED_SHOWN],
            "unmapped_left": max(0, len(unmapped) - UNMAPPED_SHOWN),
        }

    def _told(
        self, part: PlannedRow | PlannedResource, of_table: sheets.Register
    ) -> tuple[str, list[str], str]:
        """What it is, the fields it lacks, and where the record is that is known already."""
        if isinstance(part, PlannedRow):
            route, noun = of_table.route, of_table.shape.noun_in_full
            missing = [_label(key) for key in part.parsed.missing]
        else:
            register = RECORDS[part.parsed.kind][0]
            route, noun, missing = register.route, register.noun, []
        return noun, missing, reverse(route, args=[self.slug, part.known.id]) if part.known else ""

    def _tabs(self, plan: ImportPlan, show: str) -> list[dict[str, Any]]:
        counts = {
            "": len(plan.parts),
            Outcome.CREATE: plan.new_count,
            Outcome.KNOWN: plan.known_count,
            Outcome.REFUSED: plan.refused_count,
        }
        return [
            {"label": label, "url": f"?show={key}", "count": counts[key], "current": key == show}
            for key, label in SHOWN.items()
        ]


class ImportProgress(Page):
    """The piece of the page that asks again while a worker reads or applies the file."""

    verb = "inventory.view_imports"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        upload = _upload(self.kwargs["pk"])
        job = _job(self.slug, upload)
        if job is None or job["state"] == "failed":
            return HttpResponse(headers={"HX-Refresh": "true"})  # the page shows what came of it
        return render(request, "inventory/_import_job.html", {"job": job})


class ApplyImport(ActPage):
    verb = "inventory.apply_import"

    def perform(self) -> str:
        upload = get_object_or_404(InventoryImport, pk=self.kwargs["pk"])
        shown = whole_number(self.request.POST.get("expected", ""))
        if shown is None:
            raise RuleBroken("Open the preview and apply it from there.")
        importing.start_apply(actor=self.actor, upload=upload, expected=shown, now=self.now)
        return reverse("import", args=[self.slug, upload.pk])


class DiscardImport(ActPage):
    verb = "inventory.discard_import"

    def perform(self) -> str:
        upload = get_object_or_404(InventoryImport, pk=self.kwargs["pk"])
        importing.discard_import(actor=self.actor, upload=upload, now=self.now)
        return reverse("imports", args=[self.slug])


class TemplateDownload(Page):
    """The blank spreadsheet to fill in."""

    verb = "inventory.download_template"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.kwargs["kind"] not in TEMPLATES:
            raise Http404
        name, media_type, content = TEMPLATES[self.kwargs["kind"]]
        response = HttpResponse(content(own_columns().fields), content_type=media_type)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _state(upload: InventoryImport) -> dict[str, str]:
    """A preview with problems is never ready to apply."""
    if upload.state == ImportState.PREVIEWED and upload.problem_count:
        return {"tone": "bad", "label": "Has problems"}
    state = ImportState(upload.state)
    return {"tone": TONES[state], "label": str(state.label)}


def _upload(pk: int) -> InventoryImport:
    found = InventoryImport.objects.select_related("job", "uploaded_by", "applied_by")
    upload: InventoryImport = get_object_or_404(found, pk=pk)
    return upload


def _job(slug: str, upload: InventoryImport) -> dict[str, Any] | None:
    """The work on this file that is under way or has failed; nothing once its result is on the page."""
    job: Job | None = upload.job
    if job is None or job.state == JobState.DONE:
        return None
    return {
        "id": job.pk,
        "title": job.title,
        "state": JOB_STATES.get(JobState(job.state), job.state),
        "done": job.progress,
        "total": 100,
        "step": job.step,
        "message": job.error,
        "progress_url": reverse("import_progress", args=[slug, upload.pk]),
        "url": reverse("import", args=[slug, upload.pk]),
    }


def _label(key: str) -> str:
    return BY_KEY[key].label if key in BY_KEY else key
