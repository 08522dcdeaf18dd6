"""The risk criteria: drafted by the lead, approved by top management, kept by version."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.transitions import not_author
from risk.models import RiskCriteria
from risk.queries import approved_criteria
from risk.scoring import DEFAULT_CRITERIA, Criteria

DEFAULT_NOTE = "Proposed by the portal when the organization was made. Change it, or approve it as it is."


def adopt_default_criteria(actor: Actor, now: datetime.datetime) -> None:
    """A new organization starts with a proposal, which holds only once top management approved it."""
    draft_criteria(actor=actor, content=DEFAULT_CRITERIA, note=DEFAULT_NOTE, now=now)


@transaction.atomic
def draft_criteria(*, actor: Actor, content: Criteria, note: str, now: datetime.datetime) -> RiskCriteria:
    """Write a new version; a version that still waits for approval is replaced, an approved one never."""
    permissions.require(actor, "risk.draft_criteria")
    newest: RiskCriteria | None = RiskCriteria.objects.select_for_update().order_by("-version").first()
    criteria = newest if newest is not None and newest.approved_at is None else RiskCriteria()
    if criteria.pk is None:
        criteria.version = newest.version + 1 if newest else 1
    before = criteria.content if criteria.pk else None
    criteria.content, criteria.note = content.as_dict(), note.strip()
    criteria.author_id, criteria.created_at = actor.member_id, now
    criteria.save()
    trail.record(
        actor,
        "riskcriteria.drafted",
        criteria,
        before={"content": before} if before else None,
        after={"version": criteria.version, "content": criteria.content},
    )
    return criteria


@transaction.atomic
def approve_criteria(*, actor: Actor, criteria: RiskCriteria, now: datetime.datetime) -> RiskCriteria:
    """From now on risks are scored by this version; results keep the version they were scored by."""
    permissions.require(actor, "risk.approve_criteria")
    not_author(actor, criteria)
    if criteria.approved_at is not None:
        raise RuleBroken(f"Version {criteria.version} is approved already.")
    waiting = RiskCriteria.objects.filter(pk=criteria.pk, approved_at=None, created_at=criteria.created_at)
    if not waiting.update(approved_by_id=actor.member_id, approved_at=now):
        raise StaleState("The draft changed a moment ago. Reload and read it again before approving.")
    criteria.approved_by_id, criteria.approved_at = actor.member_id, now
    trail.record(actor, "riskcriteria.approved", criteria, after={"version": criteria.version})
    return criteria


def require_approved() -> RiskCriteria:
    """The criteria that hold, or the sentence that says what is missing."""
    found = approved_criteria()
    if found is None:
        raise RuleBroken(
            "The risk criteria are not approved yet. Top management approves them first.", code="criteria"
        )
    return found
