"""What SM-05 to SM-07 ask, and SM-01 of this app; importing the modules registers guards and effects."""

from aims.core import transitions
from risk.guards import approvals, assessments, incidents, risks, systems
from risk.rules import APPROVAL, IMPACT_ASSESSMENT, RISK

__all__ = ["approvals", "assessments", "incidents", "provide", "risks", "systems"]


def provide() -> None:
    """Register the machines as walked."""
    transitions.provide(RISK)
    transitions.provide(APPROVAL)
    transitions.provide(IMPACT_ASSESSMENT, without=("actor is not author",))
