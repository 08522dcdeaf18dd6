"""What `./portal bench` can measure: one line an area. An area yields its figures from the shared bench."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg

from audits.bench import measures, monitoring, packing, sample, walls
from audits.bench.chaos.matrix import chaos as chaos_figures
from audits.bench.figures import Figure
from audits.bench.leaks import LeakSizes
from audits.bench.leaks import leaks as leak_figures
from audits.bench.measures import Sizes
from audits.bench.sample import House
from audits.bench.trail import TrailSizes, trail_figures


@dataclass
class Bench:
    """What areas share. The organization that lists are read from is filled when the first area asks."""

    sizes: Sizes
    super_url: str

    @cached_property
    def imported(self) -> tuple[House, float]:
        """An organization with an imported inventory, and the seconds that the import took."""
        house = sample.house("bench-many")
        start = time.perf_counter()
        created = sample.import_rows(house, rows=self.sizes.systems)
        seconds = time.perf_counter() - start
        if created != self.sizes.systems:
            raise measures.Unexpected(f"{created} of {self.sizes.systems} rows were imported")
        self._gather_statistics()
        return house, seconds

    @property
    def many(self) -> House:
        return self.imported[0]

    def _gather_statistics(self) -> None:
        """What the server does by itself within a minute of a large import; lists are measured after it."""
        with psycopg.connect(self.super_url, autocommit=True) as admin:
            admin.execute("ANALYZE")


def importing(bench: Bench) -> Iterator[Figure]:
    yield Figure(f"import of {bench.sizes.systems} rows", bench.imported[1], "s", goal=20)


def requests(bench: Bench) -> Iterator[Figure]:
    yield from measures.lists(bench.many, bench.sizes)


def tenancy(bench: Bench) -> Iterator[Figure]:
    yield from walls.row_security(bench.many, pairs=bench.sizes.pairs, super_url=bench.super_url)
    yield from walls.binding(bench.many, pairs=bench.sizes.pairs)


def trail(bench: Bench) -> Iterator[Figure]:
    yield from measures.trail_cost(bench.many, bench.sizes)
    yield from measures.trail_check(bench.many, bench.sizes)


def chain(bench: Bench) -> Iterator[Figure]:
    yield from trail_figures(TrailSizes(), super_url=bench.super_url)


def packs(bench: Bench) -> Iterator[Figure]:
    yield from measures.packs(bench.sizes, build=packing.build_in_a_process)


def leaks(bench: Bench) -> Iterator[Figure]:
    yield from leak_figures(LeakSizes(), super_url=bench.super_url)


def chaos(bench: Bench) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as home:
        yield from chaos_figures(Path(home), super_url=bench.super_url)


def monitored(bench: Bench) -> Iterator[Figure]:
    yield from monitoring.figures(sample.house("bench-monitoring"), count=bench.sizes.readings)


AREAS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "import": importing,
    "requests": requests,
    "tenancy": tenancy,
    "trail": trail,
    "chain": chain,
    "packs": packs,
    "leaks": leaks,
    "chaos": chaos,
    "monitoring": monitored,
}
#: Measured only when named: they take long or stop and start programs.
BY_NAME: frozenset[str] = frozenset({"leaks", "chaos"})


def figures(bench: Bench, names: list[str]) -> Iterator[Figure]:
    """Of the areas named, in their order; of all that need not be named otherwise."""
    for name, measure in AREAS.items():
        if name in names or (not names and name not in BY_NAME):
            yield from measure(bench)
