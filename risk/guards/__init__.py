"""What SM-05, SM-06 and SM-07 ask; importing the modules registers their guards and effects."""

from aims.core import transitions
from risk.guards import approvals, assessments, risks
from risk.rules import APPROVAL, IMPACT_ASSESSMENT, RISK

__all__ = ["approvals", "assessments", "provide", "risks"]


def provide() -> None:
    """Register the machines as walked."""
    transitions.provide(RISK)
    transitions.provide(APPROVAL)
    transitions.provide(IMPACT_ASSESSMENT, without=("actor is not author",))
