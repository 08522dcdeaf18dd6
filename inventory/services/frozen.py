"""A retired system stands as it was when its retirement was completed."""

from __future__ import annotations

from aims.core.exceptions import RuleBroken
from inventory.models import AISystem
from inventory.queries.gates import is_frozen


def require_not_frozen(system: AISystem) -> None:
    if is_frozen(system):
        raise RuleBroken(
            f"{system.reference} is retired: its record stands as it was when the retirement was completed.",
            code="state",
        )
