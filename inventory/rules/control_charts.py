"""Control charts by Shewhart: limits from the readings themselves, and the rules that name unusual runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

#: Constants for moving ranges of two: the mean range in standard deviations, and its upper limit.
D2, D4 = 1.128, 3.267
SIGMAS = 3
EVEN = 1e-12

Scores = Sequence[float]
RunRule = Callable[[Scores], list[int]]


@dataclass(frozen=True)
class Chart:
    """One panel: values with a centre and limits that may differ from point to point."""

    values: Sequence[float]
    center: float
    lower: Sequence[float]
    upper: Sequence[float]
    #: distance from the centre in standard deviations
    scores: Sequence[float]


def individuals(values: Sequence[float]) -> Chart:
    """Single values; the spread is estimated from the ranges between neighbours."""
    center = sum(values) / len(values)
    ranges = moving_ranges(values)
    sigma = sum(ranges) / len(ranges) / D2 if ranges else 0.0
    count = len(values)
    return Chart(
        values=values,
        center=center,
        lower=[center - SIGMAS * sigma] * count,
        upper=[center + SIGMAS * sigma] * count,
        scores=[_score(value - center, sigma) for value in values],
    )


def moving_range(values: Sequence[float]) -> Chart:
    """The ranges between neighbours; the first stands at the second reading."""
    ranges = moving_ranges(values)
    center = sum(ranges) / len(ranges) if ranges else 0.0
    upper = D4 * center
    # Above the limit or not is all that is asked of ranges: their distribution is not symmetrical.
    scores = [float(SIGMAS + 1) if each > upper + EVEN else 0.0 for each in ranges]
    return Chart(ranges, center, [0.0] * len(ranges), [upper] * len(ranges), scores)


def moving_ranges(values: Sequence[float]) -> list[float]:
    return [abs(second - first) for first, second in pairwise(values)]


def shares(values: Sequence[float], sizes: Sequence[int]) -> Chart:
    """Shares of samples of different sizes; a larger sample has closer limits."""
    center = sum(share * size for share, size in zip(values, sizes, strict=True)) / sum(sizes)
    spread = sqrt(max(center * (1 - center), 0.0))
    sigmas = [spread / sqrt(size) for size in sizes]
    return Chart(
        values=values,
        center=center,
        lower=[max(0.0, center - SIGMAS * sigma) for sigma in sigmas],
        upper=[min(1.0, center + SIGMAS * sigma) for sigma in sigmas],
        scores=[_score(value - center, sigma) for value, sigma in zip(values, sigmas, strict=True)],
    )


def _score(distance: float, sigma: float) -> float:
    if sigma > 0:
        return distance / sigma
    return 0.0 if abs(distance) < EVEN else float("inf") * (1 if distance > 0 else -1)


def beyond_limits(scores: Scores) -> list[int]:
    """One point beyond three standard deviations."""
    return [place for place, score in enumerate(scores) if abs(score) > SIGMAS]


def nine_on_one_side(scores: Scores) -> list[int]:
    """Nine in a row on the same side of the centre: the level has moved."""
    return _runs([_side(score) for score in scores], 9)


def six_rising_or_falling(scores: Scores) -> list[int]:
    """Six in a row, each higher than the last or each lower: a trend."""
    steps = [_side(second - first) for first, second in pairwise(scores)]
    return [place + 1 for place in _runs(steps, 5)]


def fourteen_alternating(scores: Scores) -> list[int]:
    """Fourteen in a row up and down by turns: two processes mixed, or over-correction."""
    steps = [_side(second - first) for first, second in pairwise(scores)]
    turns = [-first * second for first, second in pairwise(steps)]
    return [place + 2 for place in _runs([1 if turn > 0 else 0 for turn in turns], 12)]


def two_of_three_far_out(scores: Scores) -> list[int]:
    """Two of three beyond two standard deviations on the same side."""
    return _most_of(scores, beyond=2, count=2, of=3)


def four_of_five_out(scores: Scores) -> list[int]:
    """Four of five beyond one standard deviation on the same side."""
    return _most_of(scores, beyond=1, count=4, of=5)


#: What a chart marks, in the order in which a person looks: name -> rule.
RUN_RULES: dict[str, RunRule] = {
    "Beyond the limits": beyond_limits,
    "Two of three far out": two_of_three_far_out,
    "Four of five out": four_of_five_out,
    "Nine on one side": nine_on_one_side,
    "Six rising or falling": six_rising_or_falling,
    "Fourteen alternating": fourteen_alternating,
}


def signals(scores: Scores) -> dict[int, list[str]]:
    """Place -> the names of the rules that a run ending there meets."""
    found: dict[int, list[str]] = {}
    for name, rule in RUN_RULES.items():
        for place in rule(scores):
            found.setdefault(place, []).append(name)
    return found


def _side(distance: float) -> int:
    return 0 if abs(distance) < EVEN else (1 if distance > 0 else -1)


def _runs(sides: Sequence[int], length: int) -> list[int]:
    """Places at which at least `length` equal sides in a row end; 0 is no side."""
    found, run, last = [], 0, 0
    for place, side in enumerate(sides):
        run = run + 1 if side and side == last else (1 if side else 0)
        last = side
        if run >= length:
            found.append(place)
    return found


def _most_of(scores: Scores, *, beyond: float, count: int, of: int) -> list[int]:
    """Places out on a side at which `count` of the last `of` are."""
    found: set[int] = set()
    for side in (1, -1):
        out = [score * side > beyond for score in scores]
        inside = 0
        for place, is_out in enumerate(out):
            inside += is_out - (out[place - of] if place >= of else 0)
            if is_out and inside >= count:
                found.add(place)
    return sorted(found)
