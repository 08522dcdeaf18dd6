"""How the text of a cell becomes the value of a field."""

from __future__ import annotations

import datetime
import math
import re
from functools import lru_cache

from inventory.imports.field import Field, Kind, Unreadable, folded
from inventory.imports.lines import hash_lines, hashes_in, measure_lines, measures_in
from inventory.imports.text import clean

MAX_LIST_ITEMS = 100
MAX_COUNT = 2_147_483_647  # the largest whole number the inventory stores

BLANKS = {"", "-", "–", "—", "n/a", "na", "tbd", "?", "null", "unknown", "not known"}
NONE_WORDS = {"none", "no", "nothing"}
YES = {"yes", "y", "true", "1", "x", "in", "in scope", "ja", "oui"}
NO = {"no", "n", "false", "0", "out", "out of scope", "nein", "non"}

EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
GROUPED_NUMBER = re.compile(r"\d{1,3}(?:[ ,.'’_\u00a0\u202f]\d{3})+")
PLAIN_NUMBER = re.compile(r"(\d+)(?:[.,]0+)?")
DECIMAL_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
#: Twelve hundred to some, one and a fifth to others.
AMBIGUOUS_NUMBER = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
SEPARATORS = re.compile(r"[;|,\n]")
PARTS = re.compile(r"([;|,\n])")


def read_value(field: Field, raw: str) -> object | None:
    """The value of one cell; None when it says nothing."""
    text = clean(raw)
    if not text or _is_blank(field, text):
        return None
    return READERS[field.kind](field, text)


def _is_blank(field: Field, text: str) -> bool:
    """Words for nothing, save where they are words of the field."""
    is_free = field.kind in (Kind.LINE, Kind.TEXT)
    return not is_free and text.casefold() in BLANKS and text not in _values_of(field)


def read_items(field: Field, items: list[str]) -> list[str]:
    """The values of a list that the source already keeps apart."""
    cleaned = [" ".join(clean(item).split()) for item in items]
    unique = list(dict.fromkeys(item for item in cleaned if item))
    if len(unique) > MAX_LIST_ITEMS:
        raise Unreadable(f"{field.label} has {len(unique)} entries; at most {MAX_LIST_ITEMS} are possible.")
    for item in unique:
        _check_length(field, item)
    return unique


def _read_line(field: Field, text: str) -> str:
    line = " ".join(text.split())
    _check_length(field, line)
    return line


def _read_text(field: Field, text: str) -> str:
    _check_length(field, text)
    return text


def _read_email(field: Field, text: str) -> str:
    if len(text) > field.max_length or not EMAIL.fullmatch(text):
        raise Unreadable(f"{field.label} needs one e-mail address; “{_shortened(text)}” is none.")
    return text


def _read_emails(field: Field, text: str) -> list[str]:
    parts = [part.strip() for part in SEPARATORS.split(text)]
    return read_items(field, [_read_email(field, part) for part in parts if part])


def _read_choice(field: Field, text: str) -> str:
    value = _values_of(field).get(text) or _words_of(field).get(folded(text))
    if value is None:
        raise Unreadable(f"{field.label} “{_shortened(text)}” is not known. Use one of: {field.allowed}.")
    return value


@lru_cache(maxsize=100)
def _values_of(field: Field) -> dict[str, str]:
    """As they are written; an organization's own may be words such as "C++" or "n/a"."""
    return {clean(choice.value): choice.value for choice in field.choices}


@lru_cache(maxsize=100)
def _words_of(field: Field) -> dict[str, str]:
    """Folded, where that means one choice only."""
    meant: dict[str, set[str]] = {}
    for choice in field.choices:
        for word in (choice.value, *choice.aliases):
            meant.setdefault(folded(word), set()).add(choice.value)
    return {word: values.pop() for word, values in meant.items() if word and len(values) == 1}


def _read_choices(field: Field, text: str) -> list[str]:
    """A choice that holds a separator itself is known by what stands on both sides of it."""
    parts, found, start = PARTS.split(text), [], 0
    longest = max(len(PARTS.split(value)) for value in _values_of(field))
    while start < len(parts):
        ends = range(min(len(parts), start + longest), start + 1, -2)
        whole = (("".join(parts[start:end]).strip(), end) for end in ends)
        value, end = next(
            ((_values_of(field)[words], end) for words, end in whole if words in _values_of(field)),
            ("", start + 1),
        )
        if not value and parts[start].strip():
            value = _read_choice(field, parts[start].strip())
        found.append(value)
        start = end + 1
    return list(dict.fromkeys(value for value in found if value))


def _read_list(field: Field, text: str) -> list[str]:
    if text.casefold() in NONE_WORDS and field.key == "special_categories":
        return []
    return read_items(field, SEPARATORS.split(text))


def _read_number(field: Field, text: str) -> int:
    plain = PLAIN_NUMBER.fullmatch(text)
    if GROUPED_NUMBER.fullmatch(text):
        digits = "".join(letter for letter in text if letter.isdigit())
    elif plain:
        digits = plain[1]
    else:
        raise Unreadable(f"{field.label} needs a whole number such as 1200; “{_shortened(text)}” is none.")
    if len(digits) > len(str(MAX_COUNT)) or int(digits) > MAX_COUNT:
        raise Unreadable(f"{field.label} is larger than {MAX_COUNT}.")
    return int(digits)


def _read_decimal(field: Field, text: str) -> int | float:
    number = math.nan
    if DECIMAL_NUMBER.fullmatch(text) and not AMBIGUOUS_NUMBER.fullmatch(text):
        number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise Unreadable(
            f"{field.label} needs a number such as 1200.5, without a sign between thousands; "
            f"“{_shortened(text)}” is none."
        )
    return int(number) if number.is_integer() else number


def _read_yes_no(field: Field, text: str) -> bool:
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable(f"{field.label} needs yes or no; “{_shortened(text)}” is neither.")


def _read_day(field: Field, text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unreadable(
            f"{field.label} needs a day such as 2027-01-31; “{_shortened(text)}” is none."
        ) from None


def _read_hashes(field: Field, text: str) -> str:
    try:
        return hash_lines(hashes_in(text))
    except ValueError as error:
        raise Unreadable(f"{field.label}: {error}") from None


def _read_measures(field: Field, text: str) -> str:
    try:
        return measure_lines(measures_in(text))
    except ValueError as error:
        raise Unreadable(f"{field.label}: {error}") from None


def _check_length(field: Field, text: str) -> None:
    if len(text) > field.max_length:
        raise Unreadable(
            f"{field.label} has {len(text)} characters; at most {field.max_length} are possible."
        )


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


READERS = {
    Kind.LINE: _read_line,
    Kind.TEXT: _read_text,
    Kind.EMAIL: _read_email,
    Kind.EMAILS: _read_emails,
    Kind.CHOICE: _read_choice,
    Kind.CHOICES: _read_choices,
    Kind.LIST: _read_list,
    Kind.NUMBER: _read_number,
    Kind.DECIMAL: _read_decimal,
    Kind.YES_NO: _read_yes_no,
    Kind.DAY: _read_day,
    Kind.HASHES: _read_hashes,
    Kind.MEASURES: _read_measures,
}
