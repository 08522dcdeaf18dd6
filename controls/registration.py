"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from aims.core import permissions
from aims.core.registry import NavigationEntry, SeparatedAct, registry


def register() -> None:
    """Called once when Django is ready."""
    from controls import competence_guards, guards, places, reminders, sections, stale  # noqa: F401
    from controls.permissions import TABLE
    from controls.services import adopt_library, handing_over

    permissions.declare("controls", TABLE)
    guards.provide()
    registry.stale_sources.append(stale.SOURCE)
    registry.adoptions.append(adopt_library)
    registry.navigation += NAVIGATION
    registry.quick_actions += [("Add own control", "control_new", "controls.add_control")]
    registry.work_sources += [places.work, places.competence_work]
    registry.search_sources.append(places.search)
    registry.home_parts.append(places.home)
    registry.evidence_uses += places.evidence_uses()
    registry.ownerships += handing_over.OWNERSHIPS
    registry.separated_acts += [
        SeparatedAct("SOD-01", "controls.statementofapplicability", "approve a statement of their own"),
        SeparatedAct("SOD-01", "controls.competencerecord", "check a competence of their own"),
        SeparatedAct("SOD-03", "controls.control", "verify a control they own"),
    ]
    registry.reminder_sources.append(reminders.due)
    registry.daily_rounds.append(reminders.daily_round)
    registry.pack_sections.append(sections.sections)
    registry.panels += places.panels()


NAVIGATION = [
    NavigationEntry("Control", "Competence", "competence", "users", "controls.view_competence", 24),
    NavigationEntry("Control", "Controls", "controls", "shield-check", "controls.view_controls", 20),
    NavigationEntry("Control", "Applicability (SoA)", "soas", "list-checks", "controls.view_soa", 21),
]
