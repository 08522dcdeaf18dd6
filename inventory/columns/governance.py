"""The columns of the register of decisions of governance bodies."""

from __future__ import annotations

from aims.core.columns import Column, Link, Tag
from inventory.columns import also

OPEN = Tag("Open", "warn")

#: A decision has no page of its own: it stands on that of its meeting.
COLUMNS = (
    Column("text", "Decision", lambda row: row.text, is_shown=True, is_name=True),
    Column(
        "held_on",
        "Meeting",
        lambda row: row.held_on,
        sort="met",
        kind="day",
        is_shown=True,
        beside="body",
        link=Link("meeting", "inventory.view_context", "meeting_id"),
    ),
    Column("owner", "Sees to it", lambda row: row.owner, sort="owner", is_shown=True),
    Column("due_date", "By", lambda row: row.due_date, sort="due", kind="day", is_shown=True),
    Column(
        "done_on",
        "Done",
        lambda row: row.done_on,
        kind="day",
        is_shown=True,
        tag=lambda row: OPEN if row.is_open else None,
    ),
    Column(
        "body",
        "Body",
        lambda row: row.body,
        link=Link("body", "inventory.view_context", "body_id"),
    ),
    Column("done_note", "How one sees it", lambda row: row.done_note, kind="text"),
    also("done_by", "Noted as done by", reads="done_by__name"),
    also("agenda", "Agenda of the meeting", reads="meeting__agenda"),
    also("guests", "Guests of the meeting", reads="meeting__guests"),
    also("minutes", "Minutes", reads="meeting__evidence__reference"),
)
