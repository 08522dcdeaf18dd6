"""What the trail costs those who write at the same time, in many organizations.

Edits as programs send them to the API, edits by the verb alone, and bare SQL.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import psycopg
from django.db import connections
from django.test import Client
from django.utils import timezone

from aims.core import keys, trail
from aims.core.actor import Actor
from aims.core.models import Member
from aims.core.tenancy.context import acting_as, acting_in
from audits.bench import sample
from audits.bench.figures import Figure
from inventory.models import AISystem
from inventory.services import systems as inventory

#: Seconds that a writer may take to start or to end before the bench gives up on it.
PATIENCE = 60


@dataclass(frozen=True)
class Writing:
    organizations: int = 100
    writers: int = 8
    seconds: float = 0.6
    #: Short ones in turns, so that a machine that gets busy slows both alike.
    rounds: int = 10


@dataclass(frozen=True)
class Target:
    """What the writers change in one organization."""

    actor: Actor
    slug: str
    key: str
    system_id: int
    members: tuple[int, ...]

    @property
    def organization_id(self) -> int:
        return self.actor.organization_id


Edit = Callable[[Target], bool]


def figures(sizes: Writing, *, seed: int, line: str, at: str) -> Iterator[Figure]:
    targets = [_target(number) for number in range(sizes.organizations)]
    where = f"by {sizes.writers} writers over {sizes.organizations} organizations"
    # A request takes longer than the verb: in rounds as short, too few would be counted to tell them apart.
    by_api = _told_to_untold(replace(sizes, seconds=5 * sizes.seconds), targets, seed, _edit_by_api)
    lines = "the same edits without their lines"
    yield Figure(f"trail: edits {where}", by_api, "ratio", goal=1.15, ratio_to=lines)
    by_verb = _told_to_untold(sizes, targets, seed, _edit)
    yield Figure(f"trail: edits {where}, by the verb", by_verb, "ratio", ratio_to=lines)
    yield from bare_statements(sizes, targets, seed=seed, values=(line, at))


def _target(number: int) -> Target:
    house = sample.house(f"bench-writers-{number}")
    with acting_as(house.actor) as actor:
        system = inventory.register_system(actor=actor, name="Sorting of letters", now=timezone.now())
    with acting_in(house.organization) as actor:
        scopes = ["systems:read", "systems:write"]
        _, key = keys.create_key(actor=actor, name="Bench", scopes=scopes, now=timezone.now())
        members = tuple(Member.objects.order_by("pk").values_list("pk", flat=True)[:2])
    return Target(house.actor, house.slug, key, system.pk, members)


def _told_to_untold(sizes: Writing, targets: list[Target], seed: int, edit: Edit) -> float:
    """How many edits are done without lines for each that is done with its line.

    Each writer is a process of its own, as web processes are.
    """
    told = untold = 0
    connections.close_all()  # a process must not share its parent's
    for _ in range(sizes.rounds):
        untold += _edits_by_all(sizes, targets, seed, edit, tell=False)
        told += _edits_by_all(sizes, targets, seed, edit, tell=True)
    return untold / max(told, 1)


def _edits_by_all(sizes: Writing, targets: list[Target], seed: int, edit: Edit, *, tell: bool) -> int:
    start = multiprocessing.get_context("fork")
    counts, ready = start.Queue(), start.Barrier(sizes.writers)
    processes = [
        start.Process(target=_edit_for, args=(sizes, targets, seed + number, edit, tell, ready, counts))
        for number in range(sizes.writers)
    ]
    for process in processes:
        process.start()
    done = sum(counts.get(timeout=PATIENCE) for _ in processes)
    for process in processes:
        process.join()
    return done


def _edit_for(
    sizes: Writing, targets: list[Target], seed: int, edit: Edit, tell: bool, ready: Any, counts: Any
) -> None:
    chance, done = random.Random(seed), 0  # noqa: S311 (places, not secrets)
    with nullcontext() if tell else mock.patch.object(trail, "record"):
        edit(chance.choice(targets))  # connects, and reads what is read once
        ready.wait(PATIENCE)
        until = time.monotonic() + sizes.seconds
        while time.monotonic() < until:
            done += edit(chance.choice(targets))
    connections.close_all()
    counts.put(done)


def _edit(target: Target) -> bool:
    with acting_as(target.actor) as actor:
        system = AISystem.objects.select_for_update().get(pk=target.system_id)
        inventory.edit_system(
            actor=actor,
            system=system,
            row_version=system.row_version,
            changes={"version": "A" if system.version == "B" else "B"},
            now=timezone.now(),
        )
    return True


#: System -> the version that the next edit names.
_seen: dict[int, int] = {}


def _edit_by_api(target: Target) -> bool:
    """A whole request, without the network. False where another writer was there first."""
    known = _seen.get(target.system_id) or _version_of(target)
    client = Client(headers={"Authorization": f"Bearer {target.key}"}, SERVER_NAME="localhost")
    answer = client.patch(
        f"/api/v1/organizations/{target.slug}/systems/{target.system_id}",
        {"row_version": known, "version": "A" if known % 2 else "B"},
        content_type="application/json",
    )
    if answer.status_code == 409:
        _seen[target.system_id] = _version_of(target)
        return False
    if answer.status_code != 200:
        raise RuntimeError(f"The edit was answered {answer.status_code}: {answer.content[:200]!r}")
    _seen[target.system_id] = answer.json()["row_version"]
    return True


def _version_of(target: Target) -> int:
    with acting_as(target.actor):
        return AISystem.objects.values_list("row_version", flat=True).get(pk=target.system_id)


@dataclass
class Tally:
    done: int = 0
    deadlocks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, done: int = 0, deadlocks: int = 0) -> None:
        with self.lock:
            self.done += done
            self.deadlocks += deadlocks


def bare_statements(
    sizes: Writing, targets: list[Target], *, seed: int, values: tuple[str, str]
) -> Iterator[Figure]:
    """Transactions that change two tracked rows, with the line of the trail and without, in turn."""
    told, untold = Tally(), Tally()
    for _ in range(sizes.rounds):
        _write_by_all(sizes, targets, seed, untold, None)
        _write_by_all(sizes, targets, seed, told, values)
    yield Figure(
        f"trail: two updates by {sizes.writers} writers, in SQL",
        untold.done / max(told.done, 1),
        "ratio",
        ratio_to="the same updates without the line's insert",
    )
    yield Figure("trail: deadlocks among them", told.deadlocks, "deadlocks", goal=0)


def _write_by_all(
    sizes: Writing, targets: list[Target], seed: int, tally: Tally, values: tuple[str, str] | None
) -> None:
    until = time.monotonic() + sizes.seconds
    threads = [
        threading.Thread(target=_write_for, args=(seed + number, until, targets, tally, values))
        for number in range(sizes.writers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _write_for(
    seed: int, until: float, targets: list[Target], tally: Tally, values: tuple[str, str] | None
) -> None:
    """In plain SQL as the application's login: the interpreter would hide what the database does."""
    chance = random.Random(seed)  # noqa: S311 (places, not secrets)
    parameters = connections["default"].get_connection_params()
    known = {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port")
        if name in parameters
    }
    with psycopg.connect(**known) as connection:
        while time.monotonic() < until:
            try:
                _write(connection, chance.choice(targets), values)
                tally.add(done=1)
            except psycopg.errors.DeadlockDetected:
                connection.rollback()
                tally.add(deadlocks=1)


def _write(connection: Any, target: Target, values: tuple[str, str] | None) -> None:
    with connection.transaction():
        connection.execute("SELECT set_config('app.current_org', %s, true)", [str(target.organization_id)])
        for member in target.members:
            connection.execute(
                "UPDATE core_member SET is_active = NOT is_active WHERE organization_id = %s AND id = %s",
                [target.organization_id, member],
            )
        if values is not None:
            connection.execute(
                "INSERT INTO core_trailevent"
                " (organization_id, body, at, actor, action, object_type, object_id) VALUES"
                " (%s, %s, %s, 'member:1', 'bench.line', 'risk.risk', 1)",
                [target.organization_id, *values],
            )
