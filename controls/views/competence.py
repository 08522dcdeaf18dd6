"""The competence register, one record, and its steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import permissions, transitions
from aims.core.generic import CsvPage, FormPage, Page, RegisterPage, StepPage
from aims.core.queries.history import changes_of
from controls import competence_queries as queries
from controls.competence import COMPETENCE
from controls.enums import CompetenceState
from controls.forms import CompetenceFilterForm, CompetenceStepForm, RequireCompetenceForm
from controls.models import CompetenceRecord
from controls.services import competence as services

TONES = {
    "required": "neutral",
    "assigned": "info",
    "completed": "info",
    "valid": "ok",
    "not_effective": "bad",
    "expiring": "warn",
    "expired": "bad",
    "waived": "ok",
}
CSV_COLUMNS = ("Person", "Topic", "State", "Proof", "Evidence", "Checked by", "Valid from", "Valid until")


class Register(RegisterPage):
    verb = "controls.view_competence"
    has_past = True
    url_name = "competence"
    filter_form_class = CompetenceFilterForm
    views = queries.VIEWS
    sorts = {"person": "person__name", "topic": "topic", "state": "state", "until": "valid_until"}
    default_sort = "id"

    def rows(self) -> Any:
        return queries.records(**self.asked)


class CompetencePage(Register):
    template_name = "controls/competence.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts()

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {
            **context,
            "records": [{"record": each, "tone": TONES[each.state]} for each in context["rows"]],
            "may_require": self.can("controls.require_competence"),
        }


class CompetenceCsv(CsvPage, Register):
    columns = CSV_COLUMNS
    file_name = "competence.csv"

    def exported_rows(self) -> Iterable[Any]:
        return list(self.sorted_rows())

    def cells(self, row: CompetenceRecord) -> tuple[object, ...]:
        return (
            row.person.name,
            row.get_topic_display(),
            row.get_state_display(),
            row.proof,
            row.evidence.reference if row.evidence else "",
            row.assessor.name if row.assessor else "",
            row.valid_from,
            row.valid_until,
        )


class RequireCompetence(FormPage):
    verb = "controls.require_competence"
    form_class = RequireCompetenceForm
    page_title = "Require a competence"
    submit_label = "Add"

    def cancel_url(self) -> str:
        return reverse("competence", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        made = services.require_competence(actor=self.actor, now=self.now, **cleaned)
        return made.get_absolute_url()


class OfRecord(Page):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        permissions.require(self.actor, self.verb, self.record)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def record(self) -> CompetenceRecord:
        found = CompetenceRecord.objects.select_related("person", "assessor", "evidence", "required_by")
        return get_object_or_404(found.select_related("organization"), pk=self.kwargs["pk"])

    def cancel_url(self) -> str:
        return reverse("competence_record", args=[self.slug, self.kwargs["pk"]])


class CompetenceRecordPage(OfRecord):
    verb = "controls.read_competence"
    has_past = True
    record_name = "record"
    template_name = "controls/competence_record.html"

    def context(self) -> Mapping[str, Any]:
        record = self.record
        possible = [
            row.action for row in COMPETENCE.from_state(record.state) if row.action in COMPETENCE.labels
        ]
        acting = services.as_staff(self.actor, record)
        asked = set(transitions.actions_for(COMPETENCE, record, acting))
        return {
            "record": record,
            "tone": TONES[record.state],
            "steps": [
                {
                    "label": COMPETENCE.labels[each],
                    "url": reverse("competence_act", args=[self.slug, record.pk, each]),
                }
                for each in possible
                if each in asked and self.can(services.VERBS[each], record)
            ],
            "history": changes_of(record, newest=50) if self.can("controls.view_competence") else None,
            "may_list": self.can("controls.view_competence"),
        }


class ActOnCompetence(OfRecord, StepPage):
    verb = "controls.move_competence"
    form_class = CompetenceStepForm
    machine = COMPETENCE
    step_verbs = services.VERBS

    @property
    def asked_about(self) -> CompetenceRecord:
        return self.record

    @property
    def subject(self) -> str:
        return f"{self.record.person.name}, {self.record}"

    def perform(self, cleaned: dict[str, Any]) -> str:
        moved = services.move_competence(
            actor=self.actor,
            record=self.record,
            action=self.action,
            evidence=cleaned.pop("evidence", None),
            now=self.now,
            **cleaned,
        )
        state = CompetenceState(moved.state).label.lower()
        messages.success(self.request, f"{moved}: {state}.")
        return self.cancel_url()
