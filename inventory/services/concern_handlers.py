"""Who handles concerns: named by top management, let into a concern, stepping back from one."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import messages, permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Member
from inventory.enums import ConcernState
from inventory.models import Concern, ConcernAbout, ConcernHandler
from inventory.queries.concerns import handlers_of, people_who_may_handle
from inventory.services.concern_list import put_on_list
from inventory.services.concern_log import note
from inventory.services.concerns import require_handler, tell


@transaction.atomic
def appoint_handler(*, actor: Actor, member: Member, now: datetime.datetime) -> ConcernHandler:
    permissions.require(actor, "inventory.appoint_concern_handler")
    if not member.is_active:
        raise RuleBroken(f"{member.name} has left. Name somebody else.", field="member")
    if not people_who_may_handle().filter(pk=member.pk).exists():
        raise RuleBroken(
            f"{member.name} has no role that opens concerns. Name somebody else.", field="member"
        )
    if ConcernHandler.objects.filter(member=member, ended_at=None).exists():
        raise RuleBroken(f"{member.name} handles concerns already.", field="member")
    handler: ConcernHandler = ConcernHandler.objects.create(
        organization_id=actor.organization_id,
        member=member,
        appointed_by_id=actor.member_id,
        appointed_at=now,
    )
    trail.record(actor, "concernhandler.appointed", handler, after={"member": member.pk})
    messages.tell(member, dedupe=f"concern-handler:{handler.pk}", text="You are named to handle concerns.")
    return handler


@transaction.atomic
def end_handler(*, actor: Actor, handler: ConcernHandler, now: datetime.datetime) -> ConcernHandler:
    """They read no concern any more, not even those they worked on."""
    permissions.require(actor, "inventory.appoint_concern_handler")
    if not ConcernHandler.objects.filter(pk=handler.pk, ended_at=None).update(ended_at=now):
        raise StaleState("This appointment has ended already.")
    handler.ended_at = now
    trail.record(actor, "concernhandler.ended", handler, after={"member": handler.member_id})
    return handler


@transaction.atomic
def let_in(*, actor: Actor, concern: Concern, member: Member, now: datetime.datetime) -> None:
    """A handler of the concern adds another named handler to its list."""
    require_handler(actor, concern)
    if concern.state == ConcernState.RECEIVED:
        raise RuleBroken("Every named handler reads it until it is acknowledged.", field="member")
    handler = ConcernHandler.objects.filter(member=member, ended_at=None).first()
    if handler is None:
        raise RuleBroken("Only a named handler can be let in.", field="member")
    if concern.about.filter(member=member).exists():
        raise RuleBroken("This person cannot handle this concern.", field="member")
    if member.pk in {reader.pk for reader in handlers_of(concern)}:
        raise RuleBroken(f"{member.name} reads it already.", field="member")
    own = ConcernHandler.objects.get(member_id=actor.member_id, ended_at=None)
    put_on_list(concern, [own, handler])
    note(concern, "let_in", member_id=actor.member_id, now=now)
    tell([member], concern, "let-in", "You are let into a concern.")


@transaction.atomic
def declare_conflict(*, actor: Actor, concern: Concern, now: datetime.datetime) -> None:
    """A handler steps back from one concern and reads it no more. Somebody has to be left."""
    require_handler(actor, concern)
    left = [member for member in handlers_of(concern) if member.pk != actor.member_id]
    if not left:
        raise RuleBroken("Nobody else handles this concern. Top management names another handler first.")
    tell(left, concern, f"conflict-{actor.member_id}", "A handler stepped back from a concern.")
    note(concern, "step_back", member_id=actor.member_id, now=now)
    ConcernAbout.objects.create(
        organization_id=actor.organization_id, concern=concern, member_id=actor.member_id
    )
