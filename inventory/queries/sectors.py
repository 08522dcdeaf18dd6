"""Reads of the sector templates that an organization works by."""

from __future__ import annotations

from dataclasses import dataclass

from inventory.metric_proposals import proposals
from inventory.models import AdoptedSector
from inventory.sectors import Sector, sectors


@dataclass(frozen=True)
class SectorCard:
    sector: Sector
    adopted: AdoptedSector | None
    #: By their names.
    metrics: list[str]


def adopted_keys() -> list[str]:
    return list(AdoptedSector.objects.order_by("id").values_list("sector", flat=True))


def cards() -> list[SectorCard]:
    """Every template; one query."""
    adopted = {each.sector: each for each in AdoptedSector.objects.select_related("adopted_by")}
    names = {each.key: each.name for each in proposals()}
    return [
        SectorCard(sector, adopted.get(sector.key), [names[key] for key in sector.metrics])
        for sector in sectors()
    ]
