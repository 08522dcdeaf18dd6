"""Roles that groups of the directory give, kept apart from those that a person gave by hand.

Only what a group gave goes with the group, and nothing goes that a record still needs: that waits, on a list
for administrators, until somebody else has the record.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from django.urls import reverse
from django.utils import timezone

from aims.core import trail
from aims.core.actor import Actor
from aims.core.enums import Role
from aims.core.exceptions import RuleBroken
from aims.core.messages import tell
from aims.core.models import DirectoryGroup, Member
from aims.core.services.handing_over import Holding, counted, holdings, labels, needing
from aims.core.services.own_roles import persons_behind


def settle(actor: Actor, member: Member, *, gained: Set[str] = frozenset()) -> None:
    """Give what a group gives anew, take what no group gives any more, note what has to wait."""
    locked = Member.objects.select_for_update().get(pk=member.pk)
    _require_another_hand(actor, locked, gained)
    from_groups, roles = set(locked.roles_from_groups), set(locked.roles)
    stale = from_groups - _given_now(locked)
    held_back = needing(locked, (roles | gained) - stale)
    lost = stale - {role for holding in held_back for role in holding.ownership.roles}
    if Role.ADMIN in lost and locked.is_active:
        keep_an_administrator(locked)
    before = locked.roles
    locked.roles = sorted((roles | gained) - lost) or [Role.STAFF.value]
    locked.roles_from_groups = sorted((from_groups | (gained - roles)) - lost)
    locked.save(update_fields=["roles", "roles_from_groups"])
    if locked.roles != sorted(before):
        trail.record(
            actor, "member.roles_changed", locked, before={"roles": before}, after={"roles": locked.roles}
        )
    _note_waiting(actor, locked, held_back if locked.is_active else holdings(locked))
    for column in ("roles", "roles_from_groups", "hand_over_since"):
        setattr(member, column, getattr(locked, column))


def keep_an_administrator(member: Member) -> None:
    """Two who leave in the same moment wait for each other, so that one stays."""
    admins: Any = Member.objects.with_role(Role.ADMIN).order_by("pk").select_for_update()  # type: ignore[attr-defined]
    found = [admin.pk for admin in admins]
    if found == [member.pk]:
        raise RuleBroken(f"{member.name} is the last administrator.")


def waiting(member: Member) -> list[Holding]:
    """What has to go to somebody else before access or a role is wholly gone."""
    if not member.is_active:
        return holdings(member)
    return needing(member, set(member.roles) - (set(member.roles_from_groups) - _given_now(member)))


def _given_now(member: Member) -> set[str]:
    held = DirectoryGroup.objects.filter(entries__member=member).values_list("roles", flat=True)
    return {role for roles in held for role in roles}


def _require_another_hand(actor: Actor, member: Member, gained: Set[str]) -> None:
    if gained - set(member.roles) and member.pk in persons_behind(actor):
        raise RuleBroken(
            f"{member.name} maps this group or made the key: nobody gives themselves a role (SOD-06). "
            "Another administrator has to do it.",
            field="roles",
            code="SOD-06",
        )


def _note_waiting(actor: Actor, member: Member, left: list[Holding]) -> None:
    if bool(left) == (member.hand_over_since is not None):
        return
    member.hand_over_since = timezone.now() if left else None
    member.save(update_fields=["hand_over_since"])
    if not left:
        trail.record(actor, "member.hand_over_completed", member)
        return
    named = [holding.name_of(record) for holding in left for record in holding.records]
    trail.record(actor, "member.hand_over_requested", member, after={"records": named})
    _tell_administrators(member, labels(left))


def _tell_administrators(member: Member, names: list[str]) -> None:
    what = "access" if not member.is_active else "a role"
    text = f"The directory took {what} from {member.name}, who owns {counted(names)}. Hand these over."
    url = reverse("member_hand_over", args=[member.organization.slug, member.pk])
    told = Member.objects.with_role(Role.ADMIN, Role.COMPLIANCE_LEAD).exclude(pk=member.pk)  # type: ignore[attr-defined]
    for each in told:
        tell(
            each,
            dedupe=f"waits-for-hand-over:{member.pk}:{member.hand_over_since.isoformat()}",  # type: ignore[union-attr]
            text=text,
            url=url,
            mail_subject=f"Hand over what {member.name} owns",
        )
