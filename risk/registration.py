"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from aims.core import permissions
from aims.core.registry import registry


def register() -> None:
    """Called once when Django is ready."""
    from risk import guards, reminders, rounds
    from risk.permissions import TABLE
    from risk.services.criteria import adopt_default_criteria

    permissions.declare("risk", TABLE)
    guards.provide()
    registry.adoptions.append(adopt_default_criteria)
    registry.reminder_sources.append(reminders.due)
    registry.daily_rounds.append(rounds.daily_round)
