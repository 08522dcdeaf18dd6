"""Connections to identity providers: set up by administrators, tried out before anybody depends on them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.urls import reverse

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.certificates import fingerprint, trusted_certificates
from aims.core.enums import Role, SignInProtocol
from aims.core.exceptions import RuleBroken
from aims.core.models import EmailDomain, ExternalIdentity, Member, SignInConnection
from aims.core.registry import Owned, Ownership
from aims.core.sealing import seal

MOST_CONNECTIONS = 10
#: What decides who is let in: after a change of any of these the connection has to be tried out again.
DECISIVE = ("issuer", "client_id", "sealed_secret", "sign_in_url")


@transaction.atomic
def add_connection(
    *,
    actor: Actor,
    name: str,
    issuer: str,
    kind: str = SignInProtocol.OIDC,
    client_id: str = "",
    secret: str = "",
    sign_in_url: str = "",
    certificates: Iterable[str] = (),
) -> SignInConnection:
    permissions.require(actor, "core.manage_sign_in")
    if SignInConnection.objects.count() >= MOST_CONNECTIONS:
        raise RuleBroken(f"An organization has {MOST_CONNECTIONS} connections at most.")
    _check_name(name)
    connection = SignInConnection(kind=kind, created_by_id=actor.member_id)
    _fill(connection, name, issuer, client_id, secret, sign_in_url, certificates)
    connection.save()
    trail.record(actor, "sign_in_connection.added", connection, after=_told(connection))
    return connection


@transaction.atomic
def change_connection(
    *,
    actor: Actor,
    connection: SignInConnection,
    name: str,
    issuer: str,
    client_id: str = "",
    secret: str = "",
    sign_in_url: str = "",
    certificates: Iterable[str] = (),
) -> None:
    """An empty secret leaves the one that is stored. A decisive change switches the connection off.

    A second certificate beside the first, or one of two taken away, is how a provider changes its key.
    """
    permissions.require(actor, "core.manage_sign_in")
    _check_name(name, but=connection)
    before, decisive, trusted = _told(connection), _decisive(connection), set(connection.certificates)
    _fill(connection, name, issuer, client_id, secret, sign_in_url, certificates)
    is_roll_over = not trusted or trusted & set(connection.certificates)
    if _decisive(connection) != decisive or not is_roll_over:
        connection.tested_at = connection.exempt_member = None
        connection.is_on = connection.is_demanded = False
    if connection.issuer != before["issuer"]:
        # Another provider's name for a person says nothing about who that was here.
        ExternalIdentity.objects.filter(connection=connection).delete()
    connection.save()
    trail.record(
        actor,
        "sign_in_connection.changed",
        connection,
        before=before,
        after=_told(connection) | ({"secret": "replaced"} if secret else {}),
    )


def _fill(
    connection: SignInConnection,
    name: str,
    issuer: str,
    client_id: str,
    secret: str,
    sign_in_url: str,
    certificates: Iterable[str],
) -> None:
    connection.name = name.strip()
    if connection.kind == SignInProtocol.SAML:
        connection.issuer = _issuer_of_saml(issuer, but=connection)
        connection.sign_in_url = _address(sign_in_url, field="sign_in_url", title="The sign-in address")
        connection.certificates = trusted_certificates(certificates)
        return
    if not secret and not connection.sealed_secret:
        raise RuleBroken("Give the client secret.", field="secret")
    if not client_id.strip():
        raise RuleBroken("Give the client ID.", field="client_id")
    connection.issuer = _address(issuer, field="issuer", title="The issuer")
    connection.client_id = client_id.strip()
    if secret:
        connection.sealed_secret = seal(secret)


@transaction.atomic
def remove_connection(*, actor: Actor, connection: SignInConnection) -> None:
    permissions.require(actor, "core.manage_sign_in")
    if connection.is_on:
        raise RuleBroken("Switch the connection off first.")
    trail.record(actor, "sign_in_connection.removed", connection, before=_told(connection))
    connection.delete()


@transaction.atomic
def note_test(*, actor: Actor, connection: SignInConnection, now: datetime.datetime) -> None:
    """An administrator went to the provider and came back with an identity that holds."""
    permissions.require(actor, "core.manage_sign_in")
    connection.tested_at = now
    connection.save(update_fields=["tested_at"])
    trail.record(actor, "sign_in_connection.tested", connection, after={"tested_at": now})


@transaction.atomic
def switch_on(*, actor: Actor, connection: SignInConnection) -> None:
    permissions.require(actor, "core.manage_sign_in")
    if connection.tested_at is None:
        raise RuleBroken("Test the connection first.")
    if not EmailDomain.objects.verified().exists():
        raise RuleBroken("Verify an e-mail domain first: only its addresses are led to the provider.")
    if SignInConnection.objects.filter(is_on=True).exclude(pk=connection.pk).exists():
        raise RuleBroken("Another connection is on. Switch that one off first.")
    connection.is_on = True
    connection.save(update_fields=["is_on"])
    trail.record(
        actor, "sign_in_connection.switched_on", connection, before={"is_on": False}, after={"is_on": True}
    )


@transaction.atomic
def switch_off(*, actor: Actor, connection: SignInConnection) -> None:
    """Sessions that came through it no longer open the organization."""
    permissions.require(actor, "core.manage_sign_in")
    before = _way_in(connection)
    connection.is_on = connection.is_demanded = False
    connection.exempt_member = None
    connection.save(update_fields=["is_on", "is_demanded", "exempt_member"])
    trail.record(
        actor, "sign_in_connection.switched_off", connection, before=before, after=_way_in(connection)
    )


@transaction.atomic
def demand_single_sign_on(*, actor: Actor, connection: SignInConnection, exempt_member: Member) -> None:
    """No other way in for addresses of verified domains, but for one administrator with a password."""
    permissions.require(actor, "core.manage_sign_in")
    if not connection.is_on:
        raise RuleBroken("Switch the connection on first.")
    if not exempt_member.is_active or Role.ADMIN not in exempt_member.roles:
        raise RuleBroken("Name an administrator who has access now.", field="exempt_member")
    if not exempt_member.user.has_usable_password():
        raise RuleBroken(
            f"{exempt_member.name} has no password here, so could not get in without the provider.",
            field="exempt_member",
        )
    before = _way_in(connection)
    connection.is_demanded, connection.exempt_member = True, exempt_member
    connection.save(update_fields=["is_demanded", "exempt_member"])
    trail.record(actor, "sign_in_connection.demanded", connection, before=before, after=_way_in(connection))


@transaction.atomic
def relax_single_sign_on(*, actor: Actor, connection: SignInConnection) -> None:
    permissions.require(actor, "core.manage_sign_in")
    before = _way_in(connection)
    connection.is_demanded, connection.exempt_member = False, None
    connection.save(update_fields=["is_demanded", "exempt_member"])
    trail.record(actor, "sign_in_connection.relaxed", connection, before=before, after=_way_in(connection))


def _way_in(connection: SignInConnection) -> dict[str, Any]:
    return {
        "is_on": connection.is_on,
        "is_demanded": connection.is_demanded,
        "exempt_member": connection.exempt_member_id,
    }


def _check_name(name: str, *, but: SignInConnection | None = None) -> None:
    if not name.strip():
        raise RuleBroken("Give the connection a name.", field="name")
    others = SignInConnection.objects.filter(name=name.strip()).exclude(pk=but.pk if but else None)
    if others.exists():
        raise RuleBroken("Another connection has this name.", field="name")


def _address(text: str, *, field: str, title: str) -> str:
    address = text.strip()
    if not address.startswith("https://") or len(address) > 500 or set(address) & set(" #@\\"):
        raise RuleBroken(f"{title} is an address that starts with https://.", field=field)
    if field == "issuer" and "?" in address:
        raise RuleBroken(f"{title} is an address without a question mark.", field=field)
    return address


def _issuer_of_saml(text: str, *, but: SignInConnection) -> str:
    """A name, not always an address; the answer is told apart by it."""
    issuer = text.strip()
    if not issuer or len(issuer) > 500 or not issuer.isprintable():
        raise RuleBroken("Give the issuer (entity ID) as the provider names itself.", field="issuer")
    others = SignInConnection.objects.filter(kind=SignInProtocol.SAML, issuer=issuer).exclude(pk=but.pk)
    if others.exists():
        raise RuleBroken("Another connection has this issuer.", field="issuer")
    return issuer


def _decisive(connection: SignInConnection) -> tuple[object, ...]:
    return tuple(getattr(connection, name) for name in DECISIVE)


def _told(connection: SignInConnection) -> dict[str, object]:
    """For the trail: nothing secret."""
    told: dict[str, object] = {
        name: getattr(connection, name) for name in ("name", "kind", "issuer", "is_on")
    }
    if connection.kind == SignInProtocol.SAML:
        fingerprints = [fingerprint(each) for each in connection.certificates]
        return told | {"sign_in_url": connection.sign_in_url, "certificates": fingerprints}
    return told | {"client_id": connection.client_id}


def _ways_in_of(member: Member) -> Iterable[Owned]:
    exempt = SignInConnection.objects.filter(exempt_member=member)
    for connection in exempt.select_related("organization"):
        url = reverse("sign_in_connection", args=[connection.organization.slug, connection.pk])
        yield Owned(str(connection.pk), f"the sign-in without {connection.name}", url)


#: Whoever keeps the organization open cannot simply be shut out. Only who manages sign-in names another.
WAY_IN = Ownership(
    "sign-in-without-provider", "Sign-in without the provider", frozenset({Role.ADMIN}), _ways_in_of, None
)
