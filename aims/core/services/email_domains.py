"""E-mail domains of an organization: claimed by an administrator, proved by a record in the DNS."""

from __future__ import annotations

import datetime
import re
import secrets

from django.db import transaction

from aims.core import directory, permissions, trail
from aims.core.actor import Actor
from aims.core.dns import DnsFailed, txt_records
from aims.core.exceptions import RuleBroken
from aims.core.models import EmailDomain

RECORD_NAME = "_aims-portal"
RECORD_VALUE = "aims-portal-verification="
MOST_DOMAINS = 50
NAME = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")


def record_name(domain: EmailDomain) -> str:
    return f"{RECORD_NAME}.{domain.domain}"


def record_value(domain: EmailDomain) -> str:
    return f"{RECORD_VALUE}{domain.proof}"


@transaction.atomic
def claim_domain(*, actor: Actor, domain: str) -> EmailDomain:
    """Says nothing about other organizations: any of them may claim a name, only one can prove it."""
    permissions.require(actor, "core.manage_sign_in")
    name = _ascii_name(domain)
    if EmailDomain.objects.filter(domain=name).exists():
        raise RuleBroken("This domain is on the list already.", field="domain")
    if EmailDomain.objects.count() >= MOST_DOMAINS:
        raise RuleBroken(f"An organization has {MOST_DOMAINS} domains at most.", field="domain")
    row = EmailDomain.objects.create(
        domain=name, proof=secrets.token_urlsafe(32), created_by_id=actor.member_id
    )
    trail.record(actor, "email_domain.claimed", row, after={"domain": name})
    return row


@transaction.atomic
def prove_domain(*, actor: Actor, domain: EmailDomain, now: datetime.datetime) -> None:
    """Look for the record. Whether another organization holds the domain shows only after the proof."""
    permissions.require(actor, "core.manage_sign_in")
    if domain.verified_at is not None:
        return
    if record_value(domain) not in _published(domain):
        raise RuleBroken(
            f"The record is not there yet: the TXT record of {record_name(domain)} must hold "
            f"“{record_value(domain)}”. A new record can take an hour to be seen everywhere."
        )
    if directory.email_domain_is_held(domain.domain, organization_id=actor.organization_id):
        raise RuleBroken(
            "The record is there, but this domain cannot be verified here. Ask the operator of the portal."
        )
    domain.verified_at = now
    domain.save(update_fields=["verified_at"])
    trail.record(actor, "email_domain.verified", domain, after={"domain": domain.domain})


@transaction.atomic
def remove_domain(*, actor: Actor, domain: EmailDomain) -> None:
    permissions.require(actor, "core.manage_sign_in")
    trail.record(actor, "email_domain.removed", domain, before={"domain": domain.domain})
    domain.delete()


def domain_of(email: str) -> str:
    """The part of an address that is proved; empty when it is not an address."""
    name, at, domain = email.strip().lower().rpartition("@")
    return domain if at and name else ""


def is_verified_address(email: str) -> bool:
    return EmailDomain.objects.verified().filter(domain=domain_of(email)).exists()


def _published(domain: EmailDomain) -> list[str]:
    try:
        return [text.strip() for text in txt_records(record_name(domain))]
    except DnsFailed:
        raise RuleBroken("No DNS server answered. Try again in a minute.") from None


def _ascii_name(domain: str) -> str:
    name = domain.strip().strip(".").lower().removeprefix("@")
    try:
        name = name.encode("idna").decode()
    except UnicodeError:
        name = ""
    if not NAME.fullmatch(name):
        raise RuleBroken("Give a domain such as example.org.", field="domain")
    return name
