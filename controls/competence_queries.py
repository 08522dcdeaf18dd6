"""Reads of the competence register."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, Q

from controls.enums import CompetenceState
from controls.models import CompetenceRecord

VIEWS = {"": "All", "open": "Open", "ending": "Ending or ended", "valid": "Valid"}
OPEN = (
    CompetenceState.REQUIRED,
    CompetenceState.ASSIGNED,
    CompetenceState.COMPLETED,
    CompetenceState.NOT_EFFECTIVE,
)


def records(*, view: str = "", q: str = "", topic: str = "", state: str = "") -> Any:
    found = CompetenceRecord.objects.select_related("person", "assessor", "evidence", "organization")
    found = found.filter(_view(view))
    if q:
        found = found.filter(Q(person__name__icontains=q) | Q(proof__icontains=q) | Q(why__icontains=q))
    asked = {key: value for key, value in (("topic", topic), ("state", state)) if value}
    return found.filter(**asked)


def _view(view: str) -> Q:
    return {
        "open": Q(state__in=OPEN),
        "ending": Q(state__in=[CompetenceState.EXPIRING, CompetenceState.EXPIRED]),
        "valid": Q(state__in=[CompetenceState.VALID, CompetenceState.EXPIRING, CompetenceState.WAIVED]),
    }.get(view, Q())


def view_counts() -> dict[str, int]:
    counted = {f"n_{view}": Count("pk", filter=_view(view)) for view in VIEWS if view}
    found = CompetenceRecord.objects.aggregate(n_=Count("pk"), **counted)
    return {key.removeprefix("n_"): number for key, number in found.items()}


def ending(today: datetime.date) -> Any:
    return CompetenceRecord.objects.filter(
        state__in=[CompetenceState.VALID, CompetenceState.EXPIRING], valid_until__isnull=False
    ).select_related("person", "organization")
