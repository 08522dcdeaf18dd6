"""Tables of the inventory, one file per noun."""

from inventory.models.imports import InventoryImport
from inventory.models.scope import ScopeStatement
from inventory.models.systems import (
    IN_USE,
    AISystem,
    OversightPerson,
    SystemComponent,
    SystemEvidence,
    is_incomplete,
)

__all__ = [
    "IN_USE",
    "AISystem",
    "InventoryImport",
    "OversightPerson",
    "ScopeStatement",
    "SystemComponent",
    "SystemEvidence",
    "is_incomplete",
]
