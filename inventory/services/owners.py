"""Who answers for a record: whoever enters it as an owner, and whoever is named has to hear of it."""

from __future__ import annotations

from typing import Any

from aims.core import messages, permissions
from aims.core.actor import Actor
from aims.core.models import Member
from aims.core.permissions import SYSTEM_OWNER

LONGEST_TEXT = 290


def own_member(actor: Actor) -> Member | None:
    """Who answers for what somebody enters as an owner, and not as the keeper of the register: they
    themselves, or the owner they stand for."""
    if actor.member_id is None or permissions.can(actor, "inventory.set_owner"):
        return None
    stands_for = (pk for role, pk in actor.delegations if role == SYSTEM_OWNER)
    pk = actor.member_id if SYSTEM_OWNER in actor.own_roles else next(stands_for, None)
    return None if pk is None else Member.objects.filter(pk=pk).first()


def tell_new_owner(actor: Actor, record: Any) -> None:
    """Once for each version of the record in which somebody was named by another person."""
    if record.owner is None or record.owner_id == actor.member_id:
        return
    messages.tell(
        record.owner,
        dedupe=f"{record._meta.label_lower}-owner:{record.pk}:{record.row_version}",
        text=f"You answer for {record}."[:LONGEST_TEXT],
        url=record.get_absolute_url(),
    )
