"""What the inventory contributes to evidence packs; each module is one noun."""

from __future__ import annotations

from inventory.sections import (
    concerns,
    context,
    governance,
    incidents,
    life_cycle,
    monitoring,
    resources,
    suppliers,
    systems,
    transparency,
)

SOURCES = (
    systems.sections,
    suppliers.sections,
    resources.sections,
    life_cycle.sections,
    monitoring.sections,
    incidents.sections,
    context.sections,
    governance.sections,
    concerns.sections,
    transparency.sections,
)
