"""Signing in, out and failing to, and changes of what opens an account.

A line in the trail of each organization the person belongs to.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.core.cache import cache
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from aims.core import directory, trail
from aims.core.actor import Actor, ActorKind, system_actor
from aims.core.enums import GrantState
from aims.core.jobs import publish
from aims.core.models import AccessGrant, Member, Person
from aims.core.networks import client_address
from aims.core.tenancy.context import acting_as

#: Failures of one person that are written in an hour; the last line says that further ones are not.
MOST_FAILURES = 5
AN_HOUR_SECONDS = 60 * 60
MARK_LENGTH = 16


def connect() -> None:
    """Called once when Django is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="aims.core.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="aims.core.signed_out")
    user_login_failed.connect(_failed, dispatch_uid="aims.core.sign_in_failed")
    authenticator_added.connect(_factor_added, dispatch_uid="aims.core.factor_added")
    authenticator_removed.connect(_factor_removed, dispatch_uid="aims.core.factor_removed")
    authenticator_reset.connect(_factor_renewed, dispatch_uid="aims.core.factor_renewed")


def client_mark(request: Any) -> str:
    """The same for the same network address of a client, and telling nothing else of it: a keyed hash."""
    address = client_address(request) if request is not None else ""
    if not address:
        return ""
    return salted_hmac("aims.trail.client", address, algorithm="sha256").hexdigest()[:MARK_LENGTH]


def _signed_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    for place in directory.places_of(user.pk):
        _note(place, user.pk, "person.signed_in", client_mark(request))


def _signed_out(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    if user is None:
        return
    for place in directory.places_of(user.pk):
        _note(place, user.pk, "person.signed_out", client_mark(request))


def _factor_added(sender: Any, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    _note_factor(request, user, authenticator, "person.second_factor_added")


def _factor_removed(sender: Any, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    _note_factor(request, user, authenticator, "person.second_factor_removed")


def _factor_renewed(sender: Any, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    _note_factor(request, user, authenticator, "person.second_factor_renewed")


def _note_factor(request: Any, user: Any, authenticator: Any, action: str) -> None:
    """What opens an account changed: every organization that the account opens is told, of the kind only."""
    for place in directory.places_of(user.pk):
        _note(place, user.pk, action, client_mark(request), after={"kind": str(authenticator.type)})


def _failed(sender: Any, credentials: Any, request: Any = None, **kwargs: Any) -> None:
    """A worker writes the lines: the answer takes as long for an address nobody has."""
    email = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    number = Person.objects.filter(email=email).values_list("pk", flat=True).first() or 0
    publish("core.note_failed_sign_in", "default", user_id=number, client=client_mark(request))


def note_failure(user_id: int, client: str) -> None:
    """Bounded: whoever tries passwords by the thousand does not fill the trail."""
    if not user_id:
        return
    key = f"sign-in-failures:{user_id}:{timezone.now():%Y%m%d%H}"
    cache.add(key, 0, AN_HOUR_SECONDS)
    count = cache.incr(key)
    if count > MOST_FAILURES:
        return
    after = {"further_failures_this_hour": "not_recorded"} if count == MOST_FAILURES else None
    for place in directory.places_of(user_id):
        # Nobody proved to be this person: the portal tells it, about them.
        with acting_as(system_actor(place.organization_id, client=client)) as portal:
            trail.record(portal, "person.sign_in_failed", _record_of(place), after=after)


def _note(
    place: directory.Place, user_id: int, action: str, client: str, *, after: dict[str, Any] | None = None
) -> None:
    kind = ActorKind.MEMBER
    if place.grant_id is not None:
        kind = ActorKind.AUDITOR if place.grant_state == GrantState.ACTIVE else ActorKind.INVITED
    person = Actor(
        kind=kind,
        name=place.display_name,
        organization_id=place.organization_id,
        user_id=user_id,
        member_id=place.member_id,
        grant_id=place.grant_id,
        roles=place.roles,
        client=client,
    )
    with acting_as(person):
        trail.record(person, action, _record_of(place), after=after)


def _record_of(place: directory.Place) -> models.Model:
    """Who it is about, without fetching the row: lines name people by number only."""
    if place.grant_id is not None:
        return AccessGrant(pk=place.grant_id, organization_id=place.organization_id)
    return Member(pk=place.member_id, organization_id=place.organization_id)
