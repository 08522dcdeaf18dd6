"""What an organization's own fields hold: which kinds there are, and what fits into each."""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from aims.core.exceptions import RuleBroken
from inventory.imports.field import folded
from inventory.imports.fields import FIELD_BY_HEADING
from inventory.imports.own_fields import PREFIX
from inventory.imports.shapes import TAKEN

LONGEST_TEXT = 2000
LARGEST_NUMBER = 10**15
MOST_FIELDS = 50
MOST_CHOICES = 50
LONGEST_CHOICE = 80
LONGEST_KEY = 40
OF_CHOICES = frozenset({"choice", "choices"})


class Shape(Protocol):
    """What has to be known of a field to read a value."""

    key: str
    label: str
    kind: str
    choices: list[str]


def key_of(label: str) -> str:
    """The name of a field in the API and in files; it never changes, whatever the label becomes."""
    key = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:LONGEST_KEY].strip("_")
    if not key:
        raise RuleBroken("Use at least one letter from a to z or a digit in the label.", field="label")
    return key


def require_heading(label: str, others: Iterable[Shape]) -> None:
    """As the heading of a column the label has to mean this field and nothing else."""
    heading = folded(label)
    if not heading:
        raise RuleBroken("Use at least one letter or digit in the label.", field="label")
    if heading in TAKEN:
        meant = FIELD_BY_HEADING.get(heading)
        what = f"is read as “{meant.label}”" if meant and meant.label != label else "is a heading"
        raise RuleBroken(
            f"“{label}” {what} in tables of the registers already. Use another label.", field="label"
        )
    if any(heading in {folded(other.label), folded(other.key)} for other in others):
        raise RuleBroken("There is a field of this name, perhaps a retired one.", field="label")


def headings(fields: Sequence[Shape]) -> dict[str, str]:
    """By key, what stands above the column of a field: its label, with the key behind it where the label
    alone is that of another column too, as it may be from before `require_heading`."""
    labels = Counter(folded(field.label) for field in fields)
    return {
        field.key: field.label
        if labels[folded(field.label)] == 1 and folded(field.label) not in {*TAKEN, ""}
        else f"{field.label} ({field.key})"
        for field in fields
    }


def own_choices(kind: str, choices: Sequence[str]) -> list[str]:
    """Without blanks and doubles. Raises RuleBroken where the kind asks for choices, or takes none."""
    kept = list(dict.fromkeys(each.strip() for each in choices if each.strip()))
    if kind not in OF_CHOICES and kept:
        raise RuleBroken("Only a choice has values to choose from.", field="choices")
    if kind in OF_CHOICES and len(kept) < 2:
        raise RuleBroken("Name at least two values to choose from.", field="choices")
    if len(kept) > MOST_CHOICES:
        raise RuleBroken(f"At most {MOST_CHOICES} values can be chosen from.", field="choices")
    if any(len(each) > LONGEST_CHOICE for each in kept):
        raise RuleBroken(f"A value to choose has at most {LONGEST_CHOICE} characters.", field="choices")
    return kept


def read_value(shape: Shape, value: Any) -> Any:
    """As it is stored; None for nothing, which takes the value away.

    Raises RuleBroken for what does not fit the kind of the field.
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "" or value == []:
        return None
    try:
        return READERS[shape.kind](shape, value)
    except ValueError as refused:
        raise RuleBroken(f"{shape.label}: {refused}", field=f"{PREFIX}{shape.key}") from refused


def _text(shape: Shape, value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("a text is needed.")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"at most {LONGEST_TEXT:,} characters.")
    return value


def _number(shape: Shape, value: Any) -> int | float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= LARGEST_NUMBER:
        raise ValueError("a number is needed.")
    return int(number) if number.is_integer() else number


def _date(shape: Shape, value: Any) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError("a date is needed, such as 2026-11-29.") from None


def _yes_no(shape: Shape, value: Any) -> bool:
    known = {"yes": True, "no": False, True: True, False: False}
    if not isinstance(value, str | bool) or value not in known:
        raise ValueError("yes or no is needed.")
    return known[value]


def _choice(shape: Shape, value: Any) -> str:
    if value not in shape.choices:
        raise ValueError(f"choose one of {', '.join(shape.choices)}.")
    return str(value)


def _choices(shape: Shape, value: Any) -> list[str]:
    given = value if isinstance(value, list) else [value]
    if any(each not in shape.choices for each in given):
        raise ValueError(f"choose among {', '.join(shape.choices)}.")
    return [each for each in shape.choices if each in given]


def _link(shape: Shape, value: Any) -> str:
    text = _text(shape, value)
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", text):
        raise ValueError("an address is needed that begins with https://.")
    return text


#: By kind. Each takes the field and what was given, and raises ValueError with a sentence.
READERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "link": _link,
}


def in_words(value: Any) -> str:
    """For tables and files."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "; ".join(value) if isinstance(value, list) else str(value if value is not None else "")


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two records of own fields the part that differs."""
    keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}
