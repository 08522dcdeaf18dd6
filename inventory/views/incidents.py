"""Pages of the incident register."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import transitions
from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister, EditPage, FormPage, Page, StepPage
from aims.core.numbers import whole_number
from aims.core.registry import registry
from aims.core.tenancy.past import past_moment
from inventory.columns.incidents import COLUMNS, SEVERITY_TONES
from inventory.enums import IncidentSource, IncidentState
from inventory.forms.incidents import IncidentEditForm, IncidentFilterForm, ReasonForm, ReportForm
from inventory.models import Incident, OutsideReport
from inventory.queries import incidents as queries
from inventory.queries.reporting import outside_report
from inventory.rules.incidents import INCIDENT
from inventory.services import incidents as services
from inventory.views.tabs import HistoryPage, TabbedRecord

TONES = {
    "reported": "warn",
    "triaged": "info",
    "contained": "info",
    "investigating": "info",
    "resolved": "ok",
    "post_review": "ok",
    "closed": "neutral",
    "not_incident": "neutral",
}
STANDING = {
    "met": ("ok", "Sent in time"),
    "late": ("bad", "Sent late"),
    "waived": ("neutral", "Not sent"),
    "sent": ("ok", "Sent"),
    "open": ("warn", "Open"),
    "running": ("info", "Running"),
    "overdue": ("bad", "Overdue"),
}
TIMELINE = {
    "report": "Reported",
    "answer": "Answered",
    "triage": "Triaged",
    "dismiss": "Found to be no incident",
    "contain": "Contained",
    "investigate": "Investigation started",
    "resolve": "Resolved",
    "review": "Reviewed",
    "close": "Closed",
}
TREND_YEARS = 3


class Register(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = "inventory.view_incidents"
    has_past = True
    url_name = "incidents"
    filter_form_class = IncidentFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        return queries.rows(queries.incidents(queries.IncidentFilters(**self.asked)), self.choice.reads)


class IncidentsPage(Register):
    template_name = "inventory/incidents.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts()

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {
            **context,
            "lines": self.choice.lines(queries.incident_rows(context["rows"], now=self.now)),
            "may_report": self.can("inventory.report_incident"),
        }


class IncidentsCsv(ColumnCsv, Register):
    file_name = "incidents.csv"

    def exported_rows(self) -> Iterable[queries.IncidentRow]:
        return queries.incident_rows(self.sorted_rows(), now=self.now)


class TrendsPage(Page):
    """Incidents by quarter: how many, how bad, how soon noticed and resolved."""

    verb = "inventory.view_incidents"
    has_past = True
    template_name = "inventory/incident_trends.html"

    def context(self) -> Mapping[str, Any]:
        since = self.now - datetime.timedelta(days=365 * TREND_YEARS)
        return {"trends": queries.trends(since=since), "years": TREND_YEARS}


class OfIncident(TabbedRecord):
    route = "incident"
    shown_as = "incident"

    @cached_property
    def record(self) -> Incident:
        found = Incident.objects.select_related("owner", "reporter", "resolved_by", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def head(self, current: str) -> dict[str, Any]:
        return {
            **super().head(current),
            "tone": TONES[self.record.state],
            "severity_tone": SEVERITY_TONES.get(self.record.severity, "neutral"),
        }


class IncidentPage(OfIncident):
    verb = "inventory.view_incidents"
    has_past = True
    record_name = "record"
    template_name = "inventory/incident.html"

    def context(self) -> Mapping[str, Any]:
        incident = self.record
        asked = transitions.actions_for(INCIDENT, incident, self.actor)
        is_open = incident.state not in ("closed", "not_incident")
        detail = queries.detail_of(incident, now=self.now)
        return {
            **self.head("record"),
            "detail": detail,
            "notices": [(line, *STANDING[line.standing]) for line in detail.notices],
            "timeline": [(entry, TIMELINE.get(entry.action, "")) for entry in detail.entries],
            "steps": [
                {
                    "label": INCIDENT.labels[action],
                    "url": reverse("incident_act", args=[self.slug, incident.pk, action]),
                }
                for action in asked
                if self.can(services.VERBS[action], incident)
            ],
            "outside": self._outside(incident),
            "panels": self._panels(incident),
            "may_keep": is_open and self.can("inventory.keep_incident", incident),
        }

    def _outside(self, incident: Incident) -> OutsideReport | None:
        """Of today only: how to reach somebody outside has no history."""
        if incident.source != IncidentSource.OUTSIDE or past_moment() is not None:
            return None
        return outside_report(incident)

    def _panels(self, incident: Incident) -> list[dict[str, Any]]:
        return [
            panel.shown(self.actor, incident)
            for panel in registry.panels_at("incident")
            if self.can(panel.verb)
        ]


class IncidentHistory(OfIncident, HistoryPage):
    template_name = "inventory/incident_history.html"


class ReportIncident(FormPage):
    verb = "inventory.report_incident"
    form_class = ReportForm
    template_name = "inventory/incident_report.html"
    page_title = "Report an incident or complaint"
    submit_label = "Report"

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("system", "")
        return {"noticed_at": self.now, "systems": [asked] if whole_number(asked) else []}

    def cancel_url(self) -> str:
        return reverse("incidents" if self.can("inventory.view_incidents") else "home", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        incident = services.report_incident(actor=self.actor, now=self.now, **cleaned)
        messages.success(
            self.request, f"Your report is {incident.reference}. The compliance lead was told of it."
        )
        if self.can("inventory.view_incidents"):
            return reverse("incident", args=[self.slug, incident.pk])
        return reverse("home", args=[self.slug])


class EditIncident(OfIncident, EditPage):
    verb = "inventory.keep_incident"
    form_class = IncidentEditForm
    template_name = "inventory/incident_form.html"
    editable = services.EDITABLE

    def form_kwargs(self) -> dict[str, Any]:
        return {"owner": self.record.owner}

    def edit(self, *, row_version: int, changes: dict[str, Any]) -> None:  # type: ignore[override]
        services.edit_incident(
            actor=self.actor,
            incident=self.record,
            row_version=row_version,
            changes={key: value for key, value in changes.items() if not self._is_as_shown(key, value)},
            now=self.now,
        )

    def _is_as_shown(self, key: str, value: Any) -> bool:
        """The form shows moments to the minute; one that was left alone keeps its seconds."""
        stored = getattr(self.record, key)
        if not isinstance(stored, datetime.datetime) or value is None:
            return False
        return bool(stored.replace(second=0, microsecond=0) == value)


class ActOnIncident(OfIncident, StepPage):
    """One step of the life cycle; what still stands in the way is said before it is sent."""

    verb = "inventory.move_incident"
    form_class = ReasonForm
    template_name = "inventory/incident_step.html"
    machine = INCIDENT
    step_verbs = services.VERBS

    @property
    def subject(self) -> str:
        return str(self.record.reference)

    def form_kwargs(self) -> dict[str, Any]:
        return {}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "incident": self.record, "obstacles": self._obstacles()}

    def _obstacles(self) -> list[str]:
        if self.action not in transitions.actions_for(INCIDENT, self.record, self.actor):
            return []
        found = transitions.obstacles(INCIDENT, self.record, self.action, actor=self.actor, now=self.now)
        return [str(each) for each in found if each.field != "reason"]

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.move_incident(
            actor=self.actor, incident=self.record, action=self.action, now=self.now, **cleaned
        )
        state = IncidentState(self.record.state).label.lower()
        messages.success(self.request, f"{self.record.reference} is {state}.")
        return self.url
