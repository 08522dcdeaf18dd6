"""Lists of applications and expenses: uploaded, looked at, taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from aims.core.exceptions import RuleBroken
from aims.core.generic import FormPage, add_refusal
from inventory import discovery_lists
from inventory.forms.discovery import ListForm, ListRowsForm


class DiscoveryImport(FormPage):
    """A list is read and shown; it comes back as rows, which are looked at again."""

    verb = "inventory.import_discovery"
    form_class = ListForm
    template_name = "inventory/discovery_import.html"
    page_title = "Look for AI in a list"

    def cancel_url(self) -> str:
        return reverse("discovery", args=[self.slug])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(status=422, form=form)
        kind = form.cleaned_data["kind"]
        try:
            rows = discovery_lists.read_upload(form.cleaned_data["file"], kind=kind, today=self.today)
        except RuleBroken as refused:
            add_refusal(form, refused)
            return self.show(status=422, form=form)
        confirm = ListRowsForm(initial={"kind": kind, "rows": discovery_lists.as_data(rows)})
        return self.show(
            form=form,
            confirm=confirm,
            file_name=form.cleaned_data["file"].name,
            **_sorted(discovery_lists.plan_list(rows)),
        )


def _sorted(planned: Sequence[discovery_lists.PlannedRow]) -> Mapping[str, Any]:
    return {
        "planned": planned,
        "recognized": [row for row in planned if row.outcome in ("new", "seen", "in_inventory")],
        "unknown": [row for row in planned if row.outcome == "unknown"],
        "broken": [row for row in planned if row.outcome == "problem"],
    }


class DiscoveryImportApply(FormPage):
    verb = "inventory.import_discovery"
    form_class = ListRowsForm
    template_name = "inventory/discovery_import.html"
    page_title = "Look for AI in a list"

    def cancel_url(self) -> str:
        return reverse("discovery", args=[self.slug])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("discovery_import", args=[self.slug]))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self._refused("The list did not arrive whole. Upload the file again.")
        try:
            counts = discovery_lists.take_list(
                actor=self.actor,
                kind=form.cleaned_data["kind"],
                rows=discovery_lists.from_data(form.cleaned_data["rows"], today=self.today),
                also=set(form.cleaned_data["also"]),
                now=self.now,
            )
        except RuleBroken as refused:
            return self._refused(str(refused))
        messages.success(
            request,
            f"New in the queue: {counts['new']}. Known and seen again: {counts['known']}."
            f" Lines left out: {counts['left']}.",
        )
        return HttpResponseRedirect(reverse("discovery", args=[self.slug]))

    def _refused(self, sentence: str) -> HttpResponse:
        upload = ListForm(self.request.POST, MultiValueDict())
        upload.is_valid()
        upload.errors.clear()
        upload.add_error(None, sentence)
        return self.show(status=422, form=upload)
