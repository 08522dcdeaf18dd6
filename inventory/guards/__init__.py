"""What SM-16 asks; importing the module registers its guards and effects."""

from aims.core import transitions
from inventory.guards import suppliers
from inventory.rules.suppliers import SUPPLIER

__all__ = ["provide", "suppliers"]


def provide() -> None:
    """Register the machine as walked."""
    transitions.provide(SUPPLIER)
