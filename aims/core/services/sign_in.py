"""How people sign in to an organization, as its administrators set it."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Member, Organization

SHORTEST_IDLE_MINUTES, LONGEST_IDLE_MINUTES = 5, 120


def sign_in_rules_of(organization: Organization) -> dict[str, Any]:
    return {
        "second_factor_required": organization.second_factor_required,
        "idle_minutes": organization.idle_minutes,
    }


@transaction.atomic
def change_sign_in_rules(
    *, actor: Actor, organization: Organization, second_factor_required: bool, idle_minutes: int
) -> None:
    """Holds from the next request of everybody, in every process."""
    permissions.require(actor, "core.change_sign_in_rules")
    if not SHORTEST_IDLE_MINUTES <= idle_minutes <= LONGEST_IDLE_MINUTES:
        raise RuleBroken(
            f"Give a number from {SHORTEST_IDLE_MINUTES} to {LONGEST_IDLE_MINUTES}.", field="idle_minutes"
        )
    before = sign_in_rules_of(organization)
    organization.second_factor_required = second_factor_required
    organization.idle_minutes = idle_minutes
    organization.save(update_fields=["second_factor_required", "idle_minutes"])
    after = sign_in_rules_of(organization)
    trail.record(actor, "organization.sign_in_rules_changed", organization, before=before, after=after)


@transaction.atomic
def end_sessions(*, actor: Actor, member: Member, now: datetime.datetime) -> None:
    """Sessions that began before do not enter this organization any more; others are none of its business."""
    permissions.require(actor, "core.manage_people")
    before = {"sessions_from": member.sessions_from}
    member.sessions_from = now
    member.save(update_fields=["sessions_from"])
    trail.record(actor, "member.sessions_ended", member, before=before, after={"sessions_from": now})
