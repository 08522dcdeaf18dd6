"""What is read before an organization is known, through narrow database functions only."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection

from aims.core.entrance import Demand

PLACES = """SELECT place.*, rules.*, demands.* FROM organizations_of(%(person)s) place
 CROSS JOIN LATERAL sign_in_rules(place.organization_id, %(person)s) rules
 LEFT JOIN LATERAL sign_in_demands(%(person)s, place.organization_id) demands ON true ORDER BY place.name"""


@dataclass(frozen=True)
class Place:
    """One organization a person can enter, as a member or as an external auditor under a grant."""

    organization_id: int
    slug: str
    name: str
    time_zone: str
    is_sample: bool
    member_id: int | None
    display_name: str
    roles: frozenset[str]
    grant_id: int | None
    purpose: str
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None
    may_download: bool
    grant_state: str = ""
    delegations: tuple[tuple[str, int], ...] = ()
    second_factor_required: bool = False
    idle_minutes: int = 30
    sessions_from: datetime.datetime | None = None
    demand: Demand | None = None
    """What the organization demands of this person's sign-in, if it has single sign-on at all."""

    @property
    def asks_for_second_factor(self) -> bool:
        """External auditors always need one; members where the organization says so."""
        return self.second_factor_required or self.grant_id is not None

    @property
    def url(self) -> str:
        return f"/o/{self.slug}/"


@dataclass(frozen=True)
class KeyRecord:
    key_id: int
    organization_id: int
    slug: str
    name: str
    digest: str
    scopes: frozenset[str]
    networks: tuple[str, ...]
    rate_limit: int


def places_of(user_id: int) -> list[Place]:
    """Every organization a person can enter now, by name."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"person": user_id})
        rows = cursor.fetchall()
    return [_place(row) for row in rows]


def _place(row: Sequence[Any]) -> Place:
    *facts, connection_id, is_only_way = row
    known = dict(zip((field.name for field in fields(Place)), facts, strict=False))  # all but the demand
    told = json.loads(known["delegations"] or "[]")
    delegated = tuple((each["role"], each["member"]) for each in told)
    return Place(
        **known
        | {
            "roles": frozenset(known["roles"]) | {role for role, _ in delegated},
            "purpose": known["purpose"] or "",
            "delegations": delegated,
            "demand": Demand(connection_id, is_only_way) if connection_id else None,
        }
    )


@dataclass(frozen=True)
class EntryPlace:
    """The organization an operator is in for a time, and why."""

    entry_id: int
    organization_id: int
    slug: str
    name: str
    time_zone: str
    is_sample: bool
    operator_name: str
    reason: str
    begins_at: datetime.datetime
    ends_at: datetime.datetime
    opens_files: bool

    @property
    def url(self) -> str:
        return f"/o/{self.slug}/"


def operator_entry(entry_id: int, *, user_id: int, slug: str) -> EntryPlace | None:
    """The entry while it runs, for the operator who began it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM operator_entry_of(%s, %s, %s)", [entry_id, user_id, slug])
        row = cursor.fetchone()
    return EntryPlace(*row) if row else None


def organizations_with_entries_over() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM operator_entries_over()")
        return [row[0] for row in cursor.fetchall()]


def key_by_prefix(prefix: str) -> KeyRecord | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_key_by_prefix(%s)", [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    known = dict(zip((field.name for field in fields(KeyRecord)), row, strict=True))
    return KeyRecord(**known | {"scopes": frozenset(known["scopes"]), "networks": tuple(known["networks"])})


def invitation_by_digest(digest: str) -> tuple[int, int] | None:
    """(organization id, invitation id) of a link that still works."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM invitation_by_digest(%s)", [digest])
        found: tuple[int, int] | None = cursor.fetchone()
    return found


def organization_id(slug: str) -> int | None:
    """For commands, which name an organization by its slug."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_by_slug(%s)", [slug])
        found: int | None = cursor.fetchone()[0]
    return found


def sign_in_connection(domain: str) -> tuple[int, int] | None:
    """(organization id, connection id) that people with an address of this domain are led to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sign_in_connection_of(%s)", [domain])
        return cursor.fetchone()  # type: ignore[no-any-return]


def email_domain_is_held(domain: str, *, organization_id: int) -> bool:
    """Whether another organization has proved the domain; holds others off until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT email_domain_is_held(%s, %s)", [domain, organization_id])
        return bool(cursor.fetchone()[0])


def organization_ids() -> list[int]:
    """For the few tasks that visit every organization in turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM organization_ids()")
        return [row[0] for row in cursor.fetchall()]


def waiting_work(*, quiet_seconds: int) -> list[tuple[str, int, int]]:
    """(kind, organization id, row id) of jobs and mails that nobody seems to be working on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM waiting_work(make_interval(secs => %s))", [quiet_seconds])
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]
