"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from aims.core import permissions
from aims.core.registry import registry


def register() -> None:
    """Called once when Django is ready."""
    # Imported now: they need the models.
    from risk import guards, places, reminders, rounds, sections
    from risk.permissions import TABLE
    from risk.services.criteria import adopt_default_criteria

    permissions.declare("risk", TABLE)
    guards.provide()
    registry.navigation += places.navigation()
    registry.panels += places.panels()
    registry.work_sources.append(places.work)
    registry.search_sources.append(places.search)
    registry.ownerships.append(places.owned_by)
    registry.home_parts.append(places.home)
    registry.quick_actions.append(("Add a risk", "risk_new", "risk.identify_risk"))
    registry.adoptions.append(adopt_default_criteria)
    registry.reminder_sources.append(reminders.due)
    registry.daily_rounds.append(rounds.daily_round)
    registry.pack_sections.append(sections.sections)
