"""Pages of the discovery queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import transitions
from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister, EditPage, FormPage, Page, StepPage
from inventory.columns.discovery import COLUMNS
from inventory.enums import DiscoveryState
from inventory.forms.discovery import (
    DiscoveredForm,
    DiscoveryFilterForm,
    DiscoveryStepForm,
    ReportForm,
    SurveyForm,
)
from inventory.forms.intake import answers_in
from inventory.models import DiscoveredAI
from inventory.queries import discovery as queries
from inventory.queries import intake as intake_queries
from inventory.rules.discovery import DISCOVERY
from inventory.services import discovery as services
from inventory.views.tabs import HistoryPage, TabbedRecord

TONES = {
    "discovered": "warn",
    "triaged": "info",
    "registered": "ok",
    "not_ai": "neutral",
    "duplicate": "neutral",
    "banned": "bad",
}


class Register(ColumnRegister):
    """What the queue and its CSV share: filters and order."""

    verb = "inventory.view_discovery"
    has_past = True
    url_name = "discovery"
    filter_form_class = DiscoveryFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS
    default_sort = "-id"

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        return queries.rows(queries.discovered(queries.DiscoveryFilters(**self.asked)), self.choice.reads)


class DiscoveryPage(Register):
    template_name = "inventory/discovery.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts()

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {
            **context,
            "lines": self.choice.lines(queries.discovered_rows(context["rows"])),
            "coverage": queries.coverage(on=self.today, counts=self.counts),
            "may_report": self.can("inventory.report_tool"),
            "may_import": self.can("inventory.import_discovery"),
        }


class DiscoveryCsv(ColumnCsv, Register):
    file_name = "discovered-ai.csv"

    def exported_rows(self) -> Iterable[queries.DiscoveredRow]:
        return queries.discovered_rows(self.sorted_rows())


class OfItem(TabbedRecord):
    route = "discovered"
    shown_as = "item"

    @cached_property
    def record(self) -> DiscoveredAI:
        found = DiscoveredAI.objects.select_related(
            "owner", "reported_by", "decided_by", "system", "merged_into", "organization"
        )
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def head(self, current: str) -> dict[str, Any]:
        return {**super().head(current), "tone": TONES[self.record.state]}


class DiscoveredPage(OfItem):
    verb = "inventory.view_discovery"
    has_past = True
    record_name = "record"
    template_name = "inventory/discovered.html"

    def context(self) -> Mapping[str, Any]:
        item = self.record
        is_open = item.state in (DiscoveryState.DISCOVERED, DiscoveryState.TRIAGED)
        return {
            **self.head("record"),
            "detail": queries.detail_of(item),
            "intakes": intake_queries.shown(intake_queries.intakes_of_item(item)),
            "may_answer": self.can("inventory.answer_intake", item),
            "steps": [
                {
                    "label": DISCOVERY.labels[action],
                    "url": reverse("discovered_act", args=[self.slug, item.pk, action]),
                }
                for action in transitions.actions_for(DISCOVERY, item, self.actor)
                if self.can(services.VERBS[action], item)
            ],
            "may_keep": is_open and self.can("inventory.keep_discovery", item),
        }


class DiscoveredHistory(OfItem, HistoryPage):
    template_name = "inventory/discovered_history.html"


class EditDiscovered(OfItem, EditPage):
    verb = "inventory.keep_discovery"
    form_class = DiscoveredForm
    editable = services.EDITABLE

    def edit(self, **said: Any) -> None:
        services.edit_discovered(actor=self.actor, item=self.record, now=self.now, **said)


class ActOnDiscovered(OfItem, StepPage):
    """One step; what it needs is asked for on the page."""

    verb = "inventory.move_discovery"
    form_class = DiscoveryStepForm
    template_name = "inventory/discovered_step.html"
    machine = DISCOVERY
    step_verbs = services.VERBS

    @property
    def subject(self) -> str:
        return str(self.record.name)

    def form_kwargs(self) -> dict[str, Any]:
        merges = self.action == "merge"
        return {
            **super().form_kwargs(),
            "items": queries.items_to_merge_into(self.record) if merges else [],
        }

    def initial(self) -> dict[str, Any]:
        return {"owner": self.record.owner}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "item": self.record, "action": self.action}

    def perform(self, cleaned: dict[str, Any]) -> str:
        if cleaned.get("merged_into"):
            cleaned["merged_into"] = get_object_or_404(DiscoveredAI, pk=cleaned["merged_into"])
        item = services.move_discovered(
            actor=self.actor, item=self.record, action=self.action, now=self.now, **cleaned
        )
        messages.success(self.request, f"{item.reference}: {item.get_state_display().lower()}.")
        if self.action == "register":
            return reverse("system", args=[self.slug, item.system_id])
        return self.url


class ReportTool(FormPage):
    """For everybody: I use this tool. Below it, what became of one's earlier reports."""

    verb = "inventory.report_tool"
    form_class = ReportForm
    template_name = "inventory/tool_report.html"
    page_title = "Report an AI tool"
    submit_label = "Report"

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "own": queries.reported_by(self.actor.member_id),
            "own_intakes": intake_queries.answered_by(self.actor.member_id),
            "tones": TONES,
            "may_view": self.can("inventory.view_discovery"),
        }

    def cancel_url(self) -> str:
        return reverse("home", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        answers = answers_in(cleaned)
        found = services.report_tool(actor=self.actor, answers=answers, now=self.now, **cleaned)
        messages.success(self.request, said(found))
        if found.intake is not None:
            return reverse("intake", args=[self.slug, found.intake.pk])
        return reverse("tool_report", args=[self.slug])


def said(found: services.Found) -> str:
    """What a reporter is told."""
    if found.item is None:
        return "Thank you. This is in the inventory already; your report is kept with it."
    if found.item.state == DiscoveryState.BANNED:
        return f"Thank you. {found.item.name} must not be used: {found.item.decision_reason}"
    if found.is_new:
        return "Thank you. The compliance lead looks at it; “Report AI tool” shows what becomes of it."
    return "Thank you. Others reported it before; your report is kept with theirs."


class SurveysPage(Page):
    """Surveys on record."""

    verb = "inventory.view_discovery"
    has_past = True
    template_name = "inventory/discovery_surveys.html"

    def context(self) -> Mapping[str, Any]:
        return {"surveys": queries.surveys(), "may_record": self.can("inventory.record_survey")}


class RecordSurvey(FormPage):
    verb = "inventory.record_survey"
    form_class = SurveyForm
    page_title = "Record a survey of AI in use"
    submit_label = "Record"
    done_message = "The survey is on record."

    def cancel_url(self) -> str:
        return reverse("discovery_surveys", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.record_survey(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()
