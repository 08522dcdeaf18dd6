"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from aims.core import permissions
from aims.core.registry import SeparatedAct, registry


def register() -> None:
    """Called once when Django is ready."""
    # Imported now: they need the models. Importing `importing` registers its jobs.
    from inventory import (  # noqa: F401
        guards,
        importing,
        places,
        reminders,
        rounds,
        sections,
        supplier_places,
        supplier_section,
    )
    from inventory.permissions import TABLE
    from inventory.services import handing_over

    permissions.declare("inventory", TABLE)
    guards.provide()
    registry.navigation += [*places.navigation(), *supplier_places.navigation()]
    registry.panels += supplier_places.panels()
    registry.quick_actions += [
        ("Register AI system", "system_new", "inventory.register_system"),
        ("Import AI systems", "import_new", "inventory.import_systems"),
        ("Register supplier", "supplier_new", "inventory.keep_supplier"),
    ]
    registry.work_sources += [places.lead_work, places.own_work, places.scope_work, supplier_places.work]
    registry.search_sources += [places.system_hits, supplier_places.search]
    registry.ownerships += handing_over.OWNERSHIPS
    registry.separated_acts += [
        SeparatedAct("SOD-01", "inventory.scopestatement", "approve a scope statement of their own"),
        SeparatedAct("SOD-01", "inventory.supplier", "approve a supplier they entered or examined"),
    ]
    registry.evidence_uses += [places.evidence_uses, supplier_places.evidence_uses]
    registry.reminder_sources.append(reminders.due)
    registry.daily_rounds.append(rounds.daily_round)
    registry.home_parts.append(places.home_part)
    registry.pack_sections += [sections.inventory_sections, supplier_section.supplier_sections]
    registry.operator_counts.append(("AI systems", "operator_systems"))
