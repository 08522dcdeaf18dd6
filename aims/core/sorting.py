"""The order of a list as the address asks for it: the name of a column, with a leading - the other way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What the address calls it -> the column of the table.
Sorts = Mapping[str, str]


def in_order(rows: Any, asked: str, *, sorts: Sorts, default: str) -> Any:
    """By the default where nothing that is known is asked for; equal rows as they were made."""
    column = sorts.get(asked.lstrip("-"))
    if column is None:
        return rows.order_by(default, "id")
    return rows.order_by(f"-{column}" if asked.startswith("-") else column, "id")


def both_ways(sorts: Sorts) -> list[str]:
    return [word for key in sorts for word in (key, f"-{key}")]
