"""Reads of concerns. Every one begins with who asks, and the database asks once more (sql/concerns.sql)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from aims.core import permissions
from aims.core.actor import Actor, ActorKind
from aims.core.models import Member
from inventory.enums import ConcernOutcome
from inventory.models import Concern, ConcernHandler
from inventory.rules.concerns import Group, ended_quarters, told_group


def is_handler(actor: Actor) -> bool:
    return actor.kind is ActorKind.MEMBER and bool(
        ConcernHandler.objects.filter(member_id=actor.member_id, ended_at=None).exists()
    )


def _read_by(member_id: int) -> Func:
    """They are named, it is not about them, and they are on its list once that is made."""
    return Func(
        F("organization_id"),
        F("pk"),
        Value(member_id),
        function="concern_read_by",
        output_field=BooleanField(),
    )


def concerns_of(actor: Actor) -> QuerySet[Any]:
    """What a person handles; never what somebody handles whom they stand for."""
    if actor.kind is not ActorKind.MEMBER or actor.member_id is None:
        return Concern.objects.none()
    return Concern.objects.alias(is_read=_read_by(actor.member_id)).filter(is_read=True)


def handles(actor: Actor, concern: Concern) -> bool:
    return concerns_of(actor).filter(pk=concern.pk).exists()


def reported_by(actor: Actor) -> QuerySet[Any]:
    if actor.member_id is None:
        return Concern.objects.none()
    return Concern.objects.filter(reporter_id=actor.member_id)


def readable(actor: Actor) -> QuerySet[Any]:
    """What a person may open at all: what they handle, and what they reported with their name."""
    pks = Q(pk__in=concerns_of(actor).values("pk")) | Q(pk__in=reported_by(actor).values("pk"))
    return Concern.objects.filter(pks).select_related("reporter", "organization")


def handlers_of(concern: Concern) -> list[Member]:
    """Who reads this concern now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT concern_readers(%s, %s)", [concern.organization_id, concern.pk])
        readers = [row[0] for row in cursor.fetchall()]
    return list(Member.objects.filter(pk__in=readers).order_by("pk"))


def people_who_may_handle() -> QuerySet[Member]:
    """Whose roles open concerns; those of an administrator alone do not."""
    found: QuerySet[Member] = Member.objects.with_role(*permissions.verbs()["inventory.handle_concern"].roles)
    return found


def handlers() -> QuerySet[Any]:
    return ConcernHandler.objects.filter(ended_at=None).select_related("member").order_by("id")


@dataclass(frozen=True)
class Waiting:
    """A concern without feedback, for the scheduler: when it came, and who is to be reminded."""

    concern_id: int
    received_at: datetime.datetime
    acknowledged_at: datetime.datetime | None
    readers: tuple[int, ...]


def waiting() -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT concern_id, received_at, acknowledged_at, readers FROM concerns_waiting()")
        found = cursor.fetchall()
    return [
        Waiting(number, received_at, acknowledged_at, tuple(readers))
        for number, received_at, acknowledged_at, readers in found
    ]


def statistics(today: datetime.date) -> list[Group]:
    """Closed concerns by the quarter they were closed in; one query. Small numbers are not told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quarter, outcome, number FROM concern_outcomes()")
        found = cursor.fetchall()
    counts: dict[str, dict[str, int]] = {}
    for name, outcome, number in found:
        counts.setdefault(name, {})[outcome] = number
    return [told_group(name, counts.get(name, {}), ConcernOutcome.values) for name in ended_quarters(today)]
