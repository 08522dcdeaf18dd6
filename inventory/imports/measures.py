"""What a file says was measured, on its way into the measures of a record."""

from __future__ import annotations

import math
from collections.abc import Iterable

from inventory.imports.draft import ResourceDraft
from inventory.imports.node import DETAIL_CHARS, DETAIL_ITEMS, Leftovers
from inventory.imports.record import Measure
from inventory.imports.text import one_line

#: The longest name of a metric or a slice in a record.
LONGEST = 200


def measure_of(metric: str, value: str, *, slice: str = "", lower: str = "", upper: str = "") -> Measure:
    name = one_line(metric, limit=DETAIL_CHARS) or "unnamed metric"
    return Measure(name, *(one_line(text, limit=DETAIL_CHARS) for text in (value, slice, lower, upper)))


def bounded_measures(found: list[Measure], *, path: str, leftovers: Leftovers) -> tuple[Measure, ...]:
    """What a page can show; every cut is reported."""
    if len(found) > DETAIL_ITEMS:
        leftovers.add(path, found[DETAIL_ITEMS].words, f"Of the measures, {DETAIL_ITEMS} are kept.")
    for each in found[:DETAIL_ITEMS]:
        if max(map(len, vars(each).values())) == DETAIL_CHARS:
            leftovers.add(path, each.words, "The measure is too long to be kept whole.")
    return tuple(found[:DETAIL_ITEMS])


def say_measures(draft: ResourceDraft, measures: Iterable[Measure]) -> None:
    """A record holds numbers; a value that is none is said in the provenance, as an interval is."""
    numbers = []
    for each in measures:
        value = as_number(each.value)
        if value is None:
            draft.say("provenance", each.words, "Metric")
            continue
        metric, slice = (one_line(text, limit=LONGEST) for text in (each.metric, each.slice))
        numbers.append({"metric": metric, "slice": slice, "value": value})
        if each.interval:
            where = f" for {each.slice}" if each.slice else ""
            draft.say("provenance", f"{each.metric}{where}: {each.interval}", "Interval")
    draft.put("measures", numbers)


def as_number(text: str) -> float | None:
    """Nothing for what is not plainly one: Python takes “1_000” for a thousand."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None
