"""What is measured. Each function yields its figures; goals are those of the project's issue and design."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest import mock
from urllib.parse import urlencode

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aims.core import limits, trail
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.verification import verify
from audits.bench import packing, sample
from audits.bench.figures import Figure, Times, side_by_side, statements, timed
from audits.bench.sample import House
from audits.demo.seeding import seed
from inventory.models import AISystem
from inventory.services import systems as inventory

DEMO = "meridian-health"
#: Requests a minute that the measuring person may make; a real one is slowed down long before.
UNHINDERED = 1_000_000


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
    readings: int = 100_000


def lists(house: House, sizes: Sizes) -> Iterator[Figure]:
    client = _signed_in(house)
    with acting_in(house.organization):
        newest = AISystem.objects.latest("pk")
    api = f"/api/v1/organizations/{house.slug}/systems"
    page = reverse("systems", args=[house.slug])
    record = reverse("system", args=[house.slug, newest.pk])
    with mock.patch.object(limits, "PER_PERSON", UNHINDERED):
        yield from _request("list of 50, API", client, api, repeats=sizes.requests, queries=10, p95=25)
        yield from _request("list of 50, page", client, page, repeats=sizes.pages, queries=12, p95=120)
        for found, text in (("many", "system"), ("one", newest.reference), ("nothing", "no such word")):
            query = urlencode({"q": text})
            yield from _request(
                f"search that finds {found}, API",
                client,
                f"{api}?{query}",
                repeats=sizes.pages,
                queries=10,
                p95=100,
            )
            yield from _request(
                f"search that finds {found}, page",
                client,
                f"{page}?{query}",
                repeats=sizes.pages,
                queries=12,
                p95=100,
            )
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
    """Goals are those that no machine stretches: see docs/bench.md for where they come from."""
    per_page = built.processor_seconds / built.pages
    yield Figure(f"{name}: pages", built.pages, "pages", goal=least_pages, more_is_better=True)
    yield Figure(f"{name}: time", built.seconds, "s")
    yield Figure(f"{name}: processor time", built.processor_seconds, "s")
    yield Figure(f"{name}: processor time a page", per_page * 1000, "ms")
    yield Figure(
        f"{name}: a page",
        per_page / built.plain_page_seconds,
        "ratio",
        goal=0.65,
        ratio_to="a full page of one plain table, on the same machine",
    )
    yield Figure(f"{name}: size", built.megabytes, "MB")
    yield Figure(f"{name}: peak memory", built.peak_megabytes, "MB")
    yield Figure(f"{name}: memory of the pack", built.own_megabytes, "MB", goal=180)


def _ratio(name: str, one: Times, other: Times, ratio_to: str, *, goal: float) -> Figure:
    return Figure(name, one.median / other.median, "ratio", goal=goal, ratio_to=ratio_to)
