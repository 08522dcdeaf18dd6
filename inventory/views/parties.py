"""Pages of the interested parties, and of what they require (4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.columns import Column
from aims.core.generic import ActPage, ColumnCsv, ColumnRegister, EditPage, FormPage
from inventory.columns.parties import COLUMNS, NEED_COLUMNS
from inventory.forms.context import ReviewForm
from inventory.forms.parties import NeedFilterForm, NeedForm, PartyEditForm, PartyFilterForm, PartyForm
from inventory.models import InterestedParty, PartyNeed
from inventory.queries import parties as queries
from inventory.services import parties as services
from inventory.views.context import OfPart
from inventory.views.tabs import HistoryPage

ANSWER_WORDS = {True: "yes", False: "no", None: "open"}


class Register(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = "inventory.view_context"
    has_past = True
    url_name = "parties"
    filter_form_class = PartyFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS
    default_sort = "id"

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        found = queries.parties(queries.PartyFilters(**self.asked), on=self.today)
        return queries.rows(found, self.choice.reads)


class PartiesPage(Register):
    template_name = "inventory/parties.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(on=self.today)

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {
            **context,
            "lines": self.choice.lines(queries.party_rows(context["rows"], on=self.today)),
            "may_keep": self.can("inventory.keep_context"),
        }


class PartiesCsv(ColumnCsv, Register):
    file_name = "interested-parties.csv"

    def exported_rows(self) -> Iterable[queries.PartyRow]:
        return queries.party_rows(self.sorted_rows(), on=self.today)


class NeedRegister(ColumnRegister):
    """What the register of obligations and its CSV share: filters and order."""

    verb = "inventory.view_context"
    has_past = True
    url_name = "obligations"
    filter_form_class = NeedFilterForm
    views = queries.NEED_VIEWS
    sorts = queries.NEED_SORTS
    default_sort = "party_id"

    def columns_offered(self) -> Sequence[Column]:
        return NEED_COLUMNS

    def rows(self) -> Any:
        return queries.need_values(queries.needs(queries.NeedFilters(**self.asked)), self.choice.reads)


class ObligationsPage(NeedRegister):
    template_name = "inventory/obligations.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.need_counts()

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {**context, "lines": self.choice.lines(queries.need_rows(context["rows"]))}


class ObligationsCsv(ColumnCsv, NeedRegister):
    file_name = "requirements.csv"

    def exported_rows(self) -> Iterable[queries.NeedRow]:
        return queries.need_rows(self.sorted_rows())


class OfParty(OfPart):
    model = InterestedParty
    route = "party"


class PartyPage(OfParty):
    verb = "inventory.view_context"
    has_past = True
    record_name = "record"
    template_name = "inventory/party.html"

    def context(self) -> Mapping[str, Any]:
        return {
            **self.head("record"),
            "needs": [(need, queries.ANSWERS[need.is_obligation]) for need in self.record.needs.all()],
            "may_keep": self.can("inventory.keep_context", self.record),
            "may_review": self.can("inventory.review_context", self.record),
        }


class PartyHistory(OfParty, HistoryPage):
    template_name = "inventory/party_history.html"


class RegisterParty(FormPage):
    verb = "inventory.keep_context"
    form_class = PartyForm
    page_title = "Add an interested party"
    submit_label = "Add"
    done_message = "The party is in the register. Say what it requires."

    def cancel_url(self) -> str:
        return reverse("parties", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        party = services.register_party(actor=self.actor, now=self.now, **cleaned)
        return reverse("party", args=[self.slug, party.pk])


class EditParty(OfParty, EditPage):
    verb = "inventory.keep_context"
    form_class = PartyEditForm

    editable = services.EDITABLE

    def edit(self, **said: Any) -> None:
        services.edit_party(actor=self.actor, party=self.record, now=self.now, **said)


class ReviewParty(OfParty, FormPage):
    verb = "inventory.review_context"
    form_class = ReviewForm
    submit_label = "Note the review"
    done_message = "The review is on record."

    def initial(self) -> dict[str, Any]:
        return {"row_version": self.record.row_version}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Review {self.record}", "intro": self.record.watch}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.review_party(actor=self.actor, party=self.record, now=self.now, **cleaned)
        return self.url


class AddNeed(OfParty, FormPage):
    verb = "inventory.keep_context"
    form_class = NeedForm
    submit_label = "Add"

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"A requirement of {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.add_need(actor=self.actor, party=self.record, now=self.now, **cleaned)
        return self.url


class OfNeed(OfParty):
    verb = "inventory.keep_context"

    @cached_property
    def need(self) -> PartyNeed:
        found = PartyNeed.objects.select_related("party")
        return get_object_or_404(found, pk=self.kwargs["need"], party=self.record)


class ChangeNeed(OfNeed, FormPage):
    form_class = NeedForm

    def initial(self) -> dict[str, Any]:
        values = {key: getattr(self.need, key) for key in services.NEED_FIELDS}
        return {**values, "is_obligation": ANSWER_WORDS[self.need.is_obligation]}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"A requirement of {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.change_need(actor=self.actor, need=self.need, now=self.now, **cleaned)
        return self.url


class RemoveNeed(OfNeed, ActPage):
    def perform(self) -> str:
        services.remove_need(actor=self.actor, need=self.need, now=self.now)
        return self.url
