"""Reads of governance bodies and of what they decided."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Prefetch, Q, QuerySet

from inventory.enums import BodyPart
from inventory.models import BodyDecision, BodyMeeting, BodySeat, GovernanceBody
from inventory.models.governance import filled_on
from inventory.rules.governance import QUIET_DAYS

VIEWS = {"": "All", "open": "Open", "overdue": "Overdue", "done": "Done"}
#: What ?sort= calls a column.
SORTS = {"met": "meeting__held_on", "owner": "owner__name", "due": "due_date"}
MOST_MEETINGS = 50


@dataclass(frozen=True)
class DecisionFilters:
    view: str = ""
    q: str = ""


@dataclass(frozen=True)
class DecisionRow:
    id: int
    text: str
    body: str
    held_on: datetime.date
    owner: str
    due_date: datetime.date | None
    done_on: datetime.date | None
    done_note: str
    is_open: bool
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


def _conditions(on: datetime.date) -> dict[str, Q]:
    is_open = Q(due_date__isnull=False, done_on=None)
    return {
        "open": is_open,
        "overdue": is_open & Q(due_date__lt=on),
        "done": Q(done_on__isnull=False),
    }


def decisions(filters: DecisionFilters, *, on: datetime.date) -> QuerySet[Any]:
    found = BodyDecision.objects.select_related("meeting__body", "owner")
    found = found.filter(_conditions(on).get(filters.view, Q()))
    for word in filters.q.split():
        found = found.filter(Q(text__icontains=word) | Q(meeting__body__name__icontains=word))
    return found


def decision_counts(*, on: datetime.date) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions(on).items()}
    found = BodyDecision.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values with meeting and body; `decision_rows` puts them into words."""
    return found.select_related(None).values(
        *("id", "text", "meeting_id", "due_date", "done_on", "done_note"),
        *also,
        body_id=F("meeting__body_id"),
        body_name=F("meeting__body__name"),
        held_on=F("meeting__held_on"),
        owner_name=F("owner__name"),
    )


def decision_rows(values: Iterable[Mapping[str, Any]]) -> list[DecisionRow]:
    return [
        DecisionRow(
            id=each["id"],
            text=each["text"],
            body=each["body_name"],
            held_on=each["held_on"],
            owner=each["owner_name"] or "",
            due_date=each["due_date"],
            done_on=each["done_on"],
            done_note=each["done_note"],
            is_open=each["due_date"] is not None and each["done_on"] is None,
            said=each,
        )
        for each in values
    ]


def bodies() -> QuerySet[Any]:
    return GovernanceBody.objects.annotate(last_met=Max("meetings__held_on")).order_by("name", "id")


def bodies_named(text: str) -> QuerySet[Any]:
    found = bodies()
    for word in text.split():
        found = found.filter(Q(name__icontains=word) | Q(charter__icontains=word))
    return found


def seats_of(body: GovernanceBody, *, on: datetime.date) -> list[tuple[Any, bool]]:
    """Every seat with whether its term runs; those that run first."""
    seats = BodySeat.objects.filter(body=body).select_related("person").order_by("since", "id")
    running = set(BodySeat.objects.filter(filled_on(on), body=body).values_list("pk", flat=True))
    return sorted(((seat, seat.pk in running) for seat in seats), key=lambda each: not each[1])


def meetings_of(body: GovernanceBody) -> list[Any]:
    """The newest, with the number of their decisions and of those that are open."""
    open_ones = Q(decisions__due_date__isnull=False, decisions__done_on=None)
    found = BodyMeeting.objects.filter(body=body).annotate(
        decided=Count("decisions"), left=Count("decisions", filter=open_ones)
    )
    return list(found.order_by("-held_on", "-id")[:MOST_MEETINGS])


def meetings() -> QuerySet[Any]:
    decided = Prefetch("decisions", BodyDecision.objects.select_related("owner", "done_by").order_by("id"))
    found = BodyMeeting.objects.select_related("body__organization", "evidence", "recorded_by")
    return found.prefetch_related(decided, "presences__person")


@dataclass(frozen=True)
class Governance:
    """What the overview of clause 4 says of those who steer."""

    bodies: int
    without_chair: int
    quiet: int
    open_decisions: int
    overdue_decisions: int


def governance(*, on: datetime.date) -> Governance:
    """Two queries."""
    chaired = BodySeat.objects.filter(filled_on(on), part=BodyPart.CHAIR).values("body_id")
    lately = BodyMeeting.objects.filter(held_on__gte=on - datetime.timedelta(days=QUIET_DAYS))
    standing = Q(ended_on=None) | Q(ended_on__gte=on)
    found = GovernanceBody.objects.filter(standing).aggregate(
        bodies=Count("pk"),
        without_chair=Count("pk", filter=~Q(pk__in=chaired)),
        quiet=Count("pk", filter=~Q(pk__in=lately.values("body_id"))),
    )
    counts = decision_counts(on=on)
    return Governance(**found, open_decisions=counts["open"], overdue_decisions=counts["overdue"])
