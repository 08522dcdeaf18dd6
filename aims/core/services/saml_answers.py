"""An answer of a SAML provider on its way through the browser: kept when it holds, taken once.

The browser brings it by a form of another site, so without the session's cookie; what fetches it is a ticket
that works once, and only in the session that asked.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from aims.core import saml
from aims.core.actor import Actor
from aims.core.assertions import Assertion, SignInRefused
from aims.core.enums import SignInProtocol
from aims.core.models import SamlAnswer, SignInConnection
from aims.core.tenancy.context import acting_in

TICKET_LIFE = datetime.timedelta(minutes=2)
USED = "This answer was used already. Start again from the sign-in page."


def answer_to(slug: str) -> str:
    """Where the provider sends answers; also the portal's name at the organization's providers."""
    return f"{settings.BASE_URL}{reverse('saml_arrival', args=[slug])}"


def party_of(connection: SignInConnection) -> saml.Party:
    here = answer_to(connection.organization.slug)
    return saml.Party(
        connection.issuer,
        connection.sign_in_url,
        tuple(connection.certificates),
        own_name=here,
        answer_to=here,
    )


def keep(*, organization_id: int | None, text: str, now: datetime.datetime) -> str:
    """A ticket for an answer that holds. An unknown organization is told what a forged answer is told."""
    unverified = saml.read(text)
    if organization_id is None:
        raise SignInRefused(saml.NOT_SIGNED)
    with acting_in(organization_id):
        found = SignInConnection.objects.filter(kind=SignInProtocol.SAML, issuer=unverified.issuer)
        connection = found.select_related("organization").first()
        if connection is None:
            raise SignInRefused(saml.NOT_SIGNED)
        answer = saml.verified(unverified, party_of(connection), now=now)
        ticket = secrets.token_urlsafe(32)
        try:
            with transaction.atomic():
                SamlAnswer.objects.create(
                    connection=connection,
                    identifier_hash=_hash(answer.identifier),
                    ticket_hash=_hash(ticket),
                    answers=answer.answers[:100],
                    subject=answer.assertion.subject,
                    email=answer.assertion.email[:254],
                    name=answer.assertion.name[:150],
                    proved_at=answer.assertion.proved_at,
                    received_at=now,
                    usable_until=answer.usable_until,
                )
        except IntegrityError:
            raise SignInRefused(USED) from None
    return ticket


def take(
    *, organization_id: int, connection_id: int, ticket: str, request_id: str, now: datetime.datetime
) -> Assertion:
    """What the answer says, to the session that asked for it; after that only its hash is left."""
    with acting_in(organization_id), transaction.atomic():
        waiting = SamlAnswer.objects.select_for_update().filter(
            connection_id=connection_id,
            ticket_hash=_hash(ticket),
            answers=request_id,
            taken_at=None,
            received_at__gt=now - TICKET_LIFE,
        )
        row = waiting.first()
        if row is None:
            raise SignInRefused("This answer belongs to another attempt to sign in.")
        said = Assertion(row.subject, row.email, row.name, row.proved_at)
        row.taken_at, row.subject, row.email, row.name = now, "", "", ""
        row.save(update_fields=["taken_at", "subject", "email", "name"])
        return said


def forget_answers(actor: Actor, today: datetime.date) -> None:
    """Each day: what would be refused as expired anyway."""
    SamlAnswer.objects.filter(usable_until__date__lt=today).delete()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
