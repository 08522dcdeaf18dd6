"""Whole numbers that arrive as text: in an address, in a hidden field, in a cell."""

from __future__ import annotations

LONGEST = 15


def whole_number(text: str) -> int | None:
    """Nothing for whatever is not plainly one: `isdigit` also takes “²”, of which no number can be made."""
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST
    return int(text) if is_number else None
