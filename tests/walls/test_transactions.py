"""Many transactions at once, of two organizations and of none, nested and failing: no row crosses over."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from django.db import DatabaseError, connection, connections, transaction

from aims.core.models import Member
from aims.core.tenancy.context import acting_in, actor_or_none
from tests.cast import build_house

THREADS = 8
TURNS = 250
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


@pytest.mark.django_db(transaction=True)
def test_no_row_crosses_over_in_thousands_of_mixed_transactions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("portal_app", "off")
    houses = [build_house(name, name.lower(), people=PEOPLE) for name in ("Meadow", "Harbour")]
    ids = [house.organization.pk for house in houses]

    with ThreadPoolExecutor(THREADS) as pool:
        tallies = list(pool.map(lambda seed: a_worker(seed, ids), range(THREADS)))

    assert [leak for tally in tallies for leak in tally.leaks] == []
    assert sum(tally.right for tally in tallies) > THREADS * TURNS * 0.8
    assert sum(tally.refused for tally in tallies) > THREADS * TURNS * 0.1


def a_worker(seed: int, ids: list[int]) -> Tally:
    """One thread with one connection, kept from one transaction to the next as in a worker process."""
    chance, tally = random.Random(seed), Tally()
    try:
        for _ in range(TURNS):
            chance.choice(WORK)(tally, *chance.sample(ids, 2))
            assert actor_or_none() is None
    finally:
        connections.close_all()
    return tally
