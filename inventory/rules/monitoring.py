"""Metrics of AI systems: limits, windows, silence; and the life cycle of an alert (SM-19)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aims.core.exceptions import RuleBroken
from aims.core.machines import Machine, step

ALERT = Machine(
    id="SM-19",
    entity="Alert",
    noun="alert",
    initial="open",
    final=frozenset({"resolved", "false_alarm"}),
    labels={
        "acknowledge": "Acknowledge",
        "act": "Say what is done",
        "dismiss": "Dismiss as false alarm",
        "resolve": "Resolve",
    },
    transitions=(
        step(
            "open",
            "acknowledge",
            "acknowledged",
            by="ai_system_owner compliance_lead",
            effects=("escalate if not within set hours",),
        ),
        step(
            "acknowledged",
            "act",
            "in_action",
            by="ai_system_owner",
            guards=("action or incident linked",),
        ),
        step(
            "acknowledged",
            "dismiss",
            "false_alarm",
            by="ai_system_owner",
            guards=("reason given; critical needs compliance lead",),
        ),
        step(
            "in_action",
            "resolve",
            "resolved",
            by="ai_system_owner",
            guards=("metric back inside limit or re-evaluation started",),
        ),
        step(
            "resolved",
            "recur",
            "open",
            by="system",
            guards=("breach again within window",),
            effects=("recurrence counter",),
        ),
    ),
)

UNFINISHED = ("open", "acknowledged", "in_action")
WARNING, CRITICAL = "warning", "critical"
#: A critical breach of these asks whether the system has to be evaluated again.
RE_EVALUATED = frozenset({"safety", "fairness"})
BETWEEN_READINGS: Mapping[str, timedelta] = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=31),
    "quarterly": timedelta(days=92),
}
BOUNDS = ("warning_low", "warning_high", "critical_low", "critical_high")
MOST_IN_A_BATCH = 1_000
MOST_IN_A_FILE = 10_000
LARGEST_WINDOW = 50
LARGEST_VALUE = 1e15
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: A clock of a sender may run a little ahead.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Limits:
    """Where a reading leaves what is acceptable; a bound that is not set is not asked."""

    warning_low: float | None = None
    warning_high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, bound) is None for bound in BOUNDS)

    @property
    def pairs(self) -> list[tuple[str, float | None, float | None]]:
        """What is set, to be shown: the word, the lower and the upper limit."""
        both = [
            ("Warning", self.warning_low, self.warning_high),
            ("Critical", self.critical_low, self.critical_high),
        ]
        return [pair for pair in both if pair[1:] != (None, None)]

    def severity_of(self, value: float) -> str:
        """A value on the limit is still inside."""
        if _outside(value, self.critical_low, self.critical_high):
            return CRITICAL
        return WARNING if _outside(value, self.warning_low, self.warning_high) else ""


@dataclass(frozen=True)
class Window:
    """So many readings outside of so many in a row."""

    breaches: int
    of: int


@dataclass(frozen=True)
class Judged:
    """A reading as the windows see it: its severity, and whether it came with the batch looked at."""

    severity: str
    is_new: bool = True


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def require_limits(limits: Limits, *, direction: str) -> None:
    """Bounds fit the direction, and the warning comes before the critical one."""
    if direction == "higher" and (limits.warning_high is not None or limits.critical_high is not None):
        raise RuleBroken("Higher is better: give lower limits only.", field="warning_high")
    if direction == "lower" and (limits.warning_low is not None or limits.critical_low is not None):
        raise RuleBroken("Lower is better: give upper limits only.", field="warning_low")
    for bound in BOUNDS:
        value = getattr(limits, bound)
        if value is not None and not abs(value) <= LARGEST_VALUE:
            raise RuleBroken("A limit is a number that readings can reach.", field=bound)
    if _above(limits.critical_low, limits.warning_low):
        raise RuleBroken("The critical lower limit lies below the warning limit.", field="critical_low")
    if _above(limits.warning_high, limits.critical_high):
        raise RuleBroken("The critical upper limit lies above the warning limit.", field="critical_high")
    lows = [each for each in (limits.warning_low, limits.critical_low) if each is not None]
    highs = [each for each in (limits.warning_high, limits.critical_high) if each is not None]
    if lows and highs and max(lows) >= min(highs):
        raise RuleBroken("The lower limits lie below the upper ones.", field="warning_low")


def _above(first: float | None, second: float | None) -> bool:
    return first is not None and second is not None and first > second


def require_window(window: Window, *, field: str) -> None:
    if not 1 <= window.breaches <= window.of <= LARGEST_WINDOW:
        raise RuleBroken(
            f"The window is n of m readings, with n from 1 to m and m up to {LARGEST_WINDOW}.", field=field
        )


def breaches(judged: Sequence[Judged], *, warning: Window, critical: Window) -> list[tuple[int, str]]:
    """Places, in order of time, at which a window fills that holds something new, and how severe that is.

    A place counts when its own reading lies outside and the window that ends there has enough of them. What
    was outside before is not told again: at least one of those outside came with this batch.
    """
    found = []
    for place, reading in enumerate(judged):
        if reading.severity == CRITICAL and _fills(judged, place, critical, {CRITICAL}):
            found.append((place, CRITICAL))
        elif reading.severity and _fills(judged, place, warning, {WARNING, CRITICAL}):
            found.append((place, WARNING))
    return found


def _fills(judged: Sequence[Judged], place: int, window: Window, severities: Collection[str]) -> bool:
    recent = judged[max(0, place - window.of + 1) : place + 1]
    outside = [reading for reading in recent if reading.severity in severities]
    return len(outside) >= window.breaches and any(reading.is_new for reading in outside)


def is_back_inside(severities: Sequence[str], *, warning: Window) -> bool:
    """`severities` in order of time: the newest is inside, and so are enough that no window is filled."""
    if not severities or severities[-1]:
        return False
    recent = severities[-warning.of :]
    return sum(1 for each in recent if each) < warning.breaches


def silent_since(last: datetime, *, frequency: str, grace_hours: int | None) -> datetime:
    """When a reading is missing: one period after the last, and the grace; without one, a second period."""
    period = BETWEEN_READINGS[frequency]
    return last + period + (period if grace_hours is None else timedelta(hours=grace_hours))


def require_reading(
    *,
    value: float,
    at: datetime,
    now: datetime,
    unit: str,
    of_metric: str,
    group: str,
    groups: Collection[str],
    sample_size: int | None,
    is_share: bool,
    needs_sample: bool = False,
    period_start: datetime | None = None,
) -> None:
    """One reading that can be stored."""
    if not math.isfinite(value):
        raise RuleBroken("The value is not a finite number.", field="value")
    if abs(value) > LARGEST_VALUE:
        raise RuleBroken("The value is too large. Choose a larger unit.", field="value")
    if at < EARLIEST:
        raise RuleBroken("The time lies before the year 2000.", field="at")
    if at > now + CLOCK_TOLERANCE:
        raise RuleBroken("The time lies in the future.", field="at")
    if period_start is not None and period_start > at:
        raise RuleBroken("The period begins after the time of the reading.", field="period_start")
    if unit and unit != of_metric:
        raise RuleBroken(f"The unit is {of_metric or 'not set'}, not {unit}.", field="unit")
    if group not in groups:
        known = ", ".join(each for each in groups if each) or "none"
        raise RuleBroken(f"“{group}” is no group of this metric. Groups: {known}.", field="group")
    if sample_size is not None and not 1 <= sample_size <= 2_000_000_000:
        raise RuleBroken("The sample size is a whole number from 1 to 2,000,000,000.", field="sample_size")
    if is_share and not 0 <= value <= 1:
        raise RuleBroken("A share lies between 0 and 1.", field="value")
    if (is_share or needs_sample) and sample_size is None:
        raise RuleBroken("Give the size of the sample with the value.", field="sample_size")
