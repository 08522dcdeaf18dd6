"""What the organization's own directory does through SCIM: people come and go, groups give mapped roles."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.enums import Role
from aims.core.exceptions import RuleBroken
from aims.core.models import DirectoryGroup, DirectoryGroupMember, Member, ProvisionedMember
from aims.core.services.email_domains import is_verified_address
from aims.core.services.group_roles import keep_an_administrator, settle
from aims.core.services.joining import account_for, join
from aims.core.services.organizations import INSIDE_ROLES, close_access

VERB = "core.provision"


@transaction.atomic
def provision(*, actor: Actor, email: str, name: str, external_id: str, active: bool) -> Member:
    """A new member as staff. Only addresses of verified domains; who is here already is refused."""
    permissions.require(actor, VERB)
    email = email.strip().lower()
    if not is_verified_address(email):
        raise RuleBroken("userName must be an address in a verified domain.", field="userName")
    if Member.objects.filter(email=email).exists():
        raise RuleBroken("This person is in the organization already.", field="userName", code="uniqueness")
    person = account_for(email=email, name=name)
    if Member.objects.filter(user=person).exists():
        raise RuleBroken("This person is in the organization already.", field="userName", code="uniqueness")
    member = join(actor=actor, person=person, name=name or email, roles=[Role.STAFF], how="directory")
    ProvisionedMember.objects.create(member=member, external_id=external_id)
    if not active:
        _set_active(actor, member, active=False)
    return member


@transaction.atomic
def update(
    *,
    actor: Actor,
    member: Member,
    name: str | None = None,
    external_id: str | None = None,
    active: bool | None = None,
) -> None:
    """Only what is given. Access ends at once; what they own then waits for an administrator (AC-32)."""
    permissions.require(actor, VERB)
    known, _ = ProvisionedMember.objects.get_or_create(member=member)
    if external_id is not None and external_id != known.external_id:
        known.external_id = external_id
    known.save()
    if name and name != member.name:
        member.name = name
        member.save(update_fields=["name"])
        trail.record(actor, "member.renamed", member)
    if active is not None and active != member.is_active:
        _set_active(actor, member, active=active)


def _set_active(actor: Actor, member: Member, *, active: bool) -> None:
    if not active:
        keep_an_administrator(member)
        close_access(actor=actor, member=member, reason="Deactivated in the organization's directory")
    else:
        member.is_active = True
        member.save(update_fields=["is_active"])
        trail.record(actor, "member.reactivated", member, reason="Activated in the organization's directory")
    settle(actor, member)


@transaction.atomic
def add_group(*, actor: Actor, name: str, external_id: str, members: Iterable[Member]) -> DirectoryGroup:
    """A new group gives no role until an administrator maps it."""
    permissions.require(actor, VERB)
    _check_group_name(name)
    group = DirectoryGroup.objects.create(name=name, external_id=external_id)
    trail.record(actor, "directory_group.added", group, after={"name": name})
    set_group_members(actor=actor, group=group, members=members)
    return group


@transaction.atomic
def rename_group(*, actor: Actor, group: DirectoryGroup, name: str, external_id: str) -> None:
    permissions.require(actor, VERB)
    if name != group.name:
        _check_group_name(name)
    if (name, external_id) != (group.name, group.external_id):
        before = {"name": group.name}
        group.name, group.external_id = name, external_id
        group.save()
        trail.record(actor, "directory_group.renamed", group, before=before, after={"name": name})


@transaction.atomic
def set_group_members(*, actor: Actor, group: DirectoryGroup, members: Iterable[Member]) -> None:
    """Exactly these; whoever comes gets the mapped roles, whoever goes loses those that only groups gave."""
    permissions.require(actor, VERB)
    wanted = {member.pk: member for member in members}
    present = {entry.member_id: entry for entry in group.entries.select_related("member")}  # type: ignore[attr-defined]
    leaving = [entry for pk, entry in present.items() if pk not in wanted]
    coming = [member for pk, member in wanted.items() if pk not in present]
    for entry in leaving:
        entry.delete()
    for member in coming:
        DirectoryGroupMember.objects.create(group=group, member=member)
    if not leaving and not coming:
        return
    group.save()
    trail.record(
        actor,
        "directory_group.members_changed",
        group,
        before={"left": sorted(entry.member_id for entry in leaving)},
        after={"joined": sorted(member.pk for member in coming)},
    )
    for entry in leaving:
        settle(actor, entry.member)
    for member in coming:
        settle(actor, member, gained=set(group.roles))


@transaction.atomic
def remove_group(*, actor: Actor, group: DirectoryGroup) -> None:
    permissions.require(actor, VERB)
    set_group_members(actor=actor, group=group, members=[])
    trail.record(actor, "directory_group.removed", group, before={"name": group.name})
    group.delete()


@transaction.atomic
def map_group(*, actor: Actor, group: DirectoryGroup, roles: list[str]) -> None:
    """An administrator's act: which roles the group gives, none unless named here."""
    permissions.require(actor, "core.map_groups")
    unknown = sorted(set(roles) - INSIDE_ROLES)
    if unknown:
        raise RuleBroken(f"{', '.join(unknown)} cannot be given to a member.", field="roles")
    entries = list(group.entries.select_related("member"))  # type: ignore[attr-defined]
    before, group.roles = set(group.roles), sorted(set(roles))
    group.save()
    trail.record(
        actor,
        "directory_group.mapped",
        group,
        before={"roles": sorted(before)},
        after={"roles": group.roles},
    )
    for entry in entries:
        settle(actor, entry.member, gained=set(roles) - before)


def _check_group_name(name: str) -> None:
    if not name:
        raise RuleBroken("A group has a displayName.", field="displayName")
    if DirectoryGroup.objects.filter(name=name).exists():
        raise RuleBroken("There is a group of this name.", field="displayName", code="uniqueness")
