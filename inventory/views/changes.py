"""Change requests, and the question what changed about a system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import transitions
from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister, FormPage, RecordPage, StepPage
from aims.core.queries.history import changes_of
from inventory import what_changed
from inventory.columns.changes import COLUMNS, TONES
from inventory.enums import ChangeKind, ChangeRequestState, SystemStage
from inventory.forms.changes import ChangeFilterForm, ChangeForm, ChangeStepForm, KindForm, WhatChangedForm
from inventory.models import ChangeRequest
from inventory.queries import changes as queries
from inventory.rules.changes import CHANGE_REQUEST, EFFECTS
from inventory.services import changes as services
from inventory.views.gates import OfSystem


class Register(ColumnRegister):
    verb = "inventory.view_changes"
    has_past = True
    url_name = "changes"
    filter_form_class = ChangeFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        return queries.rows(queries.changes(**self.asked), self.choice.reads)


class ChangesPage(Register):
    template_name = "inventory/changes.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts()

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {
            **context,
            "lines": self.choice.lines(queries.change_rows(context["rows"])),
            "may_keep": self.can("inventory.keep_change"),
        }


class ChangesCsv(ColumnCsv, Register):
    file_name = "changes.csv"

    def exported_rows(self) -> Iterable[queries.ChangeRow]:
        return queries.change_rows(self.sorted_rows())


class Drafting(FormPage):
    verb = "inventory.keep_change"
    form_class = ChangeForm


class NewChange(Drafting):
    page_title = "New change request"

    def cancel_url(self) -> str:
        return reverse("changes", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        del cleaned["row_version"]
        made = services.draft_change(actor=self.actor, now=self.now, **cleaned)
        return made.get_absolute_url()


class OfChange(RecordPage):
    route = "change"

    @cached_property
    def record(self) -> ChangeRequest:
        found = ChangeRequest.objects.select_related(
            "system", "author", "submitted_by", "decided_by", "evidence", "organization"
        )
        return get_object_or_404(found, pk=self.kwargs["pk"])


class ChangePage(OfChange):
    verb = "inventory.view_changes"
    has_past = True
    record_name = "record"
    template_name = "inventory/change.html"

    def context(self) -> Mapping[str, Any]:
        change = self.record
        asked = transitions.actions_for(CHANGE_REQUEST, change, self.actor)
        return {
            "change": change,
            "tone": TONES[change.state],
            "effects": [
                {"title": title, **change.effects.get(key, {"answer": "", "text": ""})}
                for key, title in EFFECTS.items()
            ],
            "steps": [
                {
                    "label": CHANGE_REQUEST.labels[each],
                    "url": reverse("change_act", args=[self.slug, change.pk, each]),
                }
                for each in asked
                if self.can(services.VERBS[each], change)
            ],
            "history": changes_of(change, newest=50),
            "may_edit": change.state == ChangeRequestState.DRAFT
            and self.can("inventory.keep_change", change),
        }


class EditChange(OfChange, Drafting):
    def initial(self) -> dict[str, Any]:
        change = self.record
        values = {
            f"{key}_{part}": word for key, each in change.effects.items() for part, word in each.items()
        }
        return {
            **values,
            "title": change.title,
            "purpose": change.purpose,
            "system": change.system_id,
            "row_version": change.row_version,
        }

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Edit {self.record.reference}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.edit_change(
            actor=self.actor,
            change=self.record,
            row_version=cleaned.pop("row_version") or 0,
            changes=cleaned,
            now=self.now,
        )
        return self.cancel_url()


class ActOnChange(OfChange, StepPage):
    verb = "inventory.move_change"
    form_class = ChangeStepForm
    machine = CHANGE_REQUEST
    step_verbs = services.VERBS

    @property
    def subject(self) -> str:
        return str(self.record.title)

    def perform(self, cleaned: dict[str, Any]) -> str:
        moved = services.move_change(
            actor=self.actor,
            change=self.record,
            action=self.action,
            evidence=cleaned.pop("evidence", None),
            now=self.now,
            **cleaned,
        )
        messages.success(self.request, f"{moved.reference}: {moved.get_state_display().lower()}.")
        return self.cancel_url()


class WhatChanged(OfSystem, FormPage):
    """First the kind, in the address; then what may be stale, to be confirmed."""

    verb = "inventory.record_change"
    form_class = WhatChangedForm
    template_name = "inventory/what_changed.html"
    submit_label = "Record the change"
    done_message = "The change is on record."

    @property
    def kind(self) -> str:
        asked = self.request.POST.get("kind") or self.request.GET.get("kind", "")
        return asked if asked in ChangeKind.values else ""

    @cached_property
    def stale(self) -> list[Any]:
        if not self.kind:
            return []
        return what_changed.foresee(actor=self.actor, system=self.record, kind=self.kind)

    def form_kwargs(self) -> dict[str, Any]:
        in_operation = self.record.stage == SystemStage.OPERATION_MONITORING
        return {"stale": self.stale, "in_operation": in_operation}

    def initial(self) -> dict[str, Any]:
        return {"kind": self.kind}

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "page_title": f"What changed? {self.record.name}",
            "system": self.record,
            "kind": self.kind,
            "kind_label": ChangeKind(self.kind).label if self.kind else "",
            "kind_form": KindForm(),
            "stale": self.stale,
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        what_changed.record_change(actor=self.actor, system=self.record, now=self.now, **cleaned)
        return self.url
