"""The columns of the register of issues of the context."""

from __future__ import annotations

from aims.core.columns import Column
from inventory.columns import NEXT_REVIEW, REFERENCE, also, day, owner

COLUMNS = (
    REFERENCE,
    Column("title", "Issue", lambda row: row.title, sort="title", is_shown=True, is_name=True),
    Column("kind", "Comes from", lambda row: row.kind, sort="kind", is_shown=True),
    Column("theme", "Theme", lambda row: row.theme, sort="theme", is_shown=True),
    Column("standing", "Status", lambda row: row.standing_label, sort="standing", is_shown=True),
    owner("Answers for it"),
    NEXT_REVIEW,
    Column("effect", "Effect on the AIMS", lambda row: row.effect, kind="text"),
    Column("last_reviewed_on", "Last reviewed", lambda row: row.last_reviewed_on, kind="day"),
    also("review_note", "What the review came to"),
    also("description", "Description"),
    also("source", "Source"),
    also("closed_reason", "Why it no longer matters"),
    also("author", "Recorded by", reads="author__name"),
    day("recorded_at", "Recorded"),
)
