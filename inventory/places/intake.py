"""What intakes show at places that core names: the page of a system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import Panel, registry
from inventory.models import AISystem
from inventory.queries import intake as queries


def panels() -> Iterator[Panel]:
    yield Panel(
        "system",
        "intake",
        "Intake",
        18,
        "inventory.view_discovery",
        "inventory/_system_intake.html",
        of_system,
        span=6,
    )


def of_system(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """One query, whatever their number."""
    found = queries.intakes_of_system(system)
    return {
        "system": system,
        "shown": queries.shown(found[:1]),
        "earlier": found[1:],
        "links": [link for each in registry.intake_judges for link in each.asks_everything(actor, system)],
        "may_answer": permissions.can(actor, "inventory.answer_intake", system),
    }
