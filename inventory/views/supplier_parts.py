"""What hangs on a supplier: small forms and acts that lead back to its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404

from aims.core.generic import ActPage, FormPage
from inventory.forms.evidence import LinkEvidenceForm
from inventory.forms.suppliers import (
    AnswerForm,
    ChoiceOf,
    ConditionForm,
    EventForm,
    MetForm,
    SystemLinkForm,
)
from inventory.models import (
    SubSupplier,
    Supplier,
    SupplierCondition,
    SupplierEvidence,
    SupplierNotice,
    SupplierSystem,
)
from inventory.queries import suppliers as queries
from inventory.services import supplier_parts as services
from inventory.views.suppliers import OfSupplier


class Part(OfSupplier, FormPage):
    """One of the supplier's small forms."""

    verb = "inventory.keep_supplier"
    title: ClassVar[str] = ""

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"{self.title}: {self.record.name}"}


class LinkSystem(Part):
    form_class = SystemLinkForm
    title = "Link an AI system"
    submit_label = "Link"

    def perform(self, cleaned: dict[str, Any]) -> str:
        system = cleaned.pop("chosen")
        services.link_system(actor=self.actor, supplier=self.record, system=system, now=self.now, **cleaned)
        return self.url


class AddSubSupplier(Part):
    form_class = ChoiceOf
    title = "Add a sub-supplier"
    submit_label = "Add"

    def form_kwargs(self) -> dict[str, Any]:
        return {"items": queries.suppliers_to_link(self.record), "label": "Supplier that serves this one"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        other = get_object_or_404(Supplier, pk=cleaned["chosen"])
        services.add_sub_supplier(actor=self.actor, supplier=self.record, sub_supplier=other, now=self.now)
        return self.url


class AddCondition(Part):
    form_class = ConditionForm
    title = "Add a condition"
    submit_label = "Add"

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.add_condition(actor=self.actor, supplier=self.record, now=self.now, **cleaned)
        return self.url


class MeetCondition(Part):
    form_class = MetForm
    title = "Condition met"
    submit_label = "Note as met"

    def perform(self, cleaned: dict[str, Any]) -> str:
        condition = get_object_or_404(SupplierCondition, pk=self.kwargs["condition"], supplier=self.record)
        services.meet_condition(actor=self.actor, condition=condition, now=self.now, **cleaned)
        return self.url


class RecordEvent(Part):
    form_class = EventForm
    title = "Record an event"
    submit_label = "Record"

    def initial(self) -> dict[str, Any]:
        return {"happened_on": self.today}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.record_event(actor=self.actor, supplier=self.record, now=self.now, **cleaned)
        return self.url


class AcceptAnswer(Part):
    form_class = AnswerForm
    title = "Accept the answer"
    submit_label = "Accept"

    def perform(self, cleaned: dict[str, Any]) -> str:
        event = get_object_or_404(SupplierNotice, pk=self.kwargs["event"], supplier=self.record)
        services.accept_answer(actor=self.actor, event=event, now=self.now, **cleaned)
        return self.url


class LinkCertificate(Part):
    form_class = LinkEvidenceForm
    title = "Link a certificate or other proof"
    submit_label = "Link"

    def form_kwargs(self) -> dict[str, Any]:
        return {"linked": self.record.evidence_links.values("evidence_id")}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.link_certificate(
            actor=self.actor, supplier=self.record, evidence=cleaned["chosen"], now=self.now
        )
        return self.url


class Unlink(OfSupplier, ActPage):
    verb = "inventory.keep_supplier"
    model: ClassVar[Any]

    def link(self) -> Any:
        return get_object_or_404(self.model, pk=self.kwargs["link"], supplier=self.record)


class UnlinkSystem(Unlink):
    model = SupplierSystem

    def perform(self) -> str:
        services.unlink_system(actor=self.actor, link=self.link(), now=self.now)
        return self.url


class RemoveSubSupplier(Unlink):
    model = SubSupplier

    def perform(self) -> str:
        services.remove_sub_supplier(actor=self.actor, link=self.link(), now=self.now)
        return self.url


class UnlinkCertificate(Unlink):
    model = SupplierEvidence

    def perform(self) -> str:
        services.unlink_certificate(actor=self.actor, link=self.link(), now=self.now)
        return self.url
