"""What operators see of the installation: counts of each organization and none of its content."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from aims import configuration
from aims.core.models import OperatorEntry, OperatorEvent, Organization, Person
from aims.core.operating import ALIAS, rows
from aims.core.registry import registry
from aims.core.signing import Signer


@dataclass(frozen=True)
class OrganizationRow:
    """One organization in numbers. `further` are the counts that apps above the core add, by title."""

    name: str
    slug: str
    created_at: datetime.datetime
    suspended_at: datetime.datetime | None
    suspension_reason: str
    is_sample: bool
    people: int
    storage: int
    last_activity: datetime.datetime | None
    further: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class WorkRow:
    organization: str
    work: str
    state: str
    total: int
    oldest: datetime.datetime


@dataclass(frozen=True)
class EventRow:
    seq: int
    at: datetime.datetime
    who: str
    action: str
    organization: str
    note: str


def organization_rows(slug: str = "") -> list[OrganizationRow]:
    """Every organization by name, or the one asked for; a fixed number of queries."""
    counts = {row[0]: row[1:] for row in rows("SELECT * FROM operator_counts()")}
    further = [
        (title, dict(rows(f"SELECT * FROM {name}()")))  # noqa: S608 (names of our own functions)
        for title, name in registry.operator_counts
    ]
    found = Organization.objects.using(ALIAS).order_by("name", "pk")
    if slug:
        found = found.filter(slug=slug)
    return [_row(each, counts.get(each.pk, (0, 0, None)), further) for each in found]


def _row(
    each: Organization, counts: Sequence[Any], further: list[tuple[str, dict[Any, Any]]]
) -> OrganizationRow:
    people, storage, last_activity = counts
    return OrganizationRow(
        name=each.name,
        slug=each.slug,
        created_at=each.created_at,
        suspended_at=each.suspended_at,
        suspension_reason=each.suspension_reason,
        is_sample=each.is_sample,
        people=people,
        storage=storage,
        last_activity=last_activity,
        further=tuple((title, count.get(each.pk, 0)) for title, count in further),
    )


def entries_of(slug: str) -> list[OperatorEntry]:
    """The latest entries of operators into one organization."""
    found = OperatorEntry.unfiltered.using(ALIAS).filter(organization__slug=slug)
    return list(found.order_by("-pk")[:20])


def work_rows() -> list[WorkRow]:
    """Jobs and mails that are not done, by organization and state; what waits longest first."""
    names = dict(Organization.objects.using(ALIAS).values_list("pk", "name"))
    found = [WorkRow(names.get(row[0], ""), *row[1:]) for row in rows("SELECT * FROM operator_work()")]
    return sorted(found, key=lambda row: row.oldest)


def operators() -> list[dict[str, Any]]:
    found = Person.objects.using(ALIAS).filter(is_operator=True).order_by("name")
    return [dict(row) for row in found.values("name", "email", "is_active")]


def latest_events(limit: int = 100) -> list[EventRow]:
    events = list(OperatorEvent.objects.using(ALIAS).order_by("-seq")[:limit])
    people = {f"operator:{pk}": name for pk, name in Person.objects.using(ALIAS).values_list("pk", "name")}
    return [_event(event, people) for event in events]


def _event(event: OperatorEvent, people: dict[str, str]) -> EventRow:
    body = json.loads(event.body)
    after = ", ".join(f"{key}: {value}" for key, value in sorted(body.get("after", {}).items()))
    note = "; ".join(part for part in (body.get("reason", ""), after) if part)
    who = people.get(event.actor) or event.actor.replace(":", " ")
    return EventRow(event.seq or 0, event.at, who, event.action, event.organization_slug, note)


def settings_shown() -> Iterator[tuple[str, str]]:
    """Every setting without its value where that is a secret: only whether it is given."""
    for name, value, secret in configuration.shown(settings.CONFIGURATION):
        yield name, ("set" if value else "not set") if secret else value


def signing_fingerprint() -> str:
    return Signer.from_settings().fingerprint()


def database_version() -> str:
    return str(rows("SHOW server_version")[0][0])
