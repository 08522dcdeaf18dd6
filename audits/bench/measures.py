"""What is measured. Each function yields its figures; goals are those of the project's issue and design."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psycopg
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aims.core import trail
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.verification import verify
from audits.bench import packing, sample
from audits.bench.figures import Figure, Times, side_by_side, statements, timed
from audits.bench.sample import House
from audits.demo.seeding import seed
from inventory.models import AISystem
from inventory.services import systems as inventory

DEMO = "meridian-health"


class Unexpected(RuntimeError):
    """What was measured did not do what it should, so its time says nothing."""


@dataclass(frozen=True)
class Sizes:
    systems: int = 10_000
    requests: int = 200
    pages: int = 60
    pairs: int = 200
    trail_lines: int = 5_000
    pack_systems: int = 50


def all_figures(sizes: Sizes, *, super_url: str) -> Iterator[Figure]:
    """Everything in order; the import fills the organization that the lists are read from."""
    many = sample.house("bench-many")
    yield from importing(many, sizes)
    gather_statistics(super_url)
    yield from lists(many, sizes)
    yield from row_security(many, sizes, super_url=super_url)
    yield from trail_cost(many, sizes)
    yield from trail_check(many, sizes)
    yield from packs(sizes, build=packing.build_in_a_process)


def importing(house: House, sizes: Sizes) -> Iterator[Figure]:
    start = time.perf_counter()
    created = sample.import_rows(house, rows=sizes.systems)
    seconds = time.perf_counter() - start
    if created != sizes.systems:
        raise Unexpected(f"{created} of {sizes.systems} rows were imported")
    yield Figure(f"import of {sizes.systems} rows", seconds, "s", goal=20)


def gather_statistics(super_url: str) -> None:
    """What the server does by itself within a minute of a large import; the lists are measured after it."""
    with psycopg.connect(super_url, autocommit=True) as admin:
        admin.execute("ANALYZE")


def lists(house: House, sizes: Sizes) -> Iterator[Figure]:
    client = _signed_in(house)
    with acting_in(house.organization):
        newest = AISystem.objects.latest("pk")
    api = f"/api/v1/organizations/{house.slug}/systems"
    page = reverse("systems", args=[house.slug])
    record = reverse("system", args=[house.slug, newest.pk])
    yield from _request("list of 50, API", client, api, repeats=sizes.requests, queries=10, p95=25)
    yield from _request("list of 50, page", client, page, repeats=sizes.pages, queries=None, p95=120)
    yield from _request(
        "system, API", client, f"{api}/{newest.pk}", repeats=sizes.requests, queries=8, p95=None
    )
    yield from _request("system, page", client, record, repeats=sizes.pages, queries=None, p95=None)


def _request(
    name: str, client: Client, url: str, *, repeats: int, queries: int | None, p95: float | None
) -> Iterator[Figure]:
    _get(client, url)  # templates and addresses are read once
    with statements() as seen:
        _get(client, url)
    times = timed(lambda: _get(client, url), repeats=repeats)
    yield Figure(f"{name}: statements", len(seen), "queries", goal=queries)
    yield Figure(f"{name}: median", times.median * 1000, "ms")
    yield Figure(f"{name}: p95", times.p95 * 1000, "ms", goal=p95)


def _signed_in(house: House) -> Client:
    """A browser inside this process: the whole request without the network."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(house.lead.user, backend="django.contrib.auth.backends.ModelBackend")
    for signal in (request_started, request_finished):  # a web process keeps its connection as well
        signal.disconnect(close_old_connections)
    return client


def _get(client: Client, url: str) -> None:
    status = client.get(url).status_code
    if status != 200:
        raise Unexpected(f"{url} answered {status}")


def row_security(house: House, sizes: Sizes, *, super_url: str) -> Iterator[Figure]:
    """The statement of the API's list, as the application and as a superuser, whom row security passes by."""
    sql, params = _list_statement(house)
    with psycopg.connect(super_url) as unbound, acting_in(house.organization):
        bound: Any = connection.connection
        with_walls, without = side_by_side(
            lambda: bound.execute(sql, params).fetchall(),
            lambda: unbound.execute(sql, params).fetchall(),
            repeats=sizes.pairs,
        )
    yield _ratio("row security: list query", with_walls, without, "the same query as a superuser", goal=2.0)


def _list_statement(house: House) -> tuple[str, Any]:
    with statements() as seen:
        _get(_signed_in(house), f"/api/v1/organizations/{house.slug}/systems")
    return next((sql, params) for sql, params in seen if "inventory_aisystem" in sql and "LIMIT" in sql)


def trail_cost(house: House, sizes: Sizes) -> Iterator[Figure]:
    """An edit with its line in the trail, hash chain included, and the same edit without."""
    with acting_in(house.organization):
        system = AISystem.objects.earliest("pk")

    def edit() -> None:
        with acting_as(house.actor) as actor:
            system.refresh_from_db()
            wanted = "A" if system.version == "B" else "B"
            inventory.edit_system(
                actor=actor,
                system=system,
                row_version=system.row_version,
                changes={"version": wanted},
                now=timezone.now(),
            )

    def edit_untold() -> None:
        with mock.patch.object(trail, "record"):
            edit()

    told, untold = side_by_side(edit, edit_untold, repeats=sizes.pairs)
    yield Figure("edit of a system: median", told.median * 1000, "ms")
    yield _ratio("trail: edit of a system", told, untold, "the same edit without its line", goal=2.0)


def trail_check(house: House, sizes: Sizes) -> Iterator[Figure]:
    with acting_in(house.organization) as actor:
        for number in range(sizes.trail_lines):
            trail.record(actor, "bench.line", after={"number": number, "text": "as long as a usual line"})
    start = time.perf_counter()
    with acting_in(house.organization):
        check = verify(house.organization.pk)
    seconds = time.perf_counter() - start
    if not check.is_intact or check.count < sizes.trail_lines:
        raise Unexpected(f"the trail holds {check.count} lines, {len(check.bad)} of them bad")
    yield Figure("trail: lines verified per second", check.count / seconds, "lines/s")


def packs(sizes: Sizes, *, build: Callable[[str], packing.Built]) -> Iterator[Figure]:
    seed(DEMO, now=timezone.now(), passwords={})
    yield from _pack("demo pack", build(DEMO), least_pages=None)
    large = sample.house("bench-pack")
    sample.fill(large, systems=sizes.pack_systems)
    yield from _pack(f"pack of {sizes.pack_systems} systems", build(large.slug), least_pages=60)


def _pack(name: str, built: packing.Built, *, least_pages: int | None) -> Iterator[Figure]:
    """60 pages in 6 s of a quiet core are 100 ms a page, of processor time, which load lengthens least."""
    per_page = built.processor_seconds * 1000 / built.pages
    yield Figure(f"{name}: pages", built.pages, "pages", goal=least_pages, more_is_better=True)
    yield Figure(f"{name}: time", built.seconds, "s")
    yield Figure(f"{name}: processor time", built.processor_seconds, "s")
    yield Figure(f"{name}: processor time a page", per_page, "ms", goal=100)
    over_plain = built.processor_seconds / built.pages / built.plain_page_seconds
    yield Figure(
        f"{name}: a page",
        over_plain,
        "ratio",
        goal=1,
        ratio_to="a full page of one plain table, on the same machine",
    )
    yield Figure(f"{name}: size", built.megabytes, "MB")
    yield Figure(f"{name}: peak memory", built.peak_megabytes, "MB", goal=250)


def _ratio(name: str, one: Times, other: Times, ratio_to: str, *, goal: float) -> Figure:
    return Figure(name, one.median / other.median, "ratio", goal=goal, ratio_to=ratio_to)
