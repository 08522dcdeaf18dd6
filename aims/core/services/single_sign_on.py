"""From what an identity provider says to a member who may come in."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from aims.core import directory, trail
from aims.core.actor import Actor, member_actor
from aims.core.assertions import Assertion, SignInRefused
from aims.core.enums import GrantState, Role
from aims.core.models import AccessGrant, ExternalIdentity, Member, Person, SignInConnection
from aims.core.services.email_domains import is_verified_address
from aims.core.services.joining import account_for, join
from aims.core.tenancy.context import acting_in

CLOCK_SKEW = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Welcome:
    """Who signs in. An account that had another way in before must first be opened that way once."""

    user: Person
    must_confirm: bool = False


def welcome(
    *, organization_id: int, connection_id: int, assertion: Assertion, now: datetime.datetime
) -> Welcome:
    """The account behind an assertion, a member of this organization from now on; or SignInRefused.

    An account that somebody else could already open is never linked here: see `link`.
    """
    with acting_in(organization_id) as system:
        # The lock makes two first sign-ins of one person take turns.
        connection = _connection(connection_id)
        email = _address(assertion.email)
        identity = ExternalIdentity.objects.filter(connection=connection, subject=assertion.subject).first()
        if identity is None:
            person = account_for(email=email, name=assertion.name)
            if not _may_link_at_once(person, organization_id):
                return Welcome(person, must_confirm=True)
            identity = _link(system, connection, assertion, person)
        _come_in(system, connection, identity, name=assertion.name, now=now)
        return Welcome(identity.user)


def link(
    *, organization_id: int, connection_id: int, assertion: Assertion, user: Person, now: datetime.datetime
) -> None:
    """Join the provider's identity to an account whose owner has just signed in to it and agreed."""
    with acting_in(organization_id) as system:
        connection = _connection(connection_id)
        if _address(assertion.email) != user.email:
            raise SignInRefused("The identity provider names another address than that of your account.")
        if ExternalIdentity.objects.filter(connection=connection, subject=assertion.subject).exists():
            raise SignInRefused("This identity is linked already. Start again.")
        identity = _link(system, connection, assertion, user)
        _come_in(system, connection, identity, name=assertion.name, now=now)


def require_proof_again(
    *,
    organization_id: int,
    connection_id: int,
    assertion: Assertion,
    user: Person,
    asked_at: datetime.datetime,
) -> None:
    """That the provider has just asked this person anew; its older word confirms nothing."""
    with acting_in(organization_id):
        connection = _connection(connection_id)
        known = ExternalIdentity.objects.filter(connection=connection, subject=assertion.subject, user=user)
        if not known.exists():
            raise SignInRefused("The identity provider names somebody else. Confirm with your own account.")
    earliest = (asked_at - CLOCK_SKEW).timestamp()
    if assertion.proved_at is None or assertion.proved_at < earliest:
        raise SignInRefused("The identity provider did not ask you anew who you are. Sign out and in again.")


def _connection(connection_id: int) -> SignInConnection:
    found = SignInConnection.objects.select_for_update().filter(pk=connection_id, is_on=True).first()
    if found is None:
        raise SignInRefused("Single sign-on was switched off meanwhile.")
    return found


def _address(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise SignInRefused("The identity provider names no usable e-mail address.") from None
    if not is_verified_address(email):
        raise SignInRefused("Your address is not in a domain that this organization has verified.")
    return email


def _may_link_at_once(person: Person, organization_id: int) -> bool:
    elsewhere = {place.organization_id for place in directory.places_of(person.pk)} - {organization_id}
    return person.is_unclaimed and not elsewhere


def _link(
    system: Actor, connection: SignInConnection, assertion: Assertion, person: Person
) -> ExternalIdentity:
    if not person.is_active or person.is_operator:
        raise SignInRefused("This account does not sign in through an organization.")
    return ExternalIdentity.objects.create(connection=connection, subject=assertion.subject, user=person)


def _come_in(
    system: Actor,
    connection: SignInConnection,
    identity: ExternalIdentity,
    *,
    name: str,
    now: datetime.datetime,
) -> None:
    person = identity.user
    if not person.is_active or person.is_operator:
        raise SignInRefused("This account does not sign in through an organization.")
    member = Member.objects.filter(user=person).first()
    if member is None:
        if AccessGrant.objects.filter(
            user=person, state__in=[GrantState.INVITED, GrantState.ACTIVE], ends_at__gt=now
        ).exists():
            raise SignInRefused("External auditors sign in with their own password.")
        member = join(actor=system, person=person, name=name, roles=[Role.STAFF], how="single_sign_on")
    if not member.is_active:
        raise SignInRefused("Your access to this organization has ended. Ask one of its administrators.")
    identity.last_used_at = now
    identity.save(update_fields=["last_used_at"])
    trail.record(member_actor(member), "sign_in.single_sign_on", connection)
