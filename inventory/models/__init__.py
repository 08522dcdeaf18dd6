"""Tables of the inventory, one file per noun."""

from inventory.models.imports import InventoryImport
from inventory.models.scope import ScopeStatement
from inventory.models.suppliers import (
    SubSupplier,
    Supplier,
    SupplierCondition,
    SupplierEvidence,
    SupplierNotice,
    SupplierSystem,
)
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
    "SubSupplier",
    "Supplier",
    "SupplierCondition",
    "SupplierEvidence",
    "SupplierNotice",
    "SupplierSystem",
    "SystemComponent",
    "SystemEvidence",
    "is_incomplete",
]
