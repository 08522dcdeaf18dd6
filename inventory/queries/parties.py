"""Reads of the register of interested parties and of the obligations they give (4.2)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from inventory.enums import NeedKind, PartyKind
from inventory.models import InterestedParty, PartyNeed
from inventory.queries.systems import label_of

VIEWS = {
    "": "All",
    "undecided": "To decide",
    "no_needs": "Without requirements",
    "no_owner": "Without owner",
    "review_overdue": "Review overdue",
    "ended": "No longer matter",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "name": "name",
    "kind": "kind",
    "owner": "owner__name",
    "review": "next_review_date",
}
ROW_FIELDS = (
    "id",
    "reference",
    "name",
    "kind",
    "owner_id",
    "matters",
    "last_reviewed_on",
    "next_review_date",
    "row_version",
)
NEED_SORTS = {"party": "party_id", "kind": "kind", "where": "where"}
NEED_FIELDS = ("id", "party_id", "text", "kind", "where", "is_obligation", "reason")
NEED_VIEWS = {"": "All", "yes": "Obligations", "open": "To decide", "no": "Not taken on"}
ANSWER_OF: Mapping[str, bool | None] = {"yes": True, "open": None, "no": False}
ANSWERS = {True: "Obligation of the AIMS", False: "Not taken on", None: "Not decided"}


@dataclass(frozen=True)
class PartyFilters:
    view: str = ""
    q: str = ""
    kind: str = ""


@dataclass(frozen=True)
class PartyRow:
    id: int
    reference: str
    name: str
    kind: str
    owner: str
    needs: int
    obligations: int
    undecided: int
    matters: bool
    last_reviewed_on: datetime.date | None
    next_review_date: datetime.date | None
    is_review_overdue: bool
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]

    @property
    def requirements(self) -> str:
        return f"{self.obligations} of {self.needs} taken on" if self.needs else "None recorded"


def _has_needs(**which: Any) -> Exists:
    return Exists(PartyNeed.objects.filter(party=OuterRef("pk"), **which))


def _conditions(on: datetime.date) -> dict[str, Any]:
    active = Q(matters=True)
    return {
        "undecided": active & Q(_has_needs(is_obligation=None)),
        "no_needs": active & ~Q(_has_needs()),
        "no_owner": active & Q(owner=None),
        "review_overdue": active & Q(next_review_date__lt=on),
        "ended": ~active,
    }


def parties(filters: PartyFilters, *, on: datetime.date) -> QuerySet[Any]:
    found = InterestedParty.objects.filter(_conditions(on).get(filters.view, Q()))
    if filters.kind:
        found = found.filter(kind=filters.kind)
    for word in filters.q.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(reference__icontains=word)
            | Q(description__icontains=word)
            | Q(_has_needs(text__icontains=word))
            | Q(_has_needs(where__icontains=word))
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values with the number of requirements; `party_rows` puts them into words."""
    return found.values(*ROW_FIELDS, *also, owner_name=F("owner__name")).annotate(
        needs_count=Count("needs"),
        obligations=Count("needs", filter=Q(needs__is_obligation=True)),
        undecided=Count("needs", filter=Q(needs__is_obligation=None) & Q(needs__id__isnull=False)),
    )


def party_rows(values: Iterable[Mapping[str, Any]], *, on: datetime.date) -> list[PartyRow]:
    return [_row(each, on=on) for each in values]


def _row(each: Mapping[str, Any], *, on: datetime.date) -> PartyRow:
    review = each["next_review_date"]
    return PartyRow(
        id=each["id"],
        reference=each["reference"],
        name=each["name"],
        kind=label_of(PartyKind, each["kind"]),
        owner=each["owner_name"] or "",
        needs=each["needs_count"],
        obligations=each["obligations"],
        undecided=each["undecided"],
        matters=each["matters"],
        last_reviewed_on=each["last_reviewed_on"],
        next_review_date=review,
        is_review_overdue=bool(review and review < on and each["matters"]),
        said=each,
    )


def view_counts(*, on: datetime.date) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions(on).items()}
    found = InterestedParty.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


def affected_are_among() -> bool:
    """Whether people subject to decisions of AI are on the list, who may not be customers."""
    affected = InterestedParty.objects.that_matter().filter(kind=PartyKind.AFFECTED)
    return bool(affected.exists())


@dataclass(frozen=True)
class NeedFilters:
    view: str = ""
    q: str = ""
    kind: str = ""


@dataclass(frozen=True)
class NeedRow:
    id: int
    text: str
    #: Its name.
    party: str
    kind: str
    where: str
    is_obligation: bool | None
    answer: str
    reason: str
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


def needs(filters: NeedFilters) -> QuerySet[Any]:
    """The requirements of the parties that matter."""
    found = PartyNeed.objects.filter(party__matters=True)
    if filters.view in ANSWER_OF:
        found = found.filter(is_obligation=ANSWER_OF[filters.view])
    if filters.kind:
        found = found.filter(kind=filters.kind)
    for word in filters.q.split():
        found = found.filter(
            Q(text__icontains=word) | Q(where__icontains=word) | Q(party__name__icontains=word)
        )
    return found


def need_counts() -> dict[str, int]:
    asked = {f"n_{view}": Count("pk", filter=Q(is_obligation=answer)) for view, answer in ANSWER_OF.items()}
    kept = PartyNeed.objects.filter(party__matters=True)
    found = kept.aggregate(n_=Count("pk"), **asked)
    return {view: found[f"n_{view}"] for view in NEED_VIEWS}


def need_values(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values with the name of the party; `need_rows` puts them into words."""
    return found.values(*NEED_FIELDS, *also, party_name=F("party__name"))


def need_rows(values: Iterable[Mapping[str, Any]]) -> list[NeedRow]:
    return [
        NeedRow(
            id=each["id"],
            text=each["text"],
            party=each["party_name"],
            kind=label_of(NeedKind, each["kind"]),
            where=each["where"],
            is_obligation=each["is_obligation"],
            answer=ANSWERS[each["is_obligation"]],
            reason=each["reason"],
            said=each,
        )
        for each in values
    ]
