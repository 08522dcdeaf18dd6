"""The one door to the operators' login of the database; whoever goes through leaves a line behind.

The trail of the installation belongs to no organization. It is chained like theirs and only the operators'
login can read it or add to it.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from aims.core.canonical import canonical_json
from aims.core.models import OperatorEvent, Organization, Person
from aims.core.verification import BadLine, TrailCheck, genesis, link

ALIAS = "operator"


class NotOperating(RuntimeError):
    """The operators' login was used outside `operating`: a mistake in the program."""


@dataclass(frozen=True)
class Operator:
    """Who runs the installation: a person on the operators' site, or an account of the machine."""

    label: str
    name: str
    request_id: str = ""


def operator_of(person: Person, *, request_id: str = "") -> Operator:
    return Operator(f"operator:{person.pk}", person.name, request_id)


def machine_operator() -> Operator:
    """Whoever may run commands on the machine of the installation."""
    account = getpass.getuser()[:40]
    return Operator(f"account:{account}", account)


@contextmanager
def operating(
    operator: Operator,
    action: str,
    *,
    organization: Organization | None = None,
    slug: str = "",
    reason: str = "",
    after: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Open a transaction of the operators' login. Its line is written first and stays if the act succeeds."""
    with transaction.atomic(using=ALIAS):
        at = timezone.now()
        body: dict[str, Any] = {
            "at": at.isoformat(),
            "actor": operator.label,
            "request": operator.request_id,
            "action": action,
        }
        if organization is not None:
            body["organization"] = {"id": organization.pk, "slug": organization.slug}
        body |= {key: value for key, value in (("reason", reason), ("after", dict(after or {}))) if value}
        OperatorEvent.objects.using(ALIAS).create(
            body=canonical_json(body),
            at=at,
            actor=operator.label,
            action=action,
            organization_slug=organization.slug if organization else slug,
        )
        yield


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What one of the counting functions answers; only inside `operating`."""
    connection = connections[ALIAS]
    if not connection.in_atomic_block:
        raise NotOperating(query)
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def verify_operator_trail() -> TrailCheck:
    """Walk the chain of the installation's trail; only inside `operating`."""
    bad: list[BadLine] = []
    previous, expected = genesis("operators"), 1
    for event in OperatorEvent.objects.using(ALIAS).order_by("seq"):
        number = event.seq or 0
        if number != expected:
            bad.append(BadLine(number, f"Line {expected} is missing or out of order."))
        if event.hash is None or bytes(event.hash) != link(previous, number, event.body):
            bad.append(BadLine(number, "The line was changed, or does not follow the one before it."))
        body = json.loads(event.body)
        if (event.actor, event.action, event.at.isoformat()) != (body["actor"], body["action"], body["at"]):
            bad.append(BadLine(number, "The columns used for filters differ from the line itself."))
        previous, expected = bytes(event.hash or b""), number + 1
    return TrailCheck(1, expected - 1, expected - 1, previous.hex(), tuple(bad))
