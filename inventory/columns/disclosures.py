"""The columns of the register of disclosures."""

from __future__ import annotations

from aims.core.columns import Column, Tag
from inventory.columns import OVERDUE, REFERENCE, SYSTEM, also, day, owner
from inventory.queries.transparency import DisclosureRow

NONE = Tag("None", "warn")
ENDED = Tag("Ended", is_beside=True)


def _review(row: DisclosureRow) -> Tag | None:
    if row.ended_on:
        return ENDED
    return OVERDUE if row.is_review_overdue else None


COLUMNS = (
    REFERENCE,
    Column(
        "kind", "What people are told", lambda row: row.kind_label, sort="kind", is_shown=True, is_name=True
    ),
    Column("system", "AI system", lambda row: row.system, sort="system", is_shown=True, link=SYSTEM),
    Column("audience", "Whom", lambda row: row.audience_label, is_shown=True),
    Column("language", "Language", lambda row: row.language, is_shown=True),
    owner("Answers for it"),
    Column(
        "proofs",
        "Proofs",
        lambda row: row.proofs,
        kind="number",
        is_shown=True,
        tag=lambda row: None if row.proofs or row.ended_on else NONE,
    ),
    Column(
        "review_date",
        "Next review",
        lambda row: row.review_date,
        sort="review",
        kind="day",
        is_shown=True,
        tag=_review,
    ),
    Column("shown_where", "Where", lambda row: row.shown_where, kind="text"),
    also("text", "Words"),
    day("ended_on", "Ended"),
    Column("is_on_page", "On the transparency page", lambda row: "Yes" if row.said["is_on_page"] else "No"),
)
