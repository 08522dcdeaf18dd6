"""What row security and the binding of a request cost: the same statements with and without them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from aims.core.models import Notification
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.db.base import BIND
from audits.bench.figures import Figure, side_by_side, statements
from audits.bench.sample import House
from inventory.models import AISystem
from inventory.queries import systems as queries

#: Stands in a captured statement where every run needs a value of its own.
FRESH = "bench-fresh-value"
FRESH_ID = 987_654_321_987
Statement = tuple[str, tuple[Any, ...]]


def row_security(house: House, *, pairs: int, super_url: str) -> Iterator[Figure]:
    """Each class of statement as `portal_app` in its scope, and as a superuser, whom no wall stops."""
    today = timezone.localdate()
    with acting_in(house.organization):
        classes = {
            "list of 50": _captured(
                lambda: list(queries.system_list_for_api(queries.in_view("", on=today)).order_by("id")[:50])
            ),
            "count": _captured(lambda: AISystem.objects.filter(is_in_scope=True).count()),
            "aggregate": _captured(
                lambda: list(
                    AISystem.objects.values("stage").annotate(n=Count("id", filter=Q(sourcing="own")))
                )
            ),
            "get": _captured(lambda: AISystem.objects.filter(pk=FRESH_ID).first()),
            "update": _captured(lambda: AISystem.objects.filter(pk=FRESH_ID).update(version=FRESH)),
            "insert": _captured(lambda: _a_notification(house)),
        }
        bound: Any = connection.connection
        # Alike in all but the role: a prepared statement on one side only would be a third faster.
        alike = {"prepare_threshold": bound.prepare_threshold, "cursor_factory": bound.cursor_factory}
        with psycopg.connect(super_url, **alike) as unbound:
            unbound.execute(BIND, [str(house.organization.pk), "", "", "", "", "{}", "none"])
            for side in (bound, unbound):  # an insert pays for its foreign keys here, not at commit
                side.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for name, statement in classes.items():
                ratio = _ratio(bound, unbound, statement, pairs=pairs)
                yield Figure(
                    f"row security: {name}",
                    ratio,
                    "ratio",
                    goal=1.2,
                    ratio_to="the same statement as a superuser",
                )
            unbound.rollback()
        transaction.set_rollback(True)


def _captured(ask: Callable[[], object]) -> Statement:
    """The one statement that the ORM makes of it."""
    with transaction.atomic():
        with statements() as seen:
            ask()
        transaction.set_rollback(True)
    sql, params = seen[0]
    return sql, tuple(params)


def _a_notification(house: House) -> None:
    Notification.objects.create(member=house.lead, dedupe=FRESH, text="Something is due.", url="/x")


def _ratio(bound: Any, unbound: Any, statement: Statement, *, pairs: int) -> float:
    """The two sides write different rows, so that neither waits for the other."""
    ids = list(AISystem.objects.order_by("pk").values_list("pk", flat=True))

    def run(side: Any, own: list[int]) -> Callable[[], object]:
        numbers, rows = itertools.count(), itertools.cycle(own)

        def once() -> object:
            cursor = side.execute(
                statement[0], _filled(statement[1], next(rows), f"{id(own)}-{next(numbers)}")
            )
            return cursor.fetchall() if cursor.description else None

        return once

    with_walls, without = side_by_side(run(bound, ids[::2]), run(unbound, ids[1::2]), repeats=pairs)
    return with_walls.median / without.median


def _filled(params: tuple[Any, ...], row: int, word: str) -> list[Any]:
    return [
        {FRESH_ID: row, FRESH: word[-20:]}.get(value, value) if isinstance(value, int | str) else value
        for value in params
    ]


def binding(house: House, *, pairs: int) -> Iterator[Figure]:
    """What a request pays for being bound to its organization: the transaction with and without."""
    actor = house.actor

    def with_binding() -> None:
        with acting_as(actor):
            pass

    def without() -> None:
        with transaction.atomic():
            pass

    bound, plain = side_by_side(with_binding, without, repeats=pairs)
    yield Figure("binding a request", (bound.median - plain.median) * 1000, "ms", goal=0.5)
