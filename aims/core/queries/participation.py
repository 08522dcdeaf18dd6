"""Who took part in a record: what separation of duties asks beyond owner, author and approver columns."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Max

from aims.core.days import start_of_day
from aims.core.models import TrailEvent


@dataclass(frozen=True)
class Part:
    """One person's work on one record, and when it was done last, as the trail has it."""

    person: int
    object_type: str
    object_id: int
    last: datetime.datetime


def took_part(
    people: Iterable[int],
    object_types: Collection[str],
    *,
    since: datetime.date,
    object_id: int | None = None,
    but: Collection[str] = (),
) -> list[Part]:
    """Work on records of these types (or on one), without the acts in `but`; one query."""
    labels = {f"member:{person}": person for person in people}
    lines = TrailEvent.objects.filter(
        actor__in=labels, at__gte=start_of_day(since), object_type__in=object_types
    )
    if object_id is not None:
        lines = lines.filter(object_id=object_id)
    found = (
        lines.exclude(action__in=but)
        .values_list("actor", "object_type", "object_id")
        .annotate(last=Max("at"))
        .order_by()
    )
    return [Part(labels[actor], kind, key, last) for actor, kind, key, last in found]
