"""The columns of the register of incidents and complaints."""

from __future__ import annotations

from aims.core.columns import Column, Tag
from inventory.columns import REFERENCE, also, in_words, owner
from inventory.enums import CheckAnswer, IncidentSource, SeriousIncident
from inventory.queries.incidents import IncidentRow, harm_word

COMPLAINT = Tag("Complaint")
SEVERITY_TONES = {"low": "neutral", "medium": "info", "high": "warn", "critical": "bad"}


def _severity(row: IncidentRow) -> Tag:
    return Tag(row.severity_label, SEVERITY_TONES[row.severity]) if row.severity else Tag("Not set")


def _clock(row: IncidentRow) -> Tag | None:
    if row.next_due_at is None:
        return None
    if row.is_overdue:
        return Tag(f"Overdue {row.left}", "bad", "clock", is_beside=True)
    return Tag(f"{row.left} left", is_beside=True)


COLUMNS = (
    REFERENCE,
    Column("title", "What", lambda row: row.title, sort="title", is_shown=True, is_name=True, beside="kind"),
    Column("severity", "Severity", lambda row: row.severity_label, is_shown=True, tag=_severity),
    Column("state", "State", lambda row: row.state_label, sort="state", is_shown=True),
    owner("Answers for it"),
    Column("system_count", "AI systems", lambda row: row.systems, kind="number", is_shown=True),
    Column("noticed_at", "Noticed", lambda row: row.noticed_at, sort="noticed", kind="day", is_shown=True),
    Column(
        "next_due_at",
        "Next end of a clock",
        lambda row: row.next_due_at,
        sort="due",
        kind="moment",
        is_shown=True,
        tag=_clock,
    ),
    Column(
        "kind",
        "Kind",
        lambda row: row.kind,
        tag=lambda row: COMPLAINT if row.kind == COMPLAINT.label else None,
    ),
    also("happened_at", "Happened", kind="moment"),
    also("place", "Where"),
    Column("harm_type", "Kind of harm", lambda row: harm_word(row.said["harm_type"]), kind="text"),
    in_words("serious", "Serious incident", SeriousIncident),
    in_words("data_breach", "Breach of personal data", CheckAnswer),
    also("affected_people", "People affected"),
    also("affected_count", "How many people", kind="number"),
    also("cause", "Cause"),
    also("lessons", "Lessons"),
    in_words("needs_correction", "Needs corrective action", CheckAnswer),
    in_words("source", "Came from", IncidentSource),
    also("reported_at", "Reported", kind="moment"),
    also("resolved_at", "Resolved", kind="moment"),
    Column("closed_at", "Closed", lambda row: row.closed_at, kind="moment"),
)
