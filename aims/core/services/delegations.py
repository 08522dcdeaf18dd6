"""Delegation of a role's duties for a time (SOD-10)."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.urls import reverse

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.enums import Role
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import Delegation, Member
from aims.core.templatetags.formats import day_text

LONGEST = datetime.timedelta(days=184)
#: Giving rights is not handed on (SOD-06); what all staff do needs no delegate.
NEVER = frozenset({Role.ADMIN, Role.STAFF, Role.EXTERNAL_AUDITOR, Role.SYSTEM})


@transaction.atomic
def delegate_duties(
    *,
    actor: Actor,
    delegate: Member,
    role: str,
    starts_on: datetime.date,
    ends_on: datetime.date,
    reason: str,
    now: datetime.datetime,
) -> Delegation:
    """Let another member act in one of one's own roles; their next request knows."""
    permissions.require(actor, "core.delegate_duties")
    if actor.member_id is None:
        raise NotAllowed("Duties are delegated by the person who has them.")
    _require_role(actor, role)
    _require_delegate(actor, delegate, role)
    _require_time(starts_on, ends_on, today=local_today(now))
    if not reason.strip():
        raise RuleBroken("Say why, such as a leave.", field="reason")
    delegation = Delegation.objects.create(
        delegator_id=actor.member_id,
        delegate=delegate,
        role=role,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        created_at=now,
    )
    after = {"role": role, "to": delegate.pk, "from": starts_on, "until": ends_on}
    trail.record(actor, "delegation.given", delegation, after=after, reason=delegation.reason)
    text = f"{actor.name} delegated to you: {Role(role).label}, until {day_text(ends_on)}."
    tell(
        delegate,
        dedupe=f"delegation:{delegation.pk}",
        text=text,
        url=reverse("delegations", args=[delegate.organization.slug]),
        mail_subject=text[:120],
    )
    return delegation


@transaction.atomic
def revoke_delegation(*, actor: Actor, delegation: Delegation, now: datetime.datetime) -> None:
    """By either of the two; the delegate's next request is without it."""
    permissions.require(actor, "core.delegate_duties", delegation)
    revoked = Delegation.objects.filter(pk=delegation.pk, revoked_at=None).update(
        revoked_at=now, revoked_by_id=actor.member_id
    )
    if not revoked:
        raise StaleState("This delegation was taken back already.")
    trail.record(actor, "delegation.revoked", delegation, after={"revoked_at": now})


def end_all_of(member: Member, *, actor: Actor, now: datetime.datetime) -> None:
    """Whoever leaves delegates nothing and acts for nobody."""
    for column in ("delegator", "delegate"):
        for delegation in Delegation.objects.filter(revoked_at=None, **{column: member}):
            Delegation.objects.filter(pk=delegation.pk).update(revoked_at=now, revoked_by_id=actor.member_id)
            after = {"revoked_at": now}
            trail.record(actor, "delegation.revoked", delegation, after=after, reason="Access ended")


def _require_role(actor: Actor, role: str) -> None:
    if role in NEVER:
        raise RuleBroken(
            "This role is not delegated. An administrator gives it to a second person.", field="role"
        )
    if role not in actor.own_roles:
        raise RuleBroken("You can delegate only a role that you hold yourself.", field="role")


def _require_delegate(actor: Actor, delegate: Member, role: str) -> None:
    if not delegate.is_active:
        raise RuleBroken(f"{delegate.name} has no access any more.", field="delegate")
    if delegate.pk == actor.member_id:
        raise RuleBroken("Choose somebody else than yourself.", field="delegate")
    if role in delegate.roles:
        raise RuleBroken(f"{delegate.name} holds this role already.", field="delegate")


def _require_time(starts_on: datetime.date, ends_on: datetime.date, *, today: datetime.date) -> None:
    if ends_on < starts_on:
        raise RuleBroken("It ends after it starts.", field="ends_on")
    if ends_on < today:
        raise RuleBroken("The last day lies in the past.", field="ends_on")
    if ends_on > starts_on + LONGEST:
        raise RuleBroken("A delegation lasts half a year at most.", field="ends_on")
