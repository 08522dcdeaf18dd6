"""What hangs on an incident: small forms and acts that lead back to its page; and the contract clauses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.generic import ActPage, FormPage, Page
from inventory.forms.evidence import LinkEvidenceForm
from inventory.forms.incidents import (
    AnswerForm,
    ClauseForm,
    EntryForm,
    InvolvedForm,
    PlanNoticeForm,
    ReasonForm,
    SentForm,
)
from inventory.forms.suppliers import ChoiceOf
from inventory.models import IncidentEvidence, IncidentNotice, IncidentSystem, NoticeClause
from inventory.queries import incidents as queries
from inventory.services import clocks
from inventory.services import incidents as services
from inventory.views.incidents import OfIncident


class Part(OfIncident, FormPage):
    """One of the incident's small forms."""

    verb = "inventory.keep_incident"
    title: ClassVar[str] = ""

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"{self.title}: {self.record.reference}"}


class LinkSystem(Part):
    form_class = InvolvedForm
    title = "Link an AI system"
    submit_label = "Link"

    def perform(self, cleaned: dict[str, Any]) -> str:
        system = cleaned.pop("chosen")
        services.link_system(actor=self.actor, incident=self.record, system=system, now=self.now, **cleaned)
        return self.url


class LinkEvidence(Part):
    form_class = LinkEvidenceForm
    title = "Link what was kept"
    submit_label = "Link"

    def form_kwargs(self) -> dict[str, Any]:
        return {"linked": self.record.evidence_links.values("evidence_id")}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.link_evidence(
            actor=self.actor, incident=self.record, evidence=cleaned["chosen"], now=self.now
        )
        return self.url


class AddEntry(Part):
    form_class = EntryForm
    title = "Add to the timeline"
    submit_label = "Add"

    def initial(self) -> dict[str, Any]:
        return {"at": self.now}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.add_entry(actor=self.actor, incident=self.record, now=self.now, **cleaned)
        return self.url


class Answer(Part):
    form_class = AnswerForm
    title = "Answer"
    submit_label = "Send the answer"

    def initial(self) -> dict[str, Any]:
        return {"answer": self.record.answer}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.answer_complaint(actor=self.actor, incident=self.record, now=self.now, **cleaned)
        return self.url


class StartContractClock(Part):
    form_class = ChoiceOf
    title = "A contract asks for a notice"
    submit_label = "Start the clock"

    def form_kwargs(self) -> dict[str, Any]:
        return {"items": queries.clauses_to_choose(), "label": "Clause"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        clause = get_object_or_404(NoticeClause, pk=cleaned["chosen"])
        clocks.start_contract_clock(actor=self.actor, incident=self.record, clause=clause, now=self.now)
        return self.url


class PlanNotice(Part):
    form_class = PlanNoticeForm
    title = "Plan a notice"
    submit_label = "Plan"

    def perform(self, cleaned: dict[str, Any]) -> str:
        clocks.plan_notice(actor=self.actor, incident=self.record, now=self.now, **cleaned)
        return self.url


class OfNotice(Part):
    @property
    def notice(self) -> IncidentNotice:
        found = IncidentNotice.objects.select_related("incident")
        return get_object_or_404(found, pk=self.kwargs["notice"], incident=self.record)

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"{self.title}: {self.notice.title}"}


class NoticeSent(OfNotice):
    form_class = SentForm
    title = "Sent"
    submit_label = "Note as sent"

    def initial(self) -> dict[str, Any]:
        return {"sent_at": self.now}

    def perform(self, cleaned: dict[str, Any]) -> str:
        clocks.record_sent(actor=self.actor, notice=self.notice, now=self.now, **cleaned)
        return self.url


class NoticeWaived(OfNotice):
    form_class = ReasonForm
    title = "No notice"
    submit_label = "Keep the reason"

    def perform(self, cleaned: dict[str, Any]) -> str:
        clocks.waive_notice(actor=self.actor, notice=self.notice, now=self.now, **cleaned)
        return self.url


class Unlink(OfIncident, ActPage):
    verb = "inventory.keep_incident"
    model: ClassVar[Any]

    def link(self) -> Any:
        return get_object_or_404(self.model, pk=self.kwargs["link"], incident=self.record)


class UnlinkSystem(Unlink):
    model = IncidentSystem

    def perform(self) -> str:
        services.unlink_system(actor=self.actor, link=self.link(), now=self.now)
        return self.url


class UnlinkEvidence(Unlink):
    model = IncidentEvidence

    def perform(self) -> str:
        services.unlink_evidence(actor=self.actor, link=self.link(), now=self.now)
        return self.url


class ClausesPage(Page):
    """Contracts that ask for notices of incidents, and the clocks that laws set."""

    verb = "inventory.view_incidents"
    has_past = True
    template_name = "inventory/notice_clauses.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "clauses": list(queries.clauses()),
            "laws": queries.legal_clocks(),
            "may_keep": self.can("inventory.keep_notice_clauses"),
        }


class AddClause(FormPage):
    verb = "inventory.keep_notice_clauses"
    form_class = ClauseForm
    page_title = "Add a contract clause"
    submit_label = "Add"

    def cancel_url(self) -> str:
        return reverse("notice_clauses", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        clocks.add_clause(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()


class EndClause(ActPage):
    verb = "inventory.keep_notice_clauses"

    def perform(self) -> str:
        clause = get_object_or_404(NoticeClause, pk=self.kwargs["pk"])
        clocks.end_clause(actor=self.actor, clause=clause, now=self.now)
        return reverse("notice_clauses", args=[self.slug])
