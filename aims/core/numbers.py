"""Whole numbers: read from text that arrives in an address, a hidden field or a cell, and said in words."""

from __future__ import annotations

LONGEST = 15


def whole_number(text: str) -> int | None:
    """Nothing for whatever is not plainly one: `isdigit` also takes “²”, of which no number can be made."""
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST
    return int(text) if is_number else None


def counted(count: int, noun: str) -> str:
    """1 risk, 3 risks; the plural may be given after a comma: "entry,entries"."""
    singular, _, plural = noun.partition(",")
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"
