"""Monitoring in an evidence pack: what is measured, how it stood on the day, the alerts of the year."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.days import end_of_day, local_today
from aims.core.documents import Column, Section, Table
from aims.core.models import Member
from inventory.enums import (
    AlertKind,
    AlertSeverity,
    AlertState,
    MetricFrequency,
    MetricKind,
    ReEvaluationAnswer,
)
from inventory.models import AISystem, Alert, Metric, MetricReading, ReEvaluationProposal
from inventory.models.systems import IN_USE
from inventory.queries.systems import label_of
from inventory.rules.monitoring import BOUNDS, UNFINISHED

PERIOD = datetime.timedelta(days=365)
WORDS = {
    "warning_low": "warning below",
    "warning_high": "warning above",
    "critical_low": "critical below",
    "critical_high": "critical above",
}


def sections(as_of: datetime.date) -> Iterable[Section]:
    """The registers as the pack looks at them; readings as they were known at the end of the day."""
    metrics, systems = _by_key(Metric), _by_key(AISystem)
    alerts = [row for row in _by_key(Alert).values() if _in_period(row, as_of)]
    names = dict(Member.objects.values_list("id", "name"))
    yield Section(
        key="monitoring",
        number="19",
        title="Monitoring of AI systems",
        clause_refs=("9.1", "A.6.2.6"),
        data={
            "metrics": _metrics_table(metrics, systems, names, as_of),
            "alerts": _alerts_table(alerts, metrics, systems),
            "re_evaluations": _proposals_table(systems, names),
        },
        gaps=tuple(_gaps(metrics, systems, alerts)),
    )


def _by_key(model: Any) -> dict[int, Any]:
    return {row.pk: row for row in model.objects.order_by("pk")}


def _in_period(alert: Any, as_of: datetime.date) -> bool:
    return bool(alert.state in UNFINISHED or alert.opened_at > end_of_day(as_of) - PERIOD)


def _metrics_table(
    metrics: dict[int, Any], systems: dict[int, Any], names: dict[int, str], as_of: datetime.date
) -> Table:
    last = _last_readings(as_of)
    return Table(
        title="Metrics and their last readings",
        columns=(
            Column("Ref", 8, "code"),
            Column("Metric", 17),
            Column("AI system", 15),
            Column("Kind", 9),
            Column("How often", 9),
            Column("Limits", 19),
            Column("Owner", 11),
            Column("Last reading", 12),
        ),
        rows=[
            (
                row.reference,
                row.name if row.is_active else f"{row.name} (paused)",
                _named(systems, row.system_id),
                label_of(MetricKind, row.kind),
                label_of(MetricFrequency, row.frequency),
                _limits(row),
                names.get(row.owner_id),
                last.get(key),
            )
            for key, row in metrics.items()
        ],
    )


def _limits(metric: Any) -> list[str]:
    set_ones = [(bound, getattr(metric, bound)) for bound in BOUNDS]
    return [f"{WORDS[bound]} {value:g}" for bound, value in set_ones if value is not None]


def _last_readings(as_of: datetime.date) -> dict[int, str]:
    until = end_of_day(as_of)
    known = MetricReading.objects.filter(at__lte=until).standing(until=until)
    newest = known.order_by("metric_id", "-at", "-id").distinct("metric_id")
    return {
        metric: f"{value:g} on {at:%Y-%m-%d}"
        for metric, value, at in newest.values_list("metric_id", "value", "at")
    }


def _alerts_table(alerts: list[Any], metrics: dict[int, Any], systems: dict[int, Any]) -> Table:
    return Table(
        title="Alerts of the twelve months before, and those not finished",
        columns=(
            Column("Ref", 8, "code"),
            Column("Alert", 22),
            Column("AI system", 16),
            Column("Severity", 9),
            Column("State", 11),
            Column("Opened", 10),
            Column("What was done", 24),
        ),
        rows=[
            (
                row.reference,
                _title(row, metrics),
                _named(systems, metrics[row.metric_id].system_id) if row.metric_id in metrics else None,
                label_of(AlertSeverity, row.severity),
                label_of(AlertState, row.state),
                local_today(row.opened_at),
                row.finding or row.action or row.incident or None,
            )
            for row in alerts
        ],
    )


def _title(alert: Any, metrics: dict[int, Any]) -> str:
    name = metrics[alert.metric_id].name if alert.metric_id in metrics else ""
    return f"{label_of(AlertKind, alert.kind)}: {name}" + (f", {alert.group}" if alert.group else "")


def _proposals_table(systems: dict[int, Any], names: dict[int, str]) -> Table:
    return Table(
        title="Whether systems were evaluated again",
        columns=(
            Column("Proposed", 12),
            Column("AI system", 24),
            Column("Answer", 16),
            Column("Reason", 32),
            Column("By", 16),
        ),
        rows=[
            (
                local_today(row.proposed_at),
                _named(systems, row.system_id),
                label_of(ReEvaluationAnswer, row.answer),
                row.reason or None,
                names.get(row.decided_by_id),
            )
            for row in _by_key(ReEvaluationProposal).values()
        ],
    )


def _named(systems: dict[int, Any], key: int) -> str | None:
    return f"{systems[key].reference} {systems[key].name}" if key in systems else None


def _gaps(metrics: dict[int, Any], systems: dict[int, Any], alerts: list[Any]) -> Iterator[str]:
    watched = {row.system_id for row in metrics.values() if row.is_active}
    unwatched = [
        row for key, row in systems.items() if row.stage in IN_USE and row.is_in_scope and key not in watched
    ]
    if unwatched:
        named = ", ".join(f"{row.reference} {row.name}" for row in unwatched[:5])
        more = f" and {len(unwatched) - 5} more" if len(unwatched) > 5 else ""
        yield f"In use and in scope without an active metric: {named}{more}."
    waiting = [row for row in alerts if row.state == AlertState.OPEN]
    if waiting:
        yield f"Not acknowledged: {', '.join(row.reference for row in waiting[:5])}."
