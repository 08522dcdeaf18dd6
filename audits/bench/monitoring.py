"""How fast readings of metrics are taken, and how fast the chart of many is drawn."""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Iterator

from django.template.loader import render_to_string
from django.utils import timezone

from aims.core.tenancy.context import acting_as
from audits.bench.figures import Figure, timed
from audits.bench.sample import House
from inventory import metric_charts
from inventory.enums import MetricSource
from inventory.models import Metric
from inventory.queries import monitoring as queries
from inventory.rules.monitoring import MOST_IN_A_BATCH
from inventory.services import metrics, readings
from inventory.services import systems as inventory
from inventory.services.readings import Sent

SEED, METRICS = 42001, 10
STEP = datetime.timedelta(minutes=10)


def figures(house: House, *, count: int, charts: int = 10) -> Iterator[Figure]:
    with acting_as(house.actor):
        found = [_metric(house, number) for number in range(METRICS)]
        yield from _taken(house, found, count)
        yield from _drawn(found[0], charts)


def _metric(house: House, number: int) -> Metric:
    now = timezone.now()
    system = inventory.register_system(
        actor=house.actor, name=f"Measured {number}", stage="operation_monitoring", now=now
    )
    return metrics.register_metric(
        actor=house.actor,
        system=system,
        name="Sensitivity",
        kind="accuracy",
        direction="higher",
        warning_low=0.85,
        critical_low=0.8,
        now=now,
    )


def _taken(house: House, found: list[Metric], count: int) -> Iterator[Figure]:
    """In batches as large as the API takes, over ten metrics by turns."""
    chance, now = random.Random(SEED), timezone.now()  # noqa: S311 - not for secrets
    start, stored = time.perf_counter(), 0
    for first in range(0, count, MOST_IN_A_BATCH):
        sent = [
            Sent(
                found[place % METRICS].reference,
                round(chance.gauss(0.93, 0.02), 4),
                now - STEP * (count - place // METRICS),
                client_id=f"r{place}",
            )
            for place in range(first, min(first + MOST_IN_A_BATCH, count))
        ]
        outcome = readings.record_readings(actor=house.actor, sent=sent, source=MetricSource.API, now=now)
        stored += outcome.accepted
    seconds = time.perf_counter() - start
    if stored != count:
        raise RuntimeError(f"{stored} of {count} readings were stored")
    yield Figure(f"monitoring: {count} readings in batches", seconds, "s", goal=30)


def _drawn(metric: Metric, repeats: int) -> Iterator[Figure]:
    """Asking for the readings, computing limits and run rules, and the picture itself."""
    drawn = 0

    def draw() -> None:
        nonlocal drawn
        series = queries.series_of(metric, "", since=None, until=timezone.now())
        drawn = len(series.values)
        for chart in metric_charts.charts_of(metric, "", series).panels:
            render_to_string("core/_control_chart.html", {"chart": chart})

    times = timed(draw, repeats=repeats)
    yield Figure(f"monitoring: chart of {drawn} readings", times.median * 1000, "ms", goal=150)
