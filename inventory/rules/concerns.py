"""The life cycle of a concern (SM-18), its time limits, its statistics without anybody in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from aims.core.machines import Machine, step
from aims.core.schedule import add_months

CONCERN = Machine(
    id="SM-18",
    entity="Concern",
    noun="concern",
    initial="received",
    final=frozenset({"closed"}),
    labels={
        "acknowledge": "Acknowledge",
        "assess": "Assessed",
        "investigate": "Investigate",
        "conclude": "Conclude",
        "close": "Close",
    },
    transitions=(
        step(
            "received",
            "acknowledge",
            "acknowledged",
            by="compliance_lead",
            guards=("within 7 days",),
            effects=("confidential access list",),
        ),
        step(
            "acknowledged",
            "assess",
            "assessed",
            by="compliance_lead",
            guards=("handler has no conflict",),
        ),
        step("assessed", "investigate", "investigating", by="compliance_lead"),
        step("assessed", "conclude", "concluded", by="compliance_lead", guards=("reason given",)),
        step(
            "investigating",
            "conclude",
            "concluded",
            by="compliance_lead",
            guards=("outcome and measures",),
            effects=("feedback to reporter within 3 months",),
        ),
        step(
            "concluded",
            "close",
            "closed",
            by="compliance_lead top_management",
            guards=("measures handed over",),
            effects=("statistics",),
        ),
    ),
)

#: Defaults in line with the European directive on whistleblowing.
ACKNOWLEDGE_DAYS = 7
FEEDBACK_MONTHS = 3
#: Fewer than this in a group could be recognized.
SMALLEST_GROUP = 3
#: How many quarters the statistics tell of, whether anything happened in them or not.
QUARTERS = 8


def acknowledge_by(received: date) -> date:
    return received + timedelta(days=ACKNOWLEDGE_DAYS)


def feedback_by(received: date) -> date:
    return add_months(received, FEEDBACK_MONTHS)


def ended_quarters(today: date) -> list[str]:
    """The last quarters that are over, newest first: their numbers grow no more.

    Of a running quarter two looks a day apart would tell the one case between them.
    """
    first = today.year * 4 + (today.month - 1) // 3 - 1
    return [f"{number // 4} Q{number % 4 + 1}" for number in range(first, first - QUARTERS, -1)]


@dataclass(frozen=True)
class Group:
    """One quarter of the statistics; None is a number too small to be told."""

    name: str
    total: int | None
    by_outcome: tuple[tuple[str, int | None], ...]


def told_group(name: str, counts: Mapping[str, int], outcomes: Collection[str]) -> Group:
    """The counts by outcome only when none of them is small; else the sum alone; else nothing.

    A sum beside all but one of its parts would tell that part.
    """
    numbers = [counts.get(outcome, 0) for outcome in outcomes]
    total = sum(numbers)
    whole = all(number == 0 or number >= SMALLEST_GROUP for number in numbers) and total > 0
    return Group(
        name=name,
        total=total if total >= SMALLEST_GROUP else None,
        by_outcome=tuple(
            (outcome, number if whole else None) for outcome, number in zip(outcomes, numbers, strict=True)
        ),
    )
