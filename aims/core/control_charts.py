"""Geometry of control charts: values with a centre and limits along time, made small enough to draw."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

WIDTH, HEIGHT = 900, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 30
#: More points than that are drawn by stretches; each shows its lowest and highest value.
MOST_POINTS, STRETCHES = 600, 300


@dataclass(frozen=True)
class Limit:
    """A line that somebody set; tone is "warn" or "bad"."""

    label: str
    value: float
    tone: str


@dataclass(frozen=True)
class ControlChart:
    """One panel in order of time. `marked`: place -> why the point stands out."""

    title: str
    moments: Sequence[datetime.datetime]
    values: Sequence[float]
    center: float
    lower: Sequence[float]
    upper: Sequence[float]
    marked: Mapping[int, Sequence[str]] = field(default_factory=dict)
    limits: Sequence[Limit] = ()
    unit: str = ""

    @cached_property
    def placed(self) -> Placed:
        return place_chart(self)

    @property
    def summary(self) -> str:
        """What the picture shows, in a sentence."""
        count, marks = len(self.values), len(self.marked)
        return (
            f"{self.title}: {count} readings, the last {self.values[-1]:.4g}, centre {self.center:.4g}, "
            f"control limits {self.lower[-1]:.4g} to {self.upper[-1]:.4g}, {marks} marked"
        )


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Placed:
    """Everything in the coordinates of the picture."""

    line: list[tuple[float, float]]
    points: list[tuple[float, float]]
    marks: list[Mark]
    center: float
    lower: list[tuple[float, float]]
    upper: list[tuple[float, float]]
    limits: list[tuple[Limit, float]]
    across: list[Tick]
    up: list[Tick]
    is_thinned: bool


def drawn_places(values: Sequence[float], marked: Mapping[int, Sequence[str]]) -> list[int]:
    """All of them, or of each stretch the lowest, the highest, and the outermost that is marked."""
    count = len(values)
    if count <= MOST_POINTS:
        return list(range(count))
    kept: set[int] = {0, count - 1}
    for stretch in range(STRETCHES):
        places = range(stretch * count // STRETCHES, (stretch + 1) * count // STRETCHES)
        low, high = min(places, key=values.__getitem__), max(places, key=values.__getitem__)
        kept |= {low, high}
        middle = (values[low] + values[high]) / 2
        inside = [place for place in places if place in marked]
        if inside:
            kept.add(max(inside, key=lambda place: abs(values[place] - middle)))
    return sorted(kept)


def place_chart(chart: ControlChart) -> Placed:
    places = drawn_places(chart.values, chart.marked)
    first, last = chart.moments[0], chart.moments[-1]
    span = (last - first).total_seconds()
    low, high = _range(chart)

    def across(place: int) -> float:
        share = (chart.moments[place] - first).total_seconds() / span if span else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def up(value: float) -> float:
        return round(TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    line = [(across(place), up(chart.values[place])) for place in places]
    return Placed(
        line=line,
        points=line if len(places) <= 120 else [],
        marks=[
            Mark(across(place), up(chart.values[place]), ", ".join(chart.marked[place]))
            for place in places
            if place in chart.marked
        ],
        center=up(chart.center),
        lower=_steps([(across(place), up(chart.lower[place])) for place in places]),
        upper=_steps([(across(place), up(chart.upper[place])) for place in places]),
        limits=[(limit, up(limit.value)) for limit in chart.limits if low <= limit.value <= high],
        across=_days(first, last),
        up=[Tick(up(value), f"{value:.4g}") for value in _rounds(low, high)],
        is_thinned=len(places) < len(chart.values),
    )


def _range(chart: ControlChart) -> tuple[float, float]:
    """All values and both kinds of limits fit, with a little air."""
    shown = [*chart.values, *chart.lower, *chart.upper, *(limit.value for limit in chart.limits)]
    low, high = min(shown), max(shown)
    air = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - air, high + air


def _steps(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Limits stay until the next point: corners, and none where the height stays."""
    cornered: list[tuple[float, float]] = points[:1]
    for x, y in points[1:]:
        if y != cornered[-1][1]:
            cornered += [(x, cornered[-1][1]), (x, y)]
    if points and cornered[-1] != points[-1]:
        cornered.append(points[-1])
    return cornered


def _days(first: datetime.datetime, last: datetime.datetime) -> list[Tick]:
    width, span = WIDTH - LEFT - RIGHT, last - first
    if not span:
        return [Tick(LEFT + width / 2, _day(first))]
    return [Tick(round(LEFT + width * part / 4, 1), _day(first + span * part / 4)) for part in range(5)]


def _day(moment: datetime.datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def _rounds(low: float, high: float) -> list[float]:
    """About five round numbers between."""
    step = 10.0 ** len(str(int(high - low))) if high - low >= 1 else 1.0
    while (high - low) / step < 4:
        step /= 10
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= 6:
            step *= factor
            break
    first = -(-low // step)
    return [
        round((first + place) * step, 12) for place in range(int((high - first * step) / step + 1e-9) + 1)
    ]
