"""The register of all questionnaires to suppliers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from aims.core.columns import Tag
from inventory.enums import QuestionnaireState
from inventory.models import Supplier, SupplierQuestionnaire
from inventory.queries.questionnaires import questionnaires
from inventory.queries.systems import label_of
from inventory.rules.questionnaires import OPEN

VIEWS = {
    "": "All",
    "awaited": "Awaited",
    "overdue": "Overdue",
    "to_decide": "To decide on",
    "accepted": "Accepted",
    "ended": "Withdrawn or expired",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "supplier": "supplier__name",
    "state": "state",
    "due": "due_date",
    "sent": "sent_at",
    "handed_in": "handed_in_at",
}
ROW_FIELDS = ("id", "reference", "supplier_id", "state", "recipient", "due_date", "sent_at", "handed_in_at")
TONES = {
    "sent": "info",
    "in_progress": "info",
    "handed_in": "warn",
    "returned": "info",
    "accepted": "ok",
    "withdrawn": "neutral",
    "expired": "bad",
}


@dataclass(frozen=True)
class QuestionnaireFilters:
    view: str = ""
    q: str = ""
    state: str = ""
    #: Its number.
    supplier: str = ""


@dataclass(frozen=True)
class QuestionnaireRow:
    """`name` is that of the supplier."""

    id: int
    reference: str
    name: str
    state: str
    recipient: str
    asked: int
    answered: int
    due_date: datetime.date
    sent_at: datetime.datetime
    handed_in_at: datetime.datetime | None
    is_overdue: bool
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]

    @property
    def said_apart(self) -> str:
        return self.reference

    @property
    def state_label(self) -> str:
        return label_of(QuestionnaireState, self.state)

    @property
    def tag(self) -> Tag:
        return Tag(self.state_label, TONES[self.state])

    @property
    def progress(self) -> str:
        return f"{self.answered} of {self.asked}"


def conditions(on: datetime.date) -> dict[str, Q]:
    return {
        "awaited": Q(state__in=OPEN),
        "overdue": Q(state__in=OPEN, due_date__lt=on),
        "to_decide": Q(state=QuestionnaireState.HANDED_IN),
        "accepted": Q(state=QuestionnaireState.ACCEPTED),
        "ended": Q(state__in=(QuestionnaireState.WITHDRAWN, QuestionnaireState.EXPIRED)),
    }


def filtered(filters: QuestionnaireFilters, *, on: datetime.date) -> QuerySet[Any]:
    found = questionnaires().filter(conditions(on).get(filters.view, Q()))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.supplier:
        found = found.filter(supplier_id=int(filters.supplier))
    for word in filters.q.split():
        found = found.filter(
            Q(reference__icontains=word)
            | Q(supplier__name__icontains=word)
            | Q(recipient__icontains=word)
            | Q(contact_name__icontains=word)
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values; `questionnaire_rows` puts them into words."""
    return found.values(*ROW_FIELDS, "asked", "answered", *also, name=F("supplier__name"))


def questionnaire_rows(values: Iterable[Mapping[str, Any]], *, on: datetime.date) -> list[QuestionnaireRow]:
    own = (*(key for key in ROW_FIELDS if key != "supplier_id"), "asked", "answered", "name")
    return [
        QuestionnaireRow(
            **{key: each[key] for key in own},
            is_overdue=each["state"] in OPEN and each["due_date"] < on,
            said=each,
        )
        for each in values
    ]


def view_counts(*, on: datetime.date) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in conditions(on).items()}
    found = SupplierQuestionnaire.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


def suppliers_asked() -> list[tuple[int, str]]:
    found = Supplier.objects.filter(questionnaires__isnull=False).distinct().order_by("name", "id")
    return [
        (pk, f"{reference} {name}") for pk, reference, name in found.values_list("id", "reference", "name")
    ]
