"""The control charts of a metric: limits of the process from its readings, beside those that were set."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aims.core.control_charts import ControlChart, Limit
from inventory.models import Metric
from inventory.queries.monitoring import Series
from inventory.rules import control_charts as rules
from inventory.rules.monitoring import Limits

LABELS = {
    "warning_low": "Warning below",
    "warning_high": "Warning above",
    "critical_low": "Critical below",
    "critical_high": "Critical above",
}
LINES = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """A row of the table that says what the picture shows."""

    at: datetime.datetime
    value: float
    size: int | None
    lower: float
    upper: float
    severity: str
    signals: Sequence[str]


@dataclass(frozen=True)
class Charts:
    panels: list[ControlChart]
    lines: list[Line]
    count: int
    #: readings without the size of their sample are not in a chart of shares
    left_out: int = 0


def charts_of(metric: Metric, group: str, series: Series) -> Charts:
    """Every reading enters the calculation; the table lists the newest and those that stand out."""
    is_usable = [not metric.is_share or bool(size) for size in series.sizes]
    moments, values = _kept(series.moments, is_usable), _kept(series.values, is_usable)
    sizes = [size or 0 for size in _kept(series.sizes, is_usable)]
    left_out = len(series.values) - len(values)
    if not values:
        return Charts([], [], 0, left_out)
    chart = rules.shares(values, sizes) if metric.is_share else rules.individuals(values)
    signals, limits = rules.signals(chart.scores), metric.limits_for(group)
    panels = [
        ControlChart(
            title="Shares of the samples" if metric.is_share else "Readings",
            moments=moments,
            values=values,
            center=chart.center,
            lower=chart.lower,
            upper=chart.upper,
            marked=signals,
            limits=list(_set_limits(limits)),
            unit=metric.unit,
        )
    ]
    if not metric.is_share and len(values) > 1:
        panels.append(_ranges(moments, values, metric.unit))
    return Charts(panels, list(_lines(moments, values, sizes, chart, signals, limits)), len(values), left_out)


def _kept(column: Sequence[T], is_usable: Sequence[bool]) -> list[T]:
    return [each for each, usable in zip(column, is_usable, strict=True) if usable]


def _set_limits(limits: Limits) -> Iterator[Limit]:
    for bound, label in LABELS.items():
        value = getattr(limits, bound)
        if value is not None:
            yield Limit(label, value, "bad" if bound.startswith("critical") else "warn")


def _ranges(moments: Sequence[datetime.datetime], values: Sequence[float], unit: str) -> ControlChart:
    chart = rules.moving_range(values)
    return ControlChart(
        title="Moving range",
        moments=moments[1:],
        values=chart.values,
        center=chart.center,
        lower=chart.lower,
        upper=chart.upper,
        marked={place: ["Beyond the limits"] for place in rules.beyond_limits(chart.scores)},
        unit=unit,
    )


def _lines(
    moments: Sequence[datetime.datetime],
    values: Sequence[float],
    sizes: Sequence[int],
    chart: rules.Chart,
    signals: dict[int, list[str]],
    limits: Limits,
) -> Iterator[Line]:
    """The newest first; what stands out comes before what does not when there are too many."""
    places = range(len(values))
    standing_out = [place for place in places if place in signals][-LINES:]
    newest = list(places[-(LINES - len(standing_out)) :]) if len(standing_out) < LINES else []
    for place in sorted({*standing_out, *newest}, reverse=True):
        yield Line(
            at=moments[place],
            value=values[place],
            size=sizes[place] or None,
            lower=chart.lower[place],
            upper=chart.upper[place],
            severity=limits.severity_of(values[place]),
            signals=signals.get(place, ()),
        )
