"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from aims.core import permissions
from aims.core.registry import SeparatedAct, registry


def register() -> None:
    """Called once when Django is ready."""
    # Imported now: they need the models. Importing `importing` registers its jobs.
    from inventory import importing, places, sections  # noqa: F401
    from inventory.permissions import TABLE
    from inventory.services import handing_over

    permissions.declare("inventory", TABLE)
    registry.navigation += places.navigation()
    registry.quick_actions += [
        ("Register AI system", "system_new", "inventory.register_system"),
        ("Import AI systems", "import_new", "inventory.import_systems"),
    ]
    registry.work_sources += [places.lead_work, places.own_work, places.scope_work]
    registry.search_sources.append(places.system_hits)
    registry.ownerships += handing_over.OWNERSHIPS
    registry.separated_acts.append(
        SeparatedAct("SOD-01", "inventory.scopestatement", "approve a scope statement of their own")
    )
    registry.evidence_uses.append(places.evidence_uses)
    registry.home_parts.append(places.home_part)
    registry.pack_sections.append(sections.inventory_sections)
    registry.operator_counts.append(("AI systems", "operator_systems"))
