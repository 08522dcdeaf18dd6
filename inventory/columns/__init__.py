"""What the registers of the inventory can show: the columns to choose from, one file per register."""

from __future__ import annotations

from typing import Any

from aims.core.columns import Column, Link, Tag

NOBODY = Tag("Nobody", "warn")
OVERDUE = Tag("Overdue", "bad", "clock", is_beside=True)

REFERENCE = Column("reference", "Reference", lambda row: row.reference, sort="ref", kind="ref", is_shown=True)
NAME = Column("name", "Name", lambda row: row.name, sort="name", is_shown=True, is_name=True)
NEXT_REVIEW = Column(
    "next_review_date",
    "Next review",
    lambda row: row.next_review_date,
    sort="review",
    kind="day",
    is_shown=True,
    tag=lambda row: OVERDUE if row.is_review_overdue else None,
)

SYSTEM = Link("system", "inventory.view_system", "system_id")
SUPPLIER = Link("supplier", "inventory.view_suppliers", "supplier_id")


def owner(label: str) -> Column:
    return Column(
        "owner",
        label,
        lambda row: row.owner,
        sort="owner",
        is_shown=True,
        tag=lambda row: None if row.owner else NOBODY,
    )


def also(
    key: str,
    label: str,
    *,
    reads: str = "",
    kind: str = "text",
    of_record: bool = False,
    link: Link | None = None,
) -> Column:
    """A column that is read only when it is asked for."""
    name = reads or key
    read = (name, link.key) if link else (name,)
    return Column(
        key, label, lambda row: row.said[name], kind=kind, reads=read, of_record=of_record, link=link
    )


def day(key: str, label: str, *, of_record: bool = False) -> Column:
    return also(key, label, kind="day", of_record=of_record)


def in_words(
    key: str, label: str, choices: Any, *, reads: str = "", kind: str = "text", of_record: bool = False
) -> Column:
    """A stored word, or a list of them, as people say it."""
    name, words = reads or key, dict(choices.choices)

    def value(row: Any) -> object:
        stored = row.said[name]
        return [words[each] for each in stored] if kind == "list" else words.get(stored, "")

    return Column(key, label, value, kind=kind, reads=(name,), of_record=of_record)
