"""Pages of the register of disclosures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.columns import Column
from aims.core.generic import ActPage, ColumnCsv, ColumnRegister, EditPage, FormPage
from aims.core.numbers import whole_number
from inventory.columns.disclosures import COLUMNS
from inventory.forms.transparency import (
    DisclosureEditForm,
    DisclosureFilterForm,
    NewDisclosureForm,
    ProofForm,
)
from inventory.models import Disclosure, DisclosureEvidence
from inventory.queries import transparency as queries
from inventory.services import disclosures as services
from inventory.views.tabs import HistoryPage, TabbedRecord

VIEW, KEEP = "inventory.view_disclosures", "inventory.keep_disclosure"


class Register(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = VIEW
    has_past = True
    url_name = "disclosures"
    filter_form_class = DisclosureFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS
    default_sort = "id"

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        found = queries.disclosures(queries.DisclosureFilters(**self.asked), on=self.today)
        return queries.rows(found, self.choice.reads)


class DisclosuresPage(Register):
    template_name = "inventory/disclosures.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(on=self.today)

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        lines = self.choice.lines(queries.disclosure_rows(context["rows"], on=self.today))
        return {**context, "lines": lines, "may_keep": self.can(KEEP)}


class DisclosuresCsv(ColumnCsv, Register):
    file_name = "disclosures.csv"

    def exported_rows(self) -> Iterable[queries.DisclosureRow]:
        return queries.disclosure_rows(self.sorted_rows(), on=self.today)


class RegisterDisclosure(FormPage):
    verb = KEEP
    form_class = NewDisclosureForm
    page_title = "Register a disclosure"
    submit_label = "Register"

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("system", "")
        return {"system": asked} if whole_number(asked) else {}

    def cancel_url(self) -> str:
        return reverse("disclosures", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        owner = {"owner": cleaned.pop("owner")} if cleaned["owner"] else {}
        cleaned.pop("owner", None)
        made = services.register_disclosure(actor=self.actor, now=self.now, **cleaned, **owner)
        return reverse("disclosure", args=[self.slug, made.pk])


class OfDisclosure(TabbedRecord):
    route = "disclosure"
    shown_as = "disclosure"

    @cached_property
    def record(self) -> Disclosure:
        found = Disclosure.objects.select_related("owner", "system", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])


class DisclosurePage(OfDisclosure):
    verb = VIEW
    has_past = True
    record_name = "record"
    template_name = "inventory/disclosure.html"

    def context(self) -> Mapping[str, Any]:
        disclosure = self.record
        return {
            **self.head("record"),
            "proofs": queries.proofs_of(disclosure),
            "may_keep": disclosure.ended_on is None and self.can(KEEP, disclosure),
        }


class DisclosureHistory(OfDisclosure, HistoryPage):
    template_name = "inventory/disclosure_history.html"


class Part(OfDisclosure, FormPage):
    """A form of the record."""

    verb = KEEP
    title: ClassVar[str] = ""

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"{self.title}: {self.record.reference}"}


class EditDisclosure(OfDisclosure, EditPage):
    verb = KEEP
    form_class = DisclosureEditForm
    editable = services.EDITABLE

    def edit(self, **said: Any) -> None:
        services.edit_disclosure(actor=self.actor, disclosure=self.record, now=self.now, **said)


class LinkProof(Part):
    form_class = ProofForm
    title = "Link proof"
    submit_label = "Link"

    def form_kwargs(self) -> dict[str, Any]:
        return {"linked": self.record.evidence_links.values("evidence_id")}

    def initial(self) -> dict[str, Any]:
        return {"shown_on": self.today}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.link_proof(
            actor=self.actor,
            disclosure=self.record,
            evidence=cleaned["chosen"],
            shown_on=cleaned["shown_on"],
            today=self.today,
        )
        return self.url


class UnlinkProof(OfDisclosure, ActPage):
    verb = KEEP

    def perform(self) -> str:
        links = DisclosureEvidence.objects.select_related("disclosure__system", "evidence")
        link = get_object_or_404(links, evidence_id=self.kwargs["evidence"], disclosure=self.record)
        services.unlink_proof(actor=self.actor, link=link, now=self.now)
        return self.url


class EndDisclosure(OfDisclosure, ActPage):
    verb = KEEP

    def perform(self) -> str:
        services.end_disclosure(actor=self.actor, disclosure=self.record, on=self.today, now=self.now)
        return self.url
