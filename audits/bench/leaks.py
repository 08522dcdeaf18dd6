"""Many transactions at once on few connections, many of them failing: whether a row crosses over."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from aims.core import keys
from aims.core.models import Member
from aims.core.tenancy.context import acting_in, actor_or_none
from audits.bench import sample
from audits.bench.figures import Figure
from inventory.services import systems as inventory

REQUESTS_SHARE = 0.05
BROKEN = (DatabaseError, InterfaceError)
LONGEST_WAIT_FOR_A_CONNECTION = 30
DISTURB = """SELECT {}(pid) FROM pg_stat_activity
 WHERE usename = 'portal_app' AND datname = current_database() ORDER BY random() LIMIT 1"""


@dataclass(frozen=True)
class LeakSizes:
    transactions: int = 100_000
    threads: int = 8
    organizations: int = 100
    connections: int = 4
    disturbed_every_seconds: float = 0.05


class Stopped(Exception):
    """Something went wrong in the middle of a piece of work."""


@dataclass
class Tally:
    right: int = 0
    refused: int = 0
    answered: int = 0
    broken: int = 0
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
    with suppress(Stopped), acting_in(here):
        tally.expect(here)
        raise Stopped


def failing_inside(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        with suppress(Stopped), acting_in(there):
            tally.expect(there)
            raise Stopped
        tally.expect(here)


def broken_statement(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        _break_off(there, "SELECT 1/0")
        tally.expect(here)


def cancelled_statement(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        _break_off(there, "SET LOCAL statement_timeout = 5", "SELECT pg_sleep(1)")
        tally.expect(here)


def _break_off(there: int, *statements: str) -> None:
    with suppress(DatabaseError), acting_in(there), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def savepoints(tally: Tally, here: int, there: int) -> None:
    with acting_in(here), transaction.atomic():
        with transaction.atomic():
            transaction.set_rollback(True)
        tally.expect(here)


def written(tally: Tally, here: int, there: int) -> None:
    with acting_in(here):
        touched = Member.unfiltered.update(is_active=True)
        tally.expect(here)
        if touched != Member.unfiltered.filter(organization_id=here).count():
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


@dataclass(frozen=True)
class Tenant:
    """An organization with one system whose name says whose it is, and a program with a key to it."""

    organization_id: int
    slug: str
    system_id: int
    key: str

    @property
    def system_name(self) -> str:
        return f"System of {self.slug}"

    def ask(self, tally: Tally, foreign: Tenant) -> None:
        """Through the whole middleware: the own list, and a system of another organization."""
        headers = {"Authorization": f"Bearer {self.key}"}
        client = Client(headers=headers, raise_request_exception=False, SERVER_NAME="localhost")
        api = f"/api/v1/organizations/{self.slug}/systems"
        listed, theirs = client.get(api), client.get(f"{api}/{foreign.system_id}")
        if {listed.status_code, theirs.status_code} & {500, 503}:
            tally.broken += 1
            return
        statuses, told = (listed.status_code, theirs.status_code), [*_names(listed), *_names(theirs)]
        if statuses != (200, 404) or told != [self.system_name]:
            tally.leaks.append(f"{self.slug} was told {statuses} {told}")
        tally.answered += 1


def _names(answer: Any) -> list[str]:
    return re.findall(r"System of [a-z0-9-]+", answer.content.decode())


@contextmanager
def pooled(*, most: int) -> Iterator[Any]:
    """Connections that are handed on after every piece of work, fewer of them than threads."""
    configured = connection.settings_dict
    kept = {key: configured[key] for key in ("OPTIONS", "CONN_MAX_AGE")}
    connection.close()
    pool = {"min_size": 1, "max_size": most, "timeout": LONGEST_WAIT_FOR_A_CONNECTION}
    configured["OPTIONS"] = configured["OPTIONS"] | {"pool": pool}
    configured["CONN_MAX_AGE"] = 0
    wrapper: Any = connection
    try:
        yield wrapper.pool
    finally:
        connection.close()
        wrapper.close_pool()
        configured.update(kept)


def leaks(sizes: LeakSizes, *, super_url: str) -> Iterator[Figure]:
    tenants = [_tenant(f"leaks-{number:03}") for number in range(sizes.organizations)]
    connections.close_all()
    turns = sizes.transactions // sizes.threads
    with pooled(most=sizes.connections) as pool, _disturbed(super_url, sizes) as done:
        with ThreadPoolExecutor(sizes.threads) as threads:
            tallies = list(threads.map(lambda seed: _mixed(seed, tenants, turns), range(sizes.threads)))
        handed_out = pool.get_stats()["requests_num"]
    found = [leak for tally in tallies for leak in tally.leaks]
    for leak in found[:5]:
        yield Figure(f"leaks: {leak}", 1, "rows", goal=0)
    yield Figure("leaks: rows of another organization", len(found), "rows", goal=0)
    yield Figure("leaks: transactions", turns * sizes.threads, "")
    yield Figure("leaks: connections handed out by the pool", handed_out, "")
    for what in ("right", "refused", "answered", "broken"):
        yield Figure(f"leaks: {what}", sum(getattr(tally, what) for tally in tallies), "")
    yield Figure("leaks: statements cancelled from outside", done["pg_cancel_backend"], "")
    yield Figure("leaks: connections killed from outside", done["pg_terminate_backend"], "")


def _tenant(slug: str) -> Tenant:
    house = sample.house(slug)
    with acting_in(house.organization) as actor:
        system = inventory.register_system(
            actor=actor, name=f"System of {slug}", owner=house.lead, now=timezone.now()
        )
        _, key = keys.create_key(actor=actor, name="Bench", scopes=["systems:read"], now=timezone.now())
    return Tenant(house.organization.pk, slug, system.pk, key)


def _mixed(seed: int, tenants: list[Tenant], turns: int) -> Tally:
    """One thread: every piece of work on whatever connection the pool gives."""
    chance, tally = random.Random(seed), Tally()  # noqa: S311 (the same each time)
    for _ in range(turns):
        here, there = chance.sample(tenants, 2)
        try:
            if chance.random() < REQUESTS_SHARE:
                here.ask(tally, there)
            else:
                work = chance.choice([*WORK, cancelled_statement])
                work(tally, here.organization_id, there.organization_id)
        except BROKEN:
            tally.broken += 1
        finally:
            connections["default"].close()
        if actor_or_none() is not None:
            tally.leaks.append(f"{here.slug} is still acted in")
    return tally


@contextmanager
def _disturbed(super_url: str, sizes: LeakSizes) -> Iterator[dict[str, int]]:
    """Somebody who cancels statements and kills connections in turns, wherever they are."""
    done = {"pg_cancel_backend": 0, "pg_terminate_backend": 0}
    over = threading.Event()

    def disturb() -> None:
        with psycopg.connect(super_url, autocommit=True) as admin:
            while not over.wait(sizes.disturbed_every_seconds):
                act = min(done, key=lambda each: done[each])
                done[act] += admin.execute(DISTURB.format(act)).rowcount  # type: ignore[arg-type]

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()
