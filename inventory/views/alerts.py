"""Pages of alerts and of the re-evaluations they propose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import transitions
from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister, FormPage, StepPage
from inventory.columns.alerts import COLUMNS
from inventory.enums import AlertSeverity, AlertState, ReEvaluationAnswer
from inventory.forms import monitoring as forms
from inventory.models import Alert, ReEvaluationProposal
from inventory.queries import alerts as queries
from inventory.re_evaluation import answer_re_evaluation
from inventory.rules.monitoring import ALERT
from inventory.services import alerts as services
from inventory.views.tabs import HistoryPage, TabbedRecord

VIEW = "inventory.view_metrics"
TONES = {
    "open": "bad",
    "acknowledged": "info",
    "in_action": "info",
    "resolved": "ok",
    "false_alarm": "neutral",
}


class Register(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = VIEW
    has_past = True
    url_name = "alerts"
    filter_form_class = forms.AlertFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        found = queries.alerts(queries.AlertFilters(**self.asked), now=self.now)
        return queries.rows(found, self.choice.reads)


class AlertsPage(Register):
    template_name = "inventory/alerts.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(now=self.now)

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        lines = self.choice.lines(queries.alert_rows(context["rows"], now=self.now))
        return {**context, "lines": lines}


class AlertsCsv(ColumnCsv, Register):
    file_name = "alerts.csv"

    def exported_rows(self) -> Iterable[queries.AlertRow]:
        return queries.alert_rows(self.sorted_rows(), now=self.now)


class OfAlert(TabbedRecord):
    route = "alert"
    shown_as = "alert"

    @cached_property
    def record(self) -> Alert:
        return get_object_or_404(queries.with_parts(), pk=self.kwargs["pk"])

    def head(self, current: str) -> dict[str, Any]:
        return {**super().head(current), "tone": TONES[self.record.state]}


class AlertPage(OfAlert):
    verb = VIEW
    has_past = True
    record_name = "record"
    template_name = "inventory/alert.html"

    def context(self) -> Mapping[str, Any]:
        alert = self.record
        asked = transitions.actions_for(ALERT, alert, self.actor)
        return {
            **self.head("record"),
            "is_late": alert.state == AlertState.OPEN and alert.due_at < self.now,
            "steps": [
                {
                    "label": ALERT.labels[action],
                    "url": reverse("alert_act", args=[self.slug, alert.pk, action]),
                }
                for action in asked
                if action in ALERT.labels and self.can(services.VERBS[action], alert)
            ],
            "may_agree": self._waits_for_consent and self.can("inventory.agree_dismissal", alert),
            "proposals": queries.proposals_of(alert),
            "may_answer": self.can("inventory.answer_re_evaluation", alert.metric.system),
        }

    @property
    def _waits_for_consent(self) -> bool:
        alert = self.record
        return (
            alert.state == AlertState.ACKNOWLEDGED
            and alert.severity == AlertSeverity.CRITICAL
            and alert.dismissal_agreed_by_id is None
        )


class AlertHistory(OfAlert, HistoryPage):
    template_name = "inventory/alert_history.html"


class ActOnAlert(OfAlert, StepPage):
    """One step of the life cycle."""

    verb = "inventory.move_alert"
    form_class = forms.StepForm
    machine = ALERT
    step_verbs = services.VERBS

    @property
    def subject(self) -> str:
        return str(self.record.reference)

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.move_alert(actor=self.actor, alert=self.record, action=self.action, now=self.now, **cleaned)
        state = AlertState(self.record.state).label.lower()
        messages.success(self.request, f"{self.record.reference} is {state}.")
        return self.url


class AgreeDismissal(OfAlert, FormPage):
    verb = "inventory.agree_dismissal"
    form_class = forms.ReasonForm
    submit_label = "Agree"
    done_message = "The owner may dismiss it now."

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Agree that {self.record.reference} is a false alarm"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.agree_dismissal(actor=self.actor, alert=self.record, now=self.now, **cleaned)
        return self.url


class AnswerProposal(OfAlert, FormPage):
    """Whether the system is evaluated again; the answer stays on record."""

    @property
    def asked_about(self) -> Any:
        return self.record.metric.system

    verb = "inventory.answer_re_evaluation"
    form_class = forms.AnswerForm
    submit_label = "Answer"
    done_message = "The answer is on record."

    @cached_property
    def proposal(self) -> ReEvaluationProposal:
        found = ReEvaluationProposal.objects.select_related("alert__metric__system", "system")
        return get_object_or_404(found, pk=self.kwargs["proposal"], alert=self.record)

    def context(self) -> Mapping[str, Any]:
        name = self.proposal.system.name
        return {**super().context(), "page_title": f"Is {name} evaluated again?"}

    def initial(self) -> dict[str, Any]:
        return {"answer": ReEvaluationAnswer.ACCEPTED}

    def perform(self, cleaned: dict[str, Any]) -> str:
        answer_re_evaluation(actor=self.actor, proposal=self.proposal, now=self.now, **cleaned)
        return self.url
