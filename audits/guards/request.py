"""Guards of the life of a request."""

from __future__ import annotations

from aims.core import transitions
from aims.core.exceptions import RuleBroken
from aims.core.registry import registry
from aims.core.transitions import Facts
from audits.request_rules import REQUEST


def register() -> None:
    transitions.provide(REQUEST)
    registry.guard(REQUEST.id, "opened by the side that wrote it")(is_own_side)
    registry.guard(REQUEST.id, "proof or answer given")(is_answered)


def is_own_side(facts: Facts) -> None:
    if facts.actor.is_auditor != (facts.obj.grant_id is not None):
        raise RuleBroken("The other side is still writing this request.", code="side")


def is_answered(facts: Facts) -> None:
    """Something new since the auditor last looked: evidence, or a comment that answers."""
    since = facts.obj.decided_at
    comments = facts.obj.comments.filter(grant=None)
    if since is not None:
        comments = comments.filter(created_at__gt=since)
    if not facts.obj.proofs.filter(submitted_at=None).exists() and not comments.exists():
        raise RuleBroken("Link evidence or write an answer first.", code="answer")
