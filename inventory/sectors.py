"""The published sector templates, read once: what organizations of a sector usually ask of their systems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aims.core.catalogs import SECTORS, catalog


@dataclass(frozen=True)
class SectorField:
    label: str
    kind: str
    choices: tuple[str, ...]
    help_text: str
    in_register: bool


@dataclass(frozen=True)
class SectorDocument:
    """`controls` are the references of Annex A that it serves."""

    title: str
    why: str
    controls: tuple[str, ...]


@dataclass(frozen=True)
class Sector:
    """`risks` are scenarios of the risk taxonomy, `metrics` keys of the metric proposals."""

    key: str
    name: str
    intro: str
    fields: tuple[SectorField, ...]
    risks: tuple[str, ...]
    metrics: tuple[str, ...]
    documents: tuple[SectorDocument, ...]


@cache
def sectors() -> tuple[Sector, ...]:
    return tuple(
        Sector(
            key=row["id"],
            name=row["name"],
            intro=row["intro"],
            fields=tuple(_field(each) for each in row["fields"]),
            risks=tuple(row["risks"]),
            metrics=tuple(row["metrics"]),
            documents=tuple(
                SectorDocument(each["title"], each["why"], tuple(each["controls"]))
                for each in row["documents"]
            ),
        )
        for row in catalog(SECTORS)["sectors"]
    )


def sector_of(key: str) -> Sector | None:
    return next((each for each in sectors() if each.key == key), None)


def usual_risks(keys: Iterable[str]) -> dict[str, str]:
    """Scenario -> the first of these sectors in which it is usual, by its name."""
    named = [sector for sector in map(sector_of, keys) if sector]
    return {scenario: sector.name for sector in reversed(named) for scenario in sector.risks}


def usual_metrics(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(metric for sector in map(sector_of, keys) if sector for metric in sector.metrics)


def _field(row: dict[str, Any]) -> SectorField:
    return SectorField(
        label=row["label"],
        kind=row["kind"],
        choices=tuple(row.get("choices", ())),
        help_text=row.get("help", ""),
        in_register=bool(row.get("in_register")),
    )
