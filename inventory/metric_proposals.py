"""Metrics that systems of a kind usually have, from the catalog; limits are the organization's to set."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from aims.core.catalogs import METRICS, catalog


@dataclass(frozen=True)
class Proposal:
    key: str
    name: str
    kind: str
    definition: str
    unit: str
    direction: str
    frequency: str
    chart: str
    ai_types: tuple[str, ...]

    def fields(self) -> dict[str, Any]:
        names = ("name", "kind", "definition", "unit", "direction", "frequency", "chart")
        return {name: getattr(self, name) for name in names}


@cache
def proposals() -> tuple[Proposal, ...]:
    return tuple(
        Proposal(
            key=row["id"],
            name=row["name"],
            kind=row["kind"],
            definition=row["definition"],
            unit=row.get("unit", ""),
            direction=row["direction"],
            frequency=row.get("frequency", "weekly"),
            chart=row.get("chart", "individuals"),
            ai_types=tuple(row.get("ai_types", ())),
        )
        for row in catalog(METRICS)["metrics"]
    )


def proposals_for(ai_type: str, usual: Collection[str] = ()) -> list[Proposal]:
    """Those for this kind of AI and those for every kind; what is usual in the organization's sectors first.

    While the kind of AI is not recorded, all that is usual there.
    """
    fitting = [each for each in proposals() if _fits(each, ai_type, usual)]
    return sorted(fitting, key=lambda each: each.key not in usual)


def _fits(each: Proposal, ai_type: str, usual: Collection[str]) -> bool:
    if not each.ai_types or ai_type in each.ai_types:
        return True
    return not ai_type and each.key in usual
