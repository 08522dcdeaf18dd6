"""Organizations and the people in them."""

from __future__ import annotations

import datetime

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from aims.core import directory, permissions, trail
from aims.core.actor import Actor, system_actor
from aims.core.enums import Role
from aims.core.exceptions import RuleBroken
from aims.core.models import EvidencePermission, Member, Organization, Person
from aims.core.registry import registry
from aims.core.services.delegations import end_all_of
from aims.core.services.handing_over import require_nothing_left, require_roles_not_needed
from aims.core.services.own_roles import persons_behind
from aims.core.tenancy.context import acting_as

INSIDE_ROLES = frozenset(Role.values) - {Role.SYSTEM, Role.EXTERNAL_AUDITOR}


@transaction.atomic
def create_organization(
    *, name: str, slug: str = "", time_zone: str = "UTC", is_sample: bool = False, now: datetime.datetime
) -> Organization:
    """A new, empty organization with the published catalogs adopted. An operator's act."""
    slug = slug or slugify(name)
    if directory.organization_id(slug) is not None:
        raise RuleBroken(f"There is an organization “{slug}” already.", field="slug")
    with connection.cursor() as cursor:
        # The row may only be written by whoever acts in it, so its number comes first.
        cursor.execute("SELECT nextval(pg_get_serial_sequence('core_organization', 'id'))")
        organization_id = cursor.fetchone()[0]
    with acting_as(system_actor(organization_id)) as actor:
        organization = Organization(
            pk=organization_id, name=name, slug=slug, time_zone=time_zone, is_sample=is_sample
        )
        organization.save(force_insert=True)
        trail.record(actor, "organization.created", organization, after={"slug": slug})
        for adopt in registry.adoptions:
            adopt(actor, now)
    return organization


@transaction.atomic
def add_member(
    *, actor: Actor, email: str, name: str, roles: list[str], password: str | None = None
) -> Member:
    """Give a person a place and roles in the organization; an unknown person gets an account.

    Without a password the account waits for its owner to set one by mail.
    """
    permissions.require(actor, "core.manage_people")
    check_roles(actor, roles)
    email = email.strip().lower()
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = Person.objects.create_user(email, name, password)
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    if Member.objects.filter(user=person).exists():
        raise RuleBroken("This person is in the organization already.", field="email")
    member = Member.objects.create(user=person, name=name, email=email, roles=sorted(set(roles)))
    trail.record(actor, "member.added", member, after={"roles": member.roles})
    return member


@transaction.atomic
def change_roles(*, actor: Actor, member: Member, roles: list[str]) -> None:
    """Takes effect with the member's next request, in every process."""
    permissions.require(actor, "core.manage_people")
    check_roles(actor, roles)
    if member.pk in persons_behind(actor) and not set(roles) <= set(member.roles):
        raise RuleBroken(
            "Nobody gives themselves a role, nor to whom they act for. Ask for it under “People and access”: "
            "a second administrator or top management decides (SOD-06).",
            field="roles",
            code="SOD-06",
        )
    require_roles_not_needed(member, roles)
    before = member.roles
    member.roles = sorted(set(roles))
    member.roles_from_groups = sorted(set(roles) & set(member.roles_from_groups))
    member.save(update_fields=["roles", "roles_from_groups"])
    trail.record(
        actor, "member.roles_changed", member, before={"roles": before}, after={"roles": member.roles}
    )


@transaction.atomic
def deactivate_member(*, actor: Actor, member: Member, reason: str) -> None:
    """Close the organization to a person. What they own must have gone to somebody else first (AC-32)."""
    permissions.require(actor, "core.manage_people")
    if actor.member_id == member.pk:
        raise RuleBroken("You cannot take away your own access.")
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    require_nothing_left(member)
    close_access(actor=actor, member=member, reason=reason)


@transaction.atomic
def close_access(*, actor: Actor, member: Member, reason: str) -> None:
    """What ending access means, whoever was asked for leave to do it: an administrator, or the directory."""
    member.is_active = False
    member.save(update_fields=["is_active"])
    end_all_of(member, actor=actor, now=timezone.now())
    EvidencePermission.objects.filter(user=member.user_id).delete()  # nothing shared waits for a return
    trail.record(
        actor,
        "member.deactivated",
        member,
        before={"is_active": True},
        after={"is_active": False},
        reason=reason,
    )


@transaction.atomic
def remove_sample(*, actor: Actor, organization: Organization) -> None:
    """Remove a sample organization whole, in one step. Any other organization is refused."""
    permissions.require(actor, "core.remove_sample")
    if not organization.is_sample:
        raise RuleBroken("Only sample data can be removed like this.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT remove_sample_organization(%s)", [organization.pk])


def check_roles(actor: Actor, roles: list[str]) -> None:
    if not roles:
        raise RuleBroken("Choose at least one role.", field="roles")
    unknown = sorted(set(roles) - INSIDE_ROLES)
    if unknown:
        raise RuleBroken(f"{', '.join(unknown)} cannot be given to a member.", field="roles")
