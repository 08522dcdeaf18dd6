"""A role for oneself: an administrator asks, a second administrator or top management decides (SOD-06)."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.urls import reverse

from aims.core import permissions, trail
from aims.core.actor import Actor, ActorKind
from aims.core.enums import Role, RoleRequestState
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import ApiKey, Member, RoleRequest


def persons_behind(actor: Actor) -> frozenset[int]:
    """For a key, who made it and who answers for it: a program gives them no role either."""
    if actor.kind is not ActorKind.KEY:
        return actor.persons
    known = ApiKey.objects.filter(pk=actor.key_id).values_list("created_by_id", "responsible_id")
    return frozenset(person for row in known for person in row if person is not None)


@transaction.atomic
def request_roles(*, actor: Actor, roles: list[str], reason: str, now: datetime.datetime) -> RoleRequest:
    """Nothing changes until another person approves; the leads and top management are told at once."""
    permissions.require(actor, "core.request_role")
    member = Member.objects.active().filter(pk=actor.member_id).first()
    if member is None:
        raise NotAllowed("A role is asked for by the person who wants it.")
    wanted = sorted(set(roles) - set(member.roles))
    _require_inside(wanted)
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    request = RoleRequest.objects.create(
        member=member, roles=wanted, reason=reason.strip()[:300], requested_at=now
    )
    trail.record(actor, "role_request.made", request, after={"roles": wanted}, reason=request.reason)
    _report(request, f"{member.name} asks for a role of their own: {_spoken(wanted)}.", "made")
    return request


@transaction.atomic
def decide_roles(*, actor: Actor, request: RoleRequest, approve: bool, now: datetime.datetime) -> None:
    permissions.require(actor, "core.decide_role")
    if actor.member_id is None:
        raise NotAllowed("A person decides on this.")
    if request.member_id in actor.persons:
        raise RuleBroken("Nobody decides on their own roles. Ask somebody else (SOD-06).", code="SOD-06")
    state = RoleRequestState.APPROVED if approve else RoleRequestState.REFUSED
    decided = RoleRequest.objects.filter(pk=request.pk, state=RoleRequestState.WAITING).update(
        state=state, decided_by_id=actor.member_id, decided_at=now
    )
    if not decided:
        raise StaleState("Somebody decided on this already.")
    member = Member.objects.select_for_update().get(pk=request.member_id)
    if approve:
        _give(actor, member, request)
    trail.record(actor, f"role_request.{state}", request, after={"roles": request.roles})
    word = "were given" if approve else "were not given"
    _report(request, f"{_spoken(request.roles)}: {word} to {member.name} by {actor.name}.", "decided")


def _give(actor: Actor, member: Member, request: RoleRequest) -> None:
    if not member.is_active:
        raise RuleBroken(f"{member.name} has no access any more.")
    before = member.roles
    member.roles = sorted({*member.roles, *request.roles})
    member.save(update_fields=["roles"])
    trail.record(
        actor, "member.roles_changed", member, before={"roles": before}, after={"roles": member.roles}
    )


def _require_inside(roles: list[str]) -> None:
    if not roles:
        raise RuleBroken("Choose a role that you do not hold yet.", field="roles")
    if set(roles) & {Role.SYSTEM, Role.EXTERNAL_AUDITOR} or not set(roles) <= set(Role.values):
        raise RuleBroken("This role cannot be given to a member.", field="roles")


def _spoken(roles: list[str]) -> str:
    return ", ".join(str(Role(role).label) for role in roles)


def _report(request: RoleRequest, text: str, event: str) -> None:
    told = Member.objects.with_role(Role.COMPLIANCE_LEAD, Role.TOP_MANAGEMENT)
    url = reverse("exceptions", args=[request.member.organization.slug])
    for member in told:
        tell(member, dedupe=f"role-request:{request.pk}:{event}", text=text, url=url, mail_subject=text[:120])
