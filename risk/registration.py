"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from aims.core import permissions
from aims.core.registry import SeparatedAct, registry


def register() -> None:
    """Called once when Django is ready."""
    # Imported now: they need the models.
    from risk import guards, intake, places, reminders, rounds, sections, stale
    from risk.permissions import TABLE
    from risk.services import handing_over
    from risk.services.criteria import adopt_default_criteria

    permissions.declare("risk", TABLE)
    guards.provide()
    registry.stale_sources += stale.SOURCES
    registry.system_stops.append(guards.systems.stop_of_prohibited_use)
    registry.navigation += places.navigation()
    registry.panels += places.panels()
    registry.work_sources.append(places.work)
    registry.search_sources.append(places.search)
    registry.ownerships += handing_over.OWNERSHIPS
    registry.separated_acts += [
        SeparatedAct("SOD-01", "risk.riskcriteria", "approve risk criteria of their own"),
        SeparatedAct("SOD-01", "risk.riskapproval", "decide on a plan or acceptance of their own"),
        SeparatedAct("SOD-04", "risk.riskapproval", "approve the acceptance of a risk they own"),
        SeparatedAct("SOD-04", "risk.risk", "accept a risk they own within appetite"),
        SeparatedAct("SOD-01", "risk.impactassessment", "decide on an impact assessment they answered"),
        SeparatedAct("SOD-01", "risk.legalclassification", "decide on a classification they answered"),
        SeparatedAct("SOD-08", "risk.impactassessment", "approve high impacts of a system they own"),
    ]
    registry.intake_judges.append(intake.JUDGE)
    registry.home_parts.append(places.home)
    registry.quick_actions.append(("Add a risk", "risk_new", "risk.identify_risk"))
    registry.adoptions.append(adopt_default_criteria)
    registry.reminder_sources.append(reminders.due)
    registry.daily_rounds.append(rounds.daily_round)
    registry.pack_sections.append(sections.sections)
