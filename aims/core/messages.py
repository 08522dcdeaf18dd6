"""Telling people: in the portal (exactly once) and by mail (at least once, with a stable Message-ID)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.utils import timezone

from aims.core.enums import MailState
from aims.core.jobs import publish
from aims.core.models import Mail, Member, Notification, Organization
from aims.core.tenancy.context import acting_in, current_actor

LEASE = datetime.timedelta(minutes=2)
_muted: ContextVar[bool] = ContextVar("mail_muted", default=False)
MOST_ATTEMPTS = 8


def tell(
    member: Member,
    *,
    dedupe: str,
    text: str,
    url: str = "",
    mail_subject: str = "",
    even_suspended: bool = False,
) -> bool:
    """Notify one member in the portal, and by mail when a subject is given. False when told before."""
    _, is_new = Notification.objects.get_or_create(
        organization_id=current_actor().organization_id,
        member=member,
        dedupe=dedupe[:160],
        defaults={"text": text[:300], "url": url},
    )
    if mail_subject:
        send_later(
            dedupe=f"{dedupe}:{member.pk}",
            recipient=member.email,
            subject=mail_subject,
            text=f"{text}\n\n{settings.BASE_URL}{url}" if url else text,
            even_suspended=even_suspended,
        )
    return is_new


@contextmanager
def without_mail() -> Iterator[None]:
    """For sample data: what happened in its two years is mailed to nobody."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


def send_later(
    *,
    dedupe: str,
    recipient: str,
    subject: str,
    text: str,
    text_is_secret: bool = False,
    even_suspended: bool = False,
) -> None:
    """Put a mail into the outbox, once per `dedupe`; a worker sends it after commit.

    A secret text, such as a link that opens something, is forgotten once the mail is sent or given up.
    What a suspended organization must know all the same does not wait until it is resumed.
    """
    if _muted.get():
        return
    organization_id = current_actor().organization_id
    mail, is_new = Mail.objects.get_or_create(
        organization_id=organization_id,
        dedupe=dedupe[:160],
        defaults={
            "recipient": recipient,
            "subject": " ".join(subject.split())[:200],
            "text": text,
            "text_is_secret": text_is_secret,
            "even_suspended": even_suspended,
        },
    )
    if is_new:
        publish("core.send_mail", "mail", organization_id=organization_id, mail_id=mail.pk)


def send(organization_id: int, mail_id: int) -> None:
    """Hand one mail over. A crash between the server's 250 and our note sends the same Message-ID again."""
    now = timezone.now()
    with acting_in(organization_id):
        free = Q(state=MailState.QUEUED) | Q(state=MailState.SENDING, lease_until__lt=now)
        may_go = Q(even_suspended=True) | Q(organization__in=Organization.objects.open())
        claimed = Mail.objects.filter(free, may_go, pk=mail_id).update(
            state=MailState.SENDING, attempt=F("attempt") + 1, lease_until=now + LEASE
        )
        if not claimed:
            return
        mail = Mail.objects.get(pk=mail_id)
    try:
        _message(mail).send()
    except OSError as failure:
        state = MailState.FAILED if mail.attempt >= MOST_ATTEMPTS else MailState.QUEUED
        _note(mail, state=state, error=str(failure)[:500])
    else:
        _note(mail, state=MailState.SENT, sent_at=timezone.now(), error="")


def _note(mail: Mail, **values: object) -> None:
    if mail.text_is_secret and values["state"] != MailState.QUEUED:
        values["text"] = ""
    with acting_in(mail.organization_id):
        Mail.objects.filter(pk=mail.pk, attempt=mail.attempt, state=MailState.SENDING).update(**values)


def _message(mail: Mail) -> EmailMessage:
    stable = hashlib.sha256(f"{mail.organization_id}:{mail.dedupe}".encode()).hexdigest()[:32]
    host = urlsplit(settings.BASE_URL).hostname or parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    return EmailMessage(
        subject=mail.subject,
        body=mail.text,
        to=[mail.recipient],
        headers={"Message-ID": f"<{stable}@{host}>", "Auto-Submitted": "auto-generated"},
    )
