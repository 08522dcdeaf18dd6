"""The columns of the register of change requests."""

from __future__ import annotations

from aims.core.columns import Column, Tag
from inventory.columns import REFERENCE, SYSTEM, also

#: A change of no system is one of the management system itself.
OF_AIMS = Tag("The AIMS")
TONES = {
    "draft": "neutral",
    "assessed": "info",
    "approved": "info",
    "rejected": "neutral",
    "implemented": "warn",
    "reviewed": "ok",
}

COLUMNS = (
    REFERENCE,
    Column("title", "Change", lambda row: row.title, sort="title", is_shown=True, is_name=True),
    Column(
        "system",
        "AI system",
        lambda row: row.system,
        sort="system",
        is_shown=True,
        tag=lambda row: None if row.system else OF_AIMS,
        link=SYSTEM,
    ),
    Column(
        "state",
        "State",
        lambda row: row.state_label,
        sort="state",
        is_shown=True,
        tag=lambda row: Tag(row.state_label, TONES[row.state]),
    ),
    Column("decided_by", "Decided by", lambda row: row.decided_by, is_shown=True),
    Column("done_on", "Done on", lambda row: row.done_on, sort="done", kind="day", is_shown=True),
    also("author", "Written by", reads="author__name"),
    also("purpose", "Purpose"),
    also("decided_at", "Decided", kind="moment"),
    also("decision", "Reason of the decision"),
    also("done_text", "What was done"),
    also("evidence", "Evidence", reads="evidence__reference"),
    also("review", "What was seen afterwards"),
    also("created_at", "Written", kind="moment"),
)
