"""The columns of the metric catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aims.core.columns import Column, Tag
from inventory.columns import NAME, REFERENCE, SYSTEM, also, day, in_words, owner
from inventory.enums import ChartKind, MetricDirection, MetricSource
from inventory.queries.monitoring import MetricRow

PAUSED = Tag("Paused", "warn")


def _alerts(row: MetricRow) -> Tag | None:
    return Tag(str(row.alerts), "bad") if row.alerts else None


def _window(key: str, label: str) -> Column:
    """How many readings outside, of how many, open an alert."""
    breaches, of = f"{key}_breaches", f"{key}_of"

    def value(row: Any) -> str:
        return f"{row.said[breaches]} of {row.said[of]}"

    return Column(breaches, label, value, reads=(breaches, of))


COLUMNS = (
    REFERENCE,
    replace(NAME, label="Metric", beside="is_active"),
    Column("kind", "Kind", lambda row: row.kind, sort="kind", is_shown=True),
    Column("system", "AI system", lambda row: row.system, sort="system", is_shown=True, link=SYSTEM),
    Column("frequency", "How often", lambda row: row.frequency, is_shown=True),
    owner("Owner"),
    Column("last_at", "Last reading", lambda row: row.last_at, sort="last", kind="day", is_shown=True),
    Column("last_value", "Value", lambda row: row.last_value, kind="measure", is_shown=True, beside="unit"),
    Column("alerts", "Unfinished alerts", lambda row: row.alerts, is_shown=True, tag=_alerts),
    Column("unit", "Unit", lambda row: row.unit),
    Column(
        "is_active",
        "Active",
        lambda row: "Yes" if row.is_active else "No",
        tag=lambda row: None if row.is_active else PAUSED,
    ),
    also("paused_because", "Paused because"),
    also("active_since", "Active since", kind="moment"),
    also("definition", "Definition"),
    in_words("source", "Readings come by", MetricSource),
    in_words("direction", "What is good", MetricDirection),
    also("warning_low", "Warning below", kind="measure"),
    also("warning_high", "Warning above", kind="measure"),
    _window("warning", "Warning after"),
    also("critical_low", "Critical below", kind="measure"),
    also("critical_high", "Critical above", kind="measure"),
    _window("critical", "Critical after"),
    Column("groups", "Groups", lambda row: sorted(row.said["groups"]), kind="list", reads=("groups",)),
    also("minimum_sample", "Smallest sample that counts", kind="number"),
    in_words("chart", "Chart", ChartKind),
    also("grace_hours", "Hours of grace for a missing reading", kind="number"),
    also("escalate_hours", "Hours until an alert escalates", kind="number"),
    also("recurrence_days", "Days in which an alert comes back", kind="number"),
    also("retention_months", "Months that readings are kept", kind="number"),
    day("registered_at", "Registered"),
)
