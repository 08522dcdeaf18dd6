"""The verbs of change requests (SM-24)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from aims.core import messages, permissions, references, trail, transitions
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Evidence, Member
from aims.core.permissions import LEAD, TOP
from aims.core.versions import STALE, write_version
from inventory.enums import ChangeRequestState
from inventory.models import AISystem, ChangeRequest
from inventory.rules import changes as rules

EDITABLE = ("title", "system", "purpose", "effects")
VERBS = {
    "assess": "inventory.assess_change",
    "approve": "inventory.decide_change",
    "reject": "inventory.decide_change",
    "implement": "inventory.implement_change",
    "review": "inventory.review_change",
}


@transaction.atomic
def draft_change(
    *,
    actor: Actor,
    title: str,
    now: datetime.datetime,
    system: AISystem | None = None,
    purpose: str = "",
    effects: Mapping[str, Any] | None = None,
) -> ChangeRequest:
    change = ChangeRequest(
        organization_id=actor.organization_id,
        title=title.strip(),
        system=system,
        purpose=purpose.strip(),
        effects=dict(effects or {}),
        author_id=actor.member_id,
        created_at=now,
    )
    permissions.require(actor, "inventory.keep_change", change)
    _check(change)
    change.reference = references.next_reference("CHG")
    change.save(force_insert=True)
    trail.record(actor, "changerequest.drafted", change, after={"title": change.title})
    return change


@transaction.atomic
def edit_change(
    *,
    actor: Actor,
    change: ChangeRequest,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> ChangeRequest:
    """Only a draft is edited: what was assessed stays as it was assessed."""
    permissions.require(actor, "inventory.keep_change", change)
    if change.state != ChangeRequestState.DRAFT:
        raise RuleBroken("Only a draft is edited.", field="state", code="state")
    unknown = sorted(set(changes) - set(EDITABLE))
    if unknown:
        raise RuleBroken(f"{unknown[0]} cannot be set here.", field=unknown[0])
    values = {key: each.strip() if isinstance(each, str) else each for key, each in changes.items()}
    for key, value in values.items():
        setattr(change, key, value)
    permissions.require(actor, "inventory.keep_change", change)
    _check(change)
    if not write_version(ChangeRequest.objects.filter(pk=change.pk), row_version, **values):
        raise StaleState(STALE)
    change.refresh_from_db()
    trail.record(actor, "changerequest.edited", change, after={"fields": sorted(values)})
    return change


@transaction.atomic
def move_change(
    *,
    actor: Actor,
    change: ChangeRequest,
    action: str,
    now: datetime.datetime,
    reason: str = "",
    done_on: datetime.date | None = None,
    done_text: str = "",
    evidence: Evidence | None = None,
    review: str = "",
) -> ChangeRequest:
    if action not in VERBS:
        raise RuleBroken("There is no such step in the life of a change request.", field="action")
    permissions.require(actor, VERBS[action], change)
    given = {
        "reason": reason.strip(),
        "done_on": done_on,
        "done_text": done_text.strip(),
        "evidence": evidence,
        "review": review.strip(),
    }
    kept: dict[str, dict[str, Any]] = {
        "assess": {"submitted_by_id": actor.member_id},
        "approve": {"decided_by_id": actor.member_id, "decided_at": now, "decision": given["reason"]},
        "reject": {"decided_by_id": actor.member_id, "decided_at": now, "decision": given["reason"]},
        "implement": {"done_on": done_on, "done_text": given["done_text"], "evidence": evidence},
        "review": {"review": given["review"]},
    }
    transitions.move(
        rules.CHANGE_REQUEST,
        change,
        action,
        actor=actor,
        now=now,
        given=given,
        changes={**kept[action], "row_version": F("row_version") + 1},
    )
    change.refresh_from_db()
    _tell(actor, change, action)
    return change


def _check(change: ChangeRequest) -> None:
    if not change.title:
        raise RuleBroken("Give the change a title.", field="title")
    for key, each in change.effects.items():
        if key not in rules.EFFECTS or each.get("answer") not in ("yes", "no"):
            raise RuleBroken("Answer each effect with yes or no.", field="effects")


def _tell(actor: Actor, change: ChangeRequest, action: str) -> None:
    """Whoever decides hears of what is assessed, the author of what was decided."""
    people = [change.author] if action in ("approve", "reject") else []
    if action == "assess":
        people = list(Member.objects.with_role(LEAD, TOP).exclude(pk=actor.member_id))
    for member in people:
        if member is not None and member.is_active:
            messages.tell(
                member,
                dedupe=f"change-{action}:{change.pk}:{change.row_version}",
                text=f"{change}: {change.get_state_display().lower()}.",
                url=change.get_absolute_url(),
            )
