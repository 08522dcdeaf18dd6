"""Cells of a sheet that was edited elsewhere, against the record as it was then and as it is now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: What tells the items of a list apart in a cell; an item that holds one comes back as two.
SEPARATORS = re.compile(r"[;|,\n]")


class Verdict(StrEnum):
    CHANGED = "changed"  # only in the sheet
    CONFLICT = "conflict"  # in the sheet and here, to different values
    HERE = "here"  # only here: nothing to do
    REFUSED = "refused"  # the sheet says what the field cannot hold, or names nobody of here


@dataclass(frozen=True)
class Cell:
    """`base` is what the record said when the sheet was made; None where nobody knows any more."""

    key: str
    label: str
    base: str | None
    here: str
    sheet: str
    verdict: Verdict
    problem: str = ""


def verdict_of(*, base: Any, here: Any, sheet: Any, is_base_known: bool = True) -> Verdict | None:
    """None where sheet and record agree, or neither changed."""
    if alike(sheet, here):
        return None
    if not is_base_known:
        return Verdict.CONFLICT
    if alike(sheet, base):
        return Verdict.HERE
    return Verdict.CHANGED if alike(here, base) else Verdict.CONFLICT


def alike(one: Any, other: Any) -> bool:
    """Nothing is nothing, however it is stored; a list holds the same in any order."""
    return _comparable(one) == _comparable(other)


def _comparable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return (
            sorted({" ".join(part.split()) for each in value for part in SEPARATORS.split(each)} - {""})
            or None
        )
    if isinstance(value, str):
        return " ".join(value.split()) or None
    return value
