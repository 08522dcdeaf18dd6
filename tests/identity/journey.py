"""What the tests of sign-in do over and over: set a connection up, go the whole way."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client
from django.utils import timezone

from aims.core.models import EmailDomain, Member, SignInConnection
from aims.core.services import connections
from aims.core.tenancy.context import acting_in
from tests.cast import House, acting_for
from tests.identity.oidc_provider import CLIENT_ID, CLIENT_SECRET
from tests.identity.running import RunningProvider


def verified(house: House, domain: str) -> None:
    with acting_in(house.organization):
        EmailDomain.objects.create(domain=domain, proof="p", verified_at=timezone.now())


def connect(
    house: House, provider: RunningProvider, *, domain: str = "", on: bool = True
) -> SignInConnection:
    verified(house, domain or f"{house.slug}.test")
    with acting_for(house, "admin") as admin:
        made = connections.add_connection(
            actor=admin, name="Work account", issuer=provider.url, client_id=CLIENT_ID, secret=CLIENT_SECRET
        )
        if on:
            connections.note_test(actor=admin, connection=made, now=timezone.now())
            connections.switch_on(actor=admin, connection=made)
    return made


def fresh(house: House, row: Any) -> Any:
    with acting_in(house.organization):
        row.refresh_from_db()
    return row


def demand(house: House, connection: SignInConnection) -> None:
    with acting_for(house, "admin") as admin:
        user = house.member["admin"].user
        user.set_password("correct horse battery staple")
        user.save(update_fields=["password"])
        connection.refresh_from_db()
        connections.demand_single_sign_on(
            actor=admin, connection=connection, exempt_member=house.member["admin"]
        )


def address_in(response: Any) -> str:
    """The provider's address on the page that leads there."""
    found = re.search(r'content="0;url=([^"]+)"', response.content.decode())
    assert found, f"{response.status_code}: {text_of(response)}"
    return html.unescape(found[1])


def set_out(client: Client, email: str, **extra: str) -> str:
    return address_in(client.post("/accounts/sso/", {"email": email, **extra}))


def way_back(address: str) -> str:
    """The path of the portal's callback, as the browser would open it."""
    return re.sub(r"^https?://[^/]+", "", address)


def go_through(client: Client, provider: RunningProvider, email: str, **extra: str) -> Any:
    """Type the address, go to the provider, come back; the portal's answer."""
    return client.get(way_back(provider.send_on(set_out(client, email, **extra))))


def text_of(response: Any) -> str:
    text = re.sub(r"<(head|nav|script)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def members(house: House) -> list[tuple[str, list[str]]]:
    with acting_in(house.organization):
        return sorted(Member.objects.values_list("email", "roles"))


def lines(house: House, action: str) -> list[Any]:
    from aims.core.models import TrailEvent

    with acting_in(house.organization):
        return list(TrailEvent.objects.filter(action=action).order_by("pk"))
