"""Many transactions at once, of two organizations and of none, nested and failing: no row crosses over."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from aims.core.models import Member
from aims.core.tenancy.context import acting_in, actor_or_none
from tests.cast import build_house

THREADS = 8
TURNS = 250
POOLED_TURNS = 60
PEOPLE = {"lead": ("Lena Lead", ["compliance_lead"])}


class Stopped(Exception):
    """Something went wrong in the middle of a piece of work."""


@dataclass
class Tally:
    right: int = 0
    refused: int = 0
    leaks: list[str] = field(default_factory=list)

    def expect(self, organization_id: int) -> None:
        """Row security alone answers here: `unfiltered` adds no condition."""
        seen = set(Member.unfiltered.values_list("organization_id", flat=True))
        if seen == {organization_id}:
            self.right += 1
        else:
            self.leaks.append(f"in {organization_id} saw {seen}")

    def expect_refusal(self) -> None:
        try:
            with transaction.atomic():
                self.leaks.append(f"outside saw {list(Member.unfiltered.values_list('pk', flat=True))}")
        except DatabaseError:
            self.refused += 1


def plain(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        tally.expect(here)


def nested(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        with acting_in(there):
            tally.expect(there)
        tally.expect(here)


def failing(tally: Tally, here: int, there: int) -> None:
    with pytest.raises(Stopped), acting_in(here):
        tally.expect(here)
        raise Stopped


def failing_inside(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        with pytest.raises(Stopped), acting_in(there):
            tally.expect(there)
            raise Stopped
        tally.expect(here)


def broken_statement(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        with pytest.raises(DatabaseError), acting_in(there):
            list(Member.unfiltered.raw("SELECT 1/0 AS id"))
        tally.expect(here)


def savepoints(tally: Tally, here: int, there: int) -> None:
    with acting_in(here), transaction.atomic():
        with transaction.atomic():
            transaction.set_rollback(True)
        tally.expect(here)


def written(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        touched = Member.unfiltered.update(is_active=True)
        tally.expect(here)
        if touched != len(PEOPLE):
            tally.leaks.append(f"in {here} wrote {touched} rows")


def outside(tally: Tally, here: int, there: int) -> None:
    tally.expect_refusal()


def outside_after_work(tally: Tally, here: int, there: int) -> None:
    plain(tally, here, there)
    tally.expect_refusal()


WORK: list[Callable[[Tally, int, int], None]] = [
    plain,
    nested,
    failing,
    failing_inside,
    broken_statement,
    savepoints,
    written,
    outside,
    outside_after_work,
]


@pytest.fixture
def connection_pool(transactional_db: None) -> Iterator[Any]:
    """Fewer connections than threads, each handed on after every piece of work."""
    configured = connection.settings_dict
    kept = {key: configured[key] for key in ("OPTIONS", "CONN_MAX_AGE")}
    connection.close()
    configured["OPTIONS"] = configured["OPTIONS"] | {"pool": {"min_size": 1, "max_size": 3, "timeout": 120}}
    configured["CONN_MAX_AGE"] = 0
    wrapper: Any = connection
    yield wrapper.pool
    connection.close()
    wrapper.close_pool()
    configured.update(kept)


@pytest.mark.django_db(transaction=True)
def test_no_row_crosses_over_in_thousands_of_mixed_transactions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("portal_app", "off")

    expect_no_leak(turns=TURNS, hands_on=False)


def test_no_row_crosses_over_on_connections_that_a_pool_hands_from_thread_to_thread(
    connection_pool: Any,
) -> None:
    expect_no_leak(turns=POOLED_TURNS, hands_on=True)

    figures = connection_pool.get_stats()
    assert figures["pool_size"] <= 3
    assert figures["requests_num"] > THREADS * POOLED_TURNS


def expect_no_leak(*, turns: int, hands_on: bool) -> None:
    houses = [build_house(name, name.lower(), people=PEOPLE) for name in ("Meadow", "Harbour")]
    ids = [house.organization.pk for house in houses]
    connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        tallies = list(pool.map(lambda seed: a_worker(seed, ids, turns, hands_on=hands_on), range(THREADS)))

    assert [leak for tally in tallies for leak in tally.leaks] == []
    assert sum(tally.right for tally in tallies) > THREADS * turns * 0.8
    assert sum(tally.refused for tally in tallies) > THREADS * turns * 0.1


def a_worker(seed: int, ids: list[int], turns: int, *, hands_on: bool) -> Tally:
    """One thread with one connection, kept from one transaction to the next as in a worker process,
    or given back to the pool after each."""
    chance, tally = random.Random(seed), Tally()
    try:
        for _ in range(turns):
            chance.choice(WORK)(tally, *chance.sample(ids, 2))
            assert actor_or_none() is None
            if hands_on:
                connections["default"].close()
    finally:
        connections.close_all()
    return tally
