"""Many transactions at once, of two organizations and of none, nested and failing: no row crosses over."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections

from aims.core.models import Member
from aims.core.tenancy.context import acting_in, actor_or_none
from aims.core.tenancy.db import base
from aims.launch import roles
from audits.bench.leaks import WORK, LeakSizes, Tally, leaks, pooled
from tests.cast import build_house
from tests.conftest import super_url

THREADS = 8
TURNS = 250
POOLED_TURNS = 60
PEOPLE = {"lead": ("Lena Lead", ["compliance_lead"])}


@pytest.fixture
def connection_pool(transactional_db: None) -> Iterator[Any]:
    """Fewer connections than threads, each handed on after every piece of work."""
    with pooled(most=3) as pool:
        yield pool


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


@pytest.mark.django_db(transaction=True)
def test_the_bench_finds_no_leak_among_requests_cancelled_statements_and_killed_connections() -> None:
    sizes = LeakSizes(transactions=800, threads=4, organizations=4, connections=2)
    unbound = roles.address(super_url(), database=connection.settings_dict["NAME"])

    found = {figure.name.partition(": ")[2]: figure.value for figure in leaks(sizes, super_url=unbound)}

    assert found["rows of another organization"] == 0
    assert found["transactions"] == 800
    assert found["right"] > 400 and found["refused"] > 50 and found["answered"] > 10
    assert found["connections handed out by the pool"] > 800
    assert found["statements cancelled from outside"] > 0 and found["connections killed from outside"] > 0


@pytest.mark.django_db(transaction=True)
def test_the_bench_sees_a_binding_that_outlives_its_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pool would hand it on, were the settings those of the session."""
    monkeypatch.setattr(base, "BIND", base.BIND.replace("true", "false"))
    sizes = LeakSizes(transactions=200, threads=2, organizations=2, connections=1)
    unbound = roles.address(super_url(), database=connection.settings_dict["NAME"])

    found = {figure.name.partition(": ")[2]: figure for figure in leaks(sizes, super_url=unbound)}

    assert not found["rows of another organization"].ok
    assert found["rows of another organization"].value > 10


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_could_not_be_bound_is_not_taken_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = build_house("Meadow", "meadow", people=PEOPLE)

    with monkeypatch.context() as broken:
        broken.setattr(base, "BIND", "SELECT %s, %s, %s, %s, %s, 1/0")
        with pytest.raises(DatabaseError), acting_in(house.organization):
            pytest.fail("nobody is bound")

    assert connection.get_autocommit()
    with acting_in(house.organization):
        assert Member.unfiltered.count() == len(PEOPLE)
