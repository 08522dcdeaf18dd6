"""A measured number beside its goal, and how times become one number."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

WARM_UP = 10


@dataclass(frozen=True)
class Figure:
    """`goal` is the most that is well, or the least when `more_is_better`; a ratio names what it is over."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    ratio_to: str | None = None
    more_is_better: bool = False

    @property
    def ok(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal

    def as_json(self) -> str:
        row = asdict(self) | {"value": round(self.value, 3), "ok": self.ok}
        del row["more_is_better"]
        return json.dumps(row)

    def as_line(self) -> str:
        goal = "" if self.goal is None else f"{'≥' if self.more_is_better else '≤'} {self.goal:g}"
        verdict = "" if self.goal is None else ("ok" if self.ok else "MISSED")
        over = f"  over {self.ratio_to}" if self.ratio_to else ""
        return f"{self.name:46} {self.value:>10.2f} {self.unit:<9} {goal:>9}  {verdict}{over}".rstrip()


@dataclass(frozen=True)
class Times:
    """Seconds of many runs of the same thing."""

    seconds: tuple[float, ...]

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def median(self) -> float:
        return self.percentile(0.5)

    @property
    def p95(self) -> float:
        return self.percentile(0.95)


def timed(call: Callable[[], object], *, repeats: int) -> Times:
    return side_by_side(call, repeats=repeats)[0]


def side_by_side(*calls: Callable[[], object], repeats: int) -> list[Times]:
    """Each in turn, so that a machine that gets busy slows all of them alike."""
    for call in calls:
        for _ in range(min(WARM_UP, repeats)):
            call()
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, taken in zip(calls, seconds, strict=True):
            start = time.perf_counter()
            call()
            taken.append(time.perf_counter() - start)
    return [Times(tuple(taken)) for taken in seconds]


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement of the block with its parameters, those of sign-in and tenancy too."""
    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen
