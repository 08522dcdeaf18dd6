"""The columns of the register of alerts."""

from __future__ import annotations

from aims.core.columns import Column, Link, Tag
from inventory.columns import REFERENCE, SYSTEM, also
from inventory.queries.alerts import AlertRow

SEVERITY_TONES = {"warning": "warn", "critical": "bad"}
LATE = Tag("Late", "bad", "clock", is_beside=True)


def _came_back(row: AlertRow) -> Tag | None:
    if not row.recurrences:
        return None
    return Tag("Came back once" if row.recurrences == 1 else f"Came back {row.recurrences} times")


COLUMNS = (
    REFERENCE,
    Column("title", "Alert", lambda row: row.title, is_shown=True, is_name=True, beside="recurrences"),
    Column("system", "AI system", lambda row: row.system, sort="system", is_shown=True, link=SYSTEM),
    Column(
        "severity",
        "Severity",
        lambda row: row.severity_label,
        sort="severity",
        is_shown=True,
        tag=lambda row: Tag(row.severity_label, SEVERITY_TONES[row.severity]),
    ),
    Column("state", "State", lambda row: row.state_label, sort="state", is_shown=True),
    Column("owner", "Owner", lambda row: row.owner, sort="owner", is_shown=True),
    Column(
        "happened_at",
        "Happened",
        lambda row: row.happened_at,
        sort="happened",
        kind="moment",
        is_shown=True,
    ),
    Column(
        "due_at",
        "To acknowledge by",
        lambda row: row.to_acknowledge_by,
        sort="due",
        kind="moment",
        is_shown=True,
        tag=lambda row: LATE if row.is_late else None,
    ),
    Column("recurrences", "Recurrences", lambda row: row.recurrences, kind="number", tag=_came_back),
    Column("kind", "What happened", lambda row: row.kind_label),
    Column(
        "metric",
        "Metric",
        lambda row: row.metric,
        link=Link("metric", "inventory.view_metrics", "metric_id"),
    ),
    Column("group", "Group", lambda row: row.said["group"]),
    Column("breaches", "Breaches", lambda row: row.breaches, kind="number"),
    also("reading", "Value of the reading", reads="reading__value", kind="measure"),
    Column("opened_at", "Opened", lambda row: row.said["opened_at"], kind="moment"),
    Column("deadline", "Time limit to acknowledge", lambda row: row.due_at, kind="moment"),
    also("acknowledged_by", "Acknowledged by", reads="acknowledged_by__name"),
    also("acknowledged_at", "Acknowledged", kind="moment"),
    also("escalated_at", "Escalated", kind="moment"),
    also("action", "What is done"),
    also("action_due_date", "To be done by", kind="day"),
    also("incident", "Incident"),
    also("dismissal_agreed_by", "False alarm agreed by", reads="dismissal_agreed_by__name"),
    also("finding", "What was found"),
    also("finished_at", "Finished", kind="moment"),
    also("state_since", "In this state since", kind="moment"),
)
