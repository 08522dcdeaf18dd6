"""Where a system stands, what its next gate needs, and the steps themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.generic import ActPage, FormPage, RecordPage, StepPage
from inventory import gates
from inventory.enums import GoLiveState, StageRecordKind, SystemStage
from inventory.forms.gates import GoLiveForm, StageRecordForm, StepForm
from inventory.models import AISystem
from inventory.queries import changes as change_queries
from inventory.queries import gates as queries
from inventory.queries.gates import is_frozen
from inventory.rules.systems import AI_SYSTEM
from inventory.services import gate_records, stage_records
from inventory.views.systems import MORE
from inventory.views.tabs import tabs


class OfSystem(RecordPage):
    route = "system_gates"

    @cached_property
    def record(self) -> AISystem:
        found = AISystem.objects.select_related("owner", "risk_owner", "registered_by", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])


class GatesPage(OfSystem):
    verb = "inventory.view_system"
    has_past = True
    record_name = "record"
    template_name = "inventory/gates.html"

    def context(self) -> Mapping[str, Any]:
        system = self.record
        requests, steps = queries.requests_of(system), queries.steps_of(system)
        may_change = not is_frozen(system)
        return {
            "system": system,
            "tabs": tabs(self, system, route="system", current="gates", more=MORE),
            "stages": queries.way(system.stage, steps),
            "gates": self._gates(),
            "stage_rows": queries.stage_rows(system),
            "steps": [{"record": step, "label": AI_SYSTEM.label(step.action)} for step in steps],
            "open_request": next((each for each in requests if each.state == GoLiveState.OPEN), None),
            "changes": change_queries.reviews_of(system),
            "may_record": may_change and self.can("inventory.record_change", system),
            "may_write": may_change and self.can("inventory.write_stage_record", system),
            "may_request": system.stage == SystemStage.DEPLOYMENT
            and self.can("inventory.request_go_live", system),
            "may_approve": may_change and self.can("inventory.approve_deviation"),
        }

    def _gates(self) -> list[dict[str, Any]]:
        return [
            {"gate": gate, "url": reverse("system_gate", args=[self.slug, self.record.pk, gate.action])}
            for gate in gates.gates_shown(actor=self.actor, system=self.record, now=self.now)
        ]


class PassGate(OfSystem, StepPage):
    verb = "inventory.move_system"
    form_class = StepForm
    template_name = "inventory/gate.html"
    machine = AI_SYSTEM
    state_field = "stage"
    step_verbs = gates.VERBS

    @property
    def subject(self) -> str:
        return str(self.record.name)

    def context(self) -> Mapping[str, Any]:
        answers = gates.answers_at(actor=self.actor, system=self.record, action=self.action, now=self.now)
        return {**super().context(), "system": self.record, "answers": answers}

    def perform(self, cleaned: dict[str, Any]) -> str:
        gates.pass_gate(actor=self.actor, system=self.record, action=self.action, now=self.now, **cleaned)
        stage = SystemStage(self.record.stage).label.lower()
        messages.success(self.request, f"{self.record.reference} is in the stage “{stage}”.")
        return self.url


class WriteStageRecord(OfSystem, FormPage):
    verb = "inventory.write_stage_record"
    form_class = StageRecordForm
    template_name = "inventory/stage_record.html"
    done_message = "Saved."

    @property
    def kind(self) -> str:
        kind: str = self.kwargs["kind"]
        if kind not in StageRecordKind.values:
            raise Http404
        return kind

    @cached_property
    def written(self) -> Any:
        """What the record of the stage says so far."""
        return queries.stage_record(self.record, self.kind)

    def form_kwargs(self) -> dict[str, Any]:
        return {"kind": self.kind}

    def initial(self) -> dict[str, Any]:
        if self.written is None:
            return {}
        keys = ("text", "criteria_met", "deviation", "row_version", "is_complete")
        values = {key: getattr(self.written, key) for key in keys}
        return {**values, "evidence": self.written.evidence_id}

    def context(self) -> Mapping[str, Any]:
        label = StageRecordKind(self.kind).label
        return {
            **super().context(),
            "page_title": f"{label}: {self.record.name}",
            "system": self.record,
            "record": self.written,
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        stage_records.write_stage_record(
            actor=self.actor,
            system=self.record,
            kind=self.kind,
            row_version=cleaned.pop("row_version") or 0,
            now=self.now,
            **cleaned,
        )
        return self.url


class ApproveDeviation(OfSystem, ActPage):
    verb = "inventory.approve_deviation"

    def perform(self) -> str:
        record = queries.stage_record(self.record, StageRecordKind.VALIDATION)
        if record is None:
            raise Http404
        stage_records.approve_deviation(actor=self.actor, record=record, now=self.now)
        return self.url


class RequestGoLive(OfSystem, FormPage):
    verb = "inventory.request_go_live"
    form_class = GoLiveForm
    submit_label = "Ask for go-live"
    done_message = "The compliance lead and top management are told."

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Ask for go-live: {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        gate_records.request_go_live(actor=self.actor, system=self.record, now=self.now, **cleaned)
        return self.url


class WithdrawGoLive(OfSystem, ActPage):
    verb = "inventory.request_go_live"

    def perform(self) -> str:
        gate_records.withdraw_go_live(actor=self.actor, system=self.record, now=self.now)
        return self.url
