"""The columns of the register of interested parties, and of that of what they require."""

from __future__ import annotations

from dataclasses import replace

from aims.core.columns import Column, Link, Tag
from inventory.columns import NAME, NEXT_REVIEW, REFERENCE, also, day, in_words, owner
from inventory.enums import PartyKind
from inventory.queries.parties import NeedRow, PartyRow

ANSWERS = {
    True: Tag("Obligation", "ok"),
    False: Tag("Not taken on"),
    None: Tag("Not decided", "warn"),
}


def _requirements(row: PartyRow) -> Tag | None:
    if not row.needs:
        return Tag(row.requirements, "warn")
    return Tag(f"{row.undecided} to decide", "warn", is_beside=True) if row.undecided else None


COLUMNS = (
    REFERENCE,
    replace(NAME, label="Interested party"),
    Column("kind", "Who they are", lambda row: row.kind, sort="kind", is_shown=True),
    Column("requirements", "Requirements", lambda row: row.requirements, is_shown=True, tag=_requirements),
    owner("Answers for it"),
    NEXT_REVIEW,
    Column("needs", "Number of requirements", lambda row: row.needs, kind="number"),
    Column("obligations", "Requirements taken on", lambda row: row.obligations, kind="number"),
    Column("undecided", "Requirements to decide", lambda row: row.undecided, kind="number"),
    Column("matters", "Still matters", lambda row: "Yes" if row.matters else "No"),
    Column("last_reviewed_on", "Last reviewed", lambda row: row.last_reviewed_on, kind="day"),
    also("review_note", "What the review came to"),
    also("description", "Description"),
    also("watch", "How one learns of changes"),
    also("author", "Recorded by", reads="author__name"),
    day("recorded_at", "Recorded"),
)


def _answer(row: NeedRow) -> Tag:
    return ANSWERS[row.is_obligation]


#: A requirement has no page of its own: it stands on that of its party.
NEED_COLUMNS = (
    Column("text", "Requirement", lambda row: row.text, is_shown=True, is_name=True),
    Column(
        "party",
        "Interested party",
        lambda row: row.party,
        sort="party",
        is_shown=True,
        link=Link("party", "inventory.view_context", "party_id"),
    ),
    Column("kind", "Rests on", lambda row: row.kind, sort="kind", is_shown=True),
    Column("where", "Where it stands", lambda row: row.where, sort="where", is_shown=True),
    Column("is_obligation", "Taken on", lambda row: row.answer, is_shown=True, tag=_answer, beside="reason"),
    Column("reason", "Why, or how", lambda row: row.reason),
    also("party_reference", "Number of the party", reads="party__reference"),
    in_words("party_kind", "Who they are", PartyKind, reads="party__kind"),
    also("owner", "Answers for it", reads="party__owner__name"),
    also("next_review_date", "Next review", reads="party__next_review_date", kind="day"),
)
