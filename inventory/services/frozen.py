"""A retired system stands as it was when its retirement was completed."""

from __future__ import annotations

from aims.core.exceptions import RuleBroken
from inventory.enums import SystemStage
from inventory.models import AISystem, GateRecord


def is_frozen(system: AISystem) -> bool:
    """One that was entered as retired passed no gate here, and its record may still be filled in."""
    if system.stage != SystemStage.RETIRED:
        return False
    return GateRecord.objects.filter(system=system, to_stage=SystemStage.RETIRED).exists()


def require_not_frozen(system: AISystem) -> None:
    if is_frozen(system):
        raise RuleBroken(
            f"{system.reference} is retired: its record stands as it was when the retirement was completed.",
            code="state",
        )
