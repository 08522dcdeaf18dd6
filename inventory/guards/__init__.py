"""What the machines of the inventory ask here; importing the modules registers guards and effects."""

from aims.core import transitions
from inventory.guards import changes, concerns, discovery, incidents, monitoring, suppliers, systems
from inventory.rules.changes import CHANGE_REQUEST
from inventory.rules.concerns import CONCERN
from inventory.rules.discovery import DISCOVERY
from inventory.rules.incidents import INCIDENT
from inventory.rules.monitoring import ALERT
from inventory.rules.suppliers import SUPPLIER
from inventory.rules.systems import AI_SYSTEM

__all__ = ["changes", "concerns", "discovery", "incidents", "monitoring", "provide", "suppliers", "systems"]


def provide() -> None:
    """Register the machines as walked."""
    transitions.provide(DISCOVERY)
    transitions.provide(SUPPLIER)
    transitions.provide(CHANGE_REQUEST)
    transitions.provide(INCIDENT)
    transitions.provide(AI_SYSTEM)
    transitions.provide(ALERT)
    transitions.provide(CONCERN, without=("reason given",))
