"""What the inventory reminds of; each module is one noun."""

from __future__ import annotations

from inventory.reminders import (
    concerns,
    context,
    governance,
    incidents,
    monitoring,
    suppliers,
    systems,
    transparency,
)

SOURCES = (
    systems.due,
    suppliers.due,
    monitoring.due,
    incidents.due,
    context.due,
    governance.due,
    concerns.due,
    transparency.due,
)
