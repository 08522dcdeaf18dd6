"""Pages of governance bodies: who sits there, when they met, and what they decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister, EditPage, FormPage, ListPage
from inventory.columns.governance import COLUMNS
from inventory.forms import governance as forms
from inventory.models import BodyDecision, BodyMeeting, BodySeat, GovernanceBody
from inventory.queries import governance as queries
from inventory.services import governance as services
from inventory.views.context import VIEW, OfPart
from inventory.views.tabs import HistoryPage

KEEP = "inventory.keep_context"


class BodiesPage(ListPage):
    verb = VIEW
    has_past = True
    template_name = "inventory/bodies.html"
    default_sort = "name"

    def rows(self) -> Any:
        return queries.bodies()

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "may_keep": self.can(KEEP)}


class DecisionRegister(ColumnRegister):
    """What the register of decisions and its CSV share: filters and order."""

    verb = VIEW
    has_past = True
    url_name = "decisions"
    filter_form_class = forms.DecisionFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        found = queries.decisions(queries.DecisionFilters(**self.asked), on=self.today)
        return queries.rows(found, self.choice.reads)


class DecisionsPage(DecisionRegister):
    template_name = "inventory/decisions.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.decision_counts(on=self.today)

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {**context, "lines": self.choice.lines(queries.decision_rows(context["rows"]))}


class DecisionsCsv(ColumnCsv, DecisionRegister):
    file_name = "governance-decisions.csv"

    def exported_rows(self) -> Iterable[queries.DecisionRow]:
        return queries.decision_rows(self.sorted_rows())


class OfBody(OfPart):
    model = GovernanceBody
    route = "body"
    joins = ("author", "organization", "evidence")


class BodyPage(OfBody):
    verb = VIEW
    has_past = True
    record_name = "record"
    template_name = "inventory/body.html"

    def context(self) -> Mapping[str, Any]:
        return {
            **self.head("record"),
            "seats": queries.seats_of(self.record, on=self.today),
            "meetings": queries.meetings_of(self.record),
            "may_keep": self.can(KEEP, self.record),
        }


class BodyHistory(OfBody, HistoryPage):
    template_name = "inventory/body_history.html"


class SetUpBody(FormPage):
    verb = KEEP
    form_class = forms.BodyForm
    page_title = "Set up a governance body"
    submit_label = "Set up"
    done_message = "The body is on record. Say who sits there."

    def cancel_url(self) -> str:
        return reverse("bodies", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        body = services.set_up_body(actor=self.actor, now=self.now, **cleaned)
        return reverse("body", args=[self.slug, body.pk])


class EditBody(OfBody, EditPage):
    verb = KEEP
    form_class = forms.BodyEditForm
    editable = services.EDITABLE

    def initial(self) -> dict[str, Any]:
        return {**super().initial(), "evidence": self.record.evidence_id}

    def named(self) -> str:
        return self.record.name

    def edit(self, **said: Any) -> None:
        services.edit_body(actor=self.actor, body=self.record, now=self.now, **said)


class FillSeat(OfBody, FormPage):
    verb = KEEP
    form_class = forms.SeatForm
    submit_label = "Add"

    def initial(self) -> dict[str, Any]:
        return {"since": self.today}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Somebody takes part in {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.fill_seat(actor=self.actor, body=self.record, now=self.now, **cleaned)
        return self.url


class EndTerm(OfBody, FormPage):
    verb = KEEP
    form_class = forms.EndTermForm
    submit_label = "End the term"

    @cached_property
    def seat(self) -> BodySeat:
        found = BodySeat.objects.select_related("body", "person")
        return get_object_or_404(found, pk=self.kwargs["seat"], body=self.record)

    def initial(self) -> dict[str, Any]:
        return {"until": self.today}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"End the term of {self.seat.person.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.end_term(actor=self.actor, seat=self.seat, now=self.now, **cleaned)
        return self.url


class RecordMeeting(OfBody, FormPage):
    verb = KEEP
    form_class = forms.MeetingForm
    submit_label = "Record"
    done_message = "The meeting is on record. Add what was decided."

    def initial(self) -> dict[str, Any]:
        seats = queries.seats_of(self.record, on=self.today)
        return {"held_on": self.today, "present": [seat.person_id for seat, runs in seats if runs]}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"A meeting of {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        meeting = services.record_meeting(actor=self.actor, body=self.record, now=self.now, **cleaned)
        return reverse("meeting", args=[self.slug, meeting.pk])


class OfMeeting(OfPart):
    model = BodyMeeting
    route = "meeting"

    @cached_property
    def record(self) -> Any:
        return get_object_or_404(queries.meetings(), pk=self.kwargs["pk"])


class MeetingPage(OfMeeting):
    verb = VIEW
    has_past = True
    record_name = "record"
    template_name = "inventory/meeting.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "record": self.record,
            "decisions": [
                {"it": each, "may_finish": each.is_open and self.can("inventory.finish_decision", each)}
                for each in self.record.decisions.all()
            ],
            "may_keep": self.can(KEEP, self.record),
        }


class FileMinutes(OfMeeting, FormPage):
    verb = KEEP
    form_class = forms.MinutesForm
    page_title = "File the minutes"

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.file_minutes(actor=self.actor, meeting=self.record, now=self.now, **cleaned)
        return self.url


class RecordDecision(OfMeeting, FormPage):
    verb = KEEP
    form_class = forms.DecisionForm
    page_title = "What was decided"
    submit_label = "Record"

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.record_decision(actor=self.actor, meeting=self.record, now=self.now, **cleaned)
        return self.url


class FinishDecision(OfPart, FormPage):
    verb = "inventory.finish_decision"
    model = BodyDecision
    joins = ("owner", "meeting__body", "meeting__organization")
    form_class = forms.DoneForm
    page_title = "Done"
    submit_label = "Note as done"
    done_message = "The decision is done."

    @property
    def url(self) -> str:
        return reverse("meeting", args=[self.slug, self.record.meeting_id])

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "intro": self.record.text}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.finish_decision(actor=self.actor, decision=self.record, now=self.now, **cleaned)
        return self.url
