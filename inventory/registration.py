"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from typing import Any

from aims.core import permissions
from aims.core.registry import SeparatedAct, registry

QUICK_ACTIONS = (
    ("Register AI system", "system_new", "inventory.register_system"),
    ("Import AI systems", "import_new", "inventory.import_systems"),
    ("Register supplier", "supplier_new", "inventory.keep_supplier"),
    ("Report an AI tool", "tool_report", "inventory.report_tool"),
    ("Register AI model", "model_new", "inventory.keep_resource"),
    ("Register data set", "data_set_new", "inventory.keep_resource"),
    ("Register prompt or agent", "prompt_new", "inventory.keep_resource"),
    ("Register metric", "metric_new", "inventory.keep_metric"),
    ("Report an incident", "incident_new", "inventory.report_incident"),
    ("Register disclosure", "disclosure_new", "inventory.keep_disclosure"),
    ("Raise a concern", "concern_new", "inventory.report_concern"),
)


def register() -> None:
    """Called once when Django is ready."""
    # Imported now: they need the models. Importing `importing` and `register_files` registers their jobs.
    from inventory import guards, importing, register_files, rounds  # noqa: F401
    from inventory.permissions import TABLE
    from inventory.places import concerns, transparency
    from inventory.services import handing_over

    permissions.declare("inventory", TABLE)
    guards.provide()
    _show()
    _contribute()
    registry.ownerships += [*handing_over.OWNERSHIPS, concerns.OWNERSHIP, transparency.OWNERSHIP]
    registry.stale_sources.append(guards.changes.SOURCE)
    registry.separated_acts += [
        SeparatedAct("SOD-01", "inventory.changerequest", "decide on a change they wrote or assessed"),
        SeparatedAct("SOD-01", "inventory.scopestatement", "approve a scope statement of their own"),
        SeparatedAct("SOD-01", "inventory.stagerecord", "approve a deviation they wrote"),
        SeparatedAct("SOD-01", "inventory.supplier", "approve a supplier they entered or examined"),
    ]
    registry.daily_rounds += [rounds.daily_round, rounds.questionnaire_round, rounds.monitoring_round]
    registry.operator_counts.append(("AI systems", "operator_systems"))


def _show() -> None:
    """On pages: whatever each noun has of it."""
    from inventory.places import NOUNS, systems

    def of_nouns(name: str) -> list[Any]:
        return [getattr(noun, name) for noun in NOUNS if hasattr(noun, name)]

    for navigation in of_nouns("navigation"):
        registry.navigation += navigation()
    for panels in of_nouns("panels"):
        registry.panels += panels()
    for evidence_uses in of_nouns("evidence_uses"):
        registry.evidence_uses += evidence_uses()
    registry.work_sources += of_nouns("work")
    registry.search_sources += of_nouns("search")
    registry.quick_actions += QUICK_ACTIONS
    registry.home_parts.append(systems.home_part)


def _contribute() -> None:
    """To reminders and evidence packs."""
    from inventory import reminders, sections

    registry.reminder_sources += reminders.SOURCES
    registry.pack_sections += sections.SOURCES
