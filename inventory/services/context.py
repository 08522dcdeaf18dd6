"""The verbs of the context (4.1): issues, their reviews, and the decision about climate change."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, references, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.versions import only_known, write_changes, write_version
from inventory.enums import IssueKind, IssueStanding, IssueTheme
from inventory.models import ClimateDecision, ContextIssue
from inventory.rules import context as rules
from inventory.services.owners import tell_new_owner

KEEP = "inventory.keep_context"
EDITABLE = (
    "title",
    "kind",
    "theme",
    "description",
    "effect",
    "source",
    "owner",
    "standing",
    "closed_reason",
    "next_review_date",
)
CHOICES = {
    "kind": (IssueKind, "Choose internal or external."),
    "theme": (IssueTheme, "Choose one of the themes."),
    "standing": (IssueStanding, "Choose open, watched or no longer matters."),
}


@transaction.atomic
def record_issue(*, actor: Actor, title: str, now: datetime.datetime, **fields: Any) -> ContextIssue:
    permissions.require(actor, KEEP)
    issue = ContextIssue(
        organization_id=actor.organization_id,
        author_id=actor.member_id,
        recorded_at=now,
        **only_known({"title": title, **fields}, EDITABLE),
    )
    _check(issue)
    issue.reference = references.next_reference("CI")
    issue.save(force_insert=True)
    trail.record(actor, "contextissue.recorded", issue, after={"kind": issue.kind, "theme": issue.theme})
    tell_new_owner(actor, issue)
    return issue


@transaction.atomic
def edit_issue(
    *,
    actor: Actor,
    issue: ContextIssue,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> ContextIssue:
    """Write what differs. Another `row_version` than the one looked at means that somebody was faster."""
    permissions.require(actor, KEEP, issue)
    values = only_known(changes, EDITABLE)
    differing = write_changes(
        actor,
        issue,
        row_version=row_version,
        values=values,
        action="contextissue.edited",
        check=lambda differing: _check(issue),
    )
    if "owner" in differing:
        tell_new_owner(actor, issue)
    return issue


@transaction.atomic
def review_issue(
    *,
    actor: Actor,
    issue: ContextIssue,
    row_version: int,
    note: str,
    now: datetime.datetime,
    next_review_date: datetime.date | None = None,
) -> ContextIssue:
    """Somebody looked at it again: what it came to, and when the next look is."""
    permissions.require(actor, "inventory.review_context", issue)
    if issue.standing == IssueStanding.CLOSED:
        raise RuleBroken("This issue no longer matters. Open it again first.", field="note")
    values = reviewed(note=note, next_review_date=next_review_date, now=now)
    if not write_version(ContextIssue.objects.filter(pk=issue.pk), row_version, **values):
        raise StaleState("Somebody changed this issue meanwhile. Reload and look again.")
    issue.refresh_from_db()
    trail.record(actor, "contextissue.reviewed", issue, after={"note": issue.review_note})
    return issue


def reviewed(*, note: str, next_review_date: datetime.date | None, now: datetime.datetime) -> dict[str, Any]:
    """The columns of a review, of whatever part of the context."""
    today = local_today(now)
    rules.require_review(note=note, next_review_date=next_review_date, today=today)
    return {
        "review_note": note.strip(),
        "last_reviewed_on": today,
        "next_review_date": next_review_date,
    }


@transaction.atomic
def decide_climate(
    *, actor: Actor, is_relevant: bool, reason: str, now: datetime.datetime
) -> ClimateDecision:
    """Earlier decisions stay; the newest one holds."""
    permissions.require(actor, "inventory.decide_climate")
    if not reason.strip():
        raise RuleBroken("Say on what grounds.", field="reason")
    decision = ClimateDecision.objects.create(
        organization_id=actor.organization_id,
        is_relevant=is_relevant,
        reason=reason.strip(),
        decided_by_id=actor.member_id,
        decided_at=now,
    )
    after = {"relevant": is_relevant, "grounds": decision.reason}
    trail.record(actor, "climatedecision.made", decision, after=after)
    return decision


def _check(issue: ContextIssue) -> None:
    rules.require_issue(title=issue.title, standing=issue.standing, closed_reason=issue.closed_reason)
    for field, (choices, sentence) in CHOICES.items():
        if getattr(issue, field) not in choices.values:
            raise RuleBroken(sentence, field=field)
    require_present(issue)


def require_present(record: Any) -> None:
    if record.owner is not None and not record.owner.is_active:
        raise RuleBroken(f"{record.owner.name} has left. Name somebody else.", field="owner")
