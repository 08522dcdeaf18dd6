"""Invitations: a place in the organization, offered to one e-mail address by a link that works once.

Of the link only a digest is kept. It dies when it is used, sent again or withdrawn, and after a week.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from aims.core import directory, permissions, trail
from aims.core.actor import Actor, member_actor, system_actor
from aims.core.enums import GrantState
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.messages import send_later
from aims.core.models import AccessGrant, Invitation, Member, Organization, Person
from aims.core.services.organizations import check_roles
from aims.core.templatetags.formats import day_text
from aims.core.tenancy.context import acting_as

LIFE = datetime.timedelta(days=7)


class InvitationGone(Exception):
    """The link does not work, and nobody is told why: used, expired, withdrawn, or never one."""


class WrongAccount(Exception):
    """Somebody else is signed in than the one whom the link is for."""


@dataclass(frozen=True)
class Offer:
    """What a link offers, to be shown before anybody accepts."""

    organization_id: int
    organization_name: str
    slug: str
    invitation_id: int
    email: str
    name: str
    is_auditor: bool
    needs_account: bool


@transaction.atomic
def invite(*, actor: Actor, email: str, name: str, roles: list[str], now: datetime.datetime) -> Invitation:
    """Offer a person a place and roles; they join when they accept, by the link of the mail."""
    permissions.require(actor, "core.manage_invitations")
    check_roles(actor, roles)
    email, name = email.strip().lower(), name.strip()
    if not name:
        raise RuleBroken("Give the person's name.", field="name")
    _check_address(email)
    invitation, token = _new(actor, now, email=email, name=name, roles=sorted(set(roles)))
    trail.record(actor, "invitation.sent", invitation, after={"roles": invitation.roles})
    _send(invitation, token)
    return invitation


def invite_auditor(*, actor: Actor, grant: AccessGrant, now: datetime.datetime) -> Invitation:
    """Part of giving an external auditor access, whose verb has asked who may."""
    invitation, token = _new(actor, now, email=grant.user.email, name=grant.name, grant=grant)
    trail.record(actor, "invitation.sent", invitation, after={"grant": grant.pk})
    _send(invitation, token)
    return invitation


def verb_of(invitation: Invitation) -> str:
    """An external auditor's invitation is part of the access that the compliance lead gives."""
    return "core.manage_grants" if invitation.grant_id else "core.manage_invitations"


@transaction.atomic
def resend(*, actor: Actor, invitation: Invitation, now: datetime.datetime) -> Invitation:
    """A new link, for another week; the old one is dead."""
    permissions.require(actor, verb_of(invitation))
    token = secrets.token_urlsafe(32)
    fresh = {"digest": digest_of(token), "sent_at": now, "expires_at": now + LIFE}
    _move(invitation, times_sent=invitation.times_sent + 1, **fresh)
    trail.record(actor, "invitation.resent", invitation, after={"times": invitation.times_sent})
    _send(invitation, token)
    return invitation


@transaction.atomic
def withdraw(*, actor: Actor, invitation: Invitation, now: datetime.datetime) -> None:
    permissions.require(actor, "core.manage_invitations")
    if invitation.grant_id:
        raise RuleBroken("An external auditor's invitation ends with the access: end that.")
    _move(invitation, withdrawn_at=now)
    trail.record(actor, "invitation.withdrawn", invitation, after={"withdrawn_at": now})


def find(token: str) -> Offer:
    """What the link offers; InvitationGone when it does not work."""
    found = directory.invitation_by_digest(digest_of(token))
    if found is None:
        raise InvitationGone
    organization_id, invitation_id = found
    with acting_as(system_actor(organization_id)):
        organization = Organization.objects.get(pk=organization_id)
        invitation = Invitation.objects.get(pk=invitation_id)
    person = Person.objects.filter(email=invitation.email).first()
    return Offer(
        organization_id=organization_id,
        organization_name=organization.name,
        slug=organization.slug,
        invitation_id=invitation_id,
        email=invitation.email,
        name=invitation.name,
        is_auditor=invitation.grant_id is not None,
        needs_account=person is None or person.is_unclaimed,
    )


@transaction.atomic
def accept_with_new_account(*, token: str, name: str, password: str, now: datetime.datetime) -> Person:
    """The person sets name and password; that the mail arrived proves that the address is theirs."""
    offer = find(token)
    if not offer.needs_account:
        raise InvitationGone
    person = Person.objects.filter(email=offer.email).first()
    if person is None:
        person = Person.objects.create_user(offer.email, name, password)
    else:
        person.name = name
        person.set_password(password)
        person.save(update_fields=["name", "password"])
    EmailAddress.objects.update_or_create(
        user=person, email=offer.email, defaults={"verified": True, "primary": True}
    )
    _join(offer, person, token, now)
    return person


@transaction.atomic
def accept(*, token: str, person: Person, now: datetime.datetime) -> None:
    """Somebody who has an account already, signed in with it."""
    offer = find(token)
    if person.email != offer.email:
        raise WrongAccount
    _join(offer, person, token, now)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _join(offer: Offer, person: Person, token: str, now: datetime.datetime) -> None:
    with acting_as(system_actor(offer.organization_id)) as system:
        invitation = Invitation.objects.get(pk=offer.invitation_id)
        # Two tabs or two thieves: the row is taken once, and only by the link of the last mail.
        taken = Invitation.objects.waiting().filter(pk=invitation.pk, digest=digest_of(token))
        if not taken.filter(expires_at__gt=now).update(accepted_at=now):
            raise InvitationGone
        if invitation.grant_id:
            trail.record(system, "invitation.accepted", invitation, after={"grant": invitation.grant_id})
            return
        member = _member(invitation, person)
        after = {"member": member.pk, "roles": member.roles}
        trail.record(member_actor(member), "invitation.accepted", invitation, after=after)


def _member(invitation: Invitation, person: Person) -> Member:
    """A new place, or the one that the person had before their access ended."""
    member: Member | None = Member.objects.filter(user=person).first()
    if member is None:
        return Member.objects.create(
            user=person, name=person.name, email=person.email, roles=invitation.roles
        )
    member.is_active, member.roles = True, invitation.roles
    member.save(update_fields=["is_active", "roles"])
    return member


def _check_address(email: str) -> None:
    if Member.objects.active().filter(user__email=email).exists():
        raise RuleBroken("This person is in the organization already.", field="email")
    alive = [GrantState.INVITED, GrantState.ACTIVE]
    if AccessGrant.objects.filter(user__email=email, state__in=alive, revoked_at=None).exists():
        raise RuleBroken("This person audits the organization and cannot be its member.", field="email")
    if Invitation.objects.waiting().filter(email=email, grant=None).exists():
        raise RuleBroken("This address is invited already. Send that invitation again.", field="email")


def _new(actor: Actor, now: datetime.datetime, **values: object) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        digest=digest_of(token),
        created_by_id=actor.member_id,
        sent_at=now,
        expires_at=now + LIFE,
        **values,
    )
    return invitation, token


def _move(invitation: Invitation, **changes: object) -> None:
    """Only while nobody accepted or withdrew it meanwhile, and no newer link was made."""
    same = Invitation.objects.waiting().filter(pk=invitation.pk, digest=invitation.digest)
    if not same.update(**changes):
        raise StaleState("This invitation was used, withdrawn or sent again meanwhile.")
    invitation.refresh_from_db()


def _send(invitation: Invitation, token: str) -> None:
    organization = Organization.objects.get(pk=invitation.organization_id)
    subject, text = (
        _auditor_mail(organization, invitation.grant)
        if invitation.grant
        else _member_mail(organization, invitation)
    )
    link = f"{settings.BASE_URL}{reverse('invitation', args=[token])}"
    terms = (
        f"The link works once, for {invitation.email} only, until {day_text(invitation.expires_at)}. "
        "If you expected nothing of the kind, nothing needs doing."
    )
    send_later(
        dedupe=f"invitation:{invitation.pk}:{invitation.times_sent}",
        recipient=invitation.email,
        subject=subject,
        text=f"{invitation.name},\n\n{text}\n\n{link}\n\n{terms}",
        text_is_secret=True,
    )


def _member_mail(organization: Organization, invitation: Invitation) -> tuple[str, str]:
    roles = ", ".join(invitation.role_names)
    return (
        f"Invitation to {organization.name}",
        f"{organization.name} invites you to its AI management system ({roles}). Open this link to join:",
    )


def _auditor_mail(organization: Organization, grant: AccessGrant) -> tuple[str, str]:
    return (
        f"Invitation to audit {organization.name}",
        f"{organization.name} invites you to “{grant.purpose}”. You can read what is in the scope "
        f"from {day_text(grant.starts_at)} until the end of {day_text(grant.ends_at)}. "
        "What you open is recorded and shown to the organization.\n\n"
        "Open this link to set up your sign-in. You need a second factor, and accept the terms of access:",
    )
