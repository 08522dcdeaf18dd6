"""Reads of change requests, and of what changed about a system."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from inventory.enums import ChangeRequestState
from inventory.models import AISystem, ChangeRequest, ChangeReview
from inventory.queries.systems import label_of

VIEWS = {"": "All", "open": "Open", "done": "Done", "rejected": "Rejected"}
#: What ?sort= calls a column.
SORTS = {"ref": "id", "title": "title", "state": "state", "system": "system__name", "done": "done_on"}
OPEN = (ChangeRequestState.DRAFT, ChangeRequestState.ASSESSED, ChangeRequestState.APPROVED)


def changes(*, view: str = "", q: str = "", state: str = "", system: int | None = None) -> Any:
    found = ChangeRequest.objects.select_related("system", "author", "decided_by", "evidence", "organization")
    found = found.filter(_view(view))
    if q:
        found = found.filter(Q(title__icontains=q) | Q(reference__iexact=q) | Q(purpose__icontains=q))
    if state:
        found = found.filter(state=state)
    return found.filter(system_id=system) if system else found


@dataclass(frozen=True)
class ChangeRow:
    id: int
    reference: str
    title: str
    system: str
    state: str
    state_label: str
    decided_by: str
    done_on: datetime.date | None
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    return found.select_related(None).values(
        *("id", "reference", "title", "state", "done_on", "system_id"),
        *also,
        system_name=F("system__name"),
        decider=F("decided_by__name"),
    )


def change_rows(values: Iterable[Mapping[str, Any]]) -> list[ChangeRow]:
    return [
        ChangeRow(
            id=each["id"],
            reference=each["reference"],
            title=each["title"],
            system=each["system_name"] or "",
            state=each["state"],
            state_label=label_of(ChangeRequestState, each["state"]),
            decided_by=each["decider"] or "",
            done_on=each["done_on"],
            said=each,
        )
        for each in values
    ]


def _view(view: str) -> Q:
    done = [ChangeRequestState.IMPLEMENTED, ChangeRequestState.REVIEWED]
    return {
        "open": Q(state__in=OPEN),
        "done": Q(state__in=done),
        "rejected": Q(state=ChangeRequestState.REJECTED),
    }.get(view, Q())


def view_counts() -> dict[str, int]:
    counted = {f"n_{view}": Count("pk", filter=_view(view)) for view in VIEWS if view}
    found = ChangeRequest.objects.aggregate(n_=Count("pk"), **counted)
    return {key.removeprefix("n_"): number for key, number in found.items()}


def reviews_of(system: AISystem, *, newest: int = 100) -> list[ChangeReview]:
    found = ChangeReview.objects.filter(system=system).select_related("recorded_by")
    return list(found.order_by("-pk")[:newest])
