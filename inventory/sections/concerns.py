"""Concerns in an evidence pack: in numbers only, and none that is small."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Q

from aims.core.days import end_of_day
from aims.core.documents import Column, Section, Table
from inventory.enums import ConcernOutcome
from inventory.models import ConcernHandler
from inventory.queries import concerns as queries
from inventory.rules.concerns import SMALLEST_GROUP

#: Nor is a larger number from which a small one could be worked out.
TITLE = f"Closed concerns by quarter; a number below {SMALLEST_GROUP} is not told, nor what would tell it"


def sections(as_of: datetime.date) -> Iterable[Section]:
    """How many concerns came to what, in quarters that were over on the day."""
    day = end_of_day(as_of)
    named = ConcernHandler.objects.filter(Q(ended_at=None) | Q(ended_at__gt=day), appointed_at__lte=day)
    yield Section(
        key="concerns",
        number="8",
        title="Concerns",
        clause_refs=("A.3.3",),
        data={
            "concerns": Table(
                title=TITLE,
                columns=(
                    Column("Quarter", 20),
                    Column("All", 16),
                    *(Column(str(label), 16) for _, label in ConcernOutcome.choices),
                ),
                rows=[
                    (group.name, _told(group.total), *(_told(number) for _, number in group.by_outcome))
                    for group in queries.statistics(as_of)
                ],
            )
        },
        gaps=() if named.exists() else ("Nobody is named to handle concerns.",),
    )


def _told(number: int | None) -> str:
    return "not told" if number is None else str(number)
