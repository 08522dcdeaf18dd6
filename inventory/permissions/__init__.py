"""The permission table of the inventory; each module is one noun."""

from __future__ import annotations

from inventory.permissions import (
    changes,
    concerns,
    context,
    custom_fields,
    discovery,
    gates,
    imports,
    incidents,
    intake,
    model_registry,
    monitoring,
    reporting,
    resources,
    scope,
    suppliers,
    systems,
    transparency,
)

TABLE = {
    **systems.TABLE,
    **custom_fields.TABLE,
    **discovery.TABLE,
    **intake.TABLE,
    **imports.TABLE,
    **model_registry.TABLE,
    **scope.TABLE,
    **context.TABLE,
    **gates.TABLE,
    **monitoring.TABLE,
    **changes.TABLE,
    **resources.TABLE,
    **suppliers.TABLE,
    **incidents.TABLE,
    **concerns.TABLE,
    **reporting.TABLE,
    **transparency.TABLE,
}
