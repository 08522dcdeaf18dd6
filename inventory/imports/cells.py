"""How the text of a cell becomes the value of a field."""

from __future__ import annotations

import datetime
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
SEPARATORS = re.compile(r"[;|,\n]")


def read_value(field: Field, raw: str) -> object | None:
    """The value of one cell; None when it says nothing."""
    text = clean(raw)
    if not text or (field.kind not in (Kind.LINE, Kind.TEXT) and text.casefold() in BLANKS):
        return None
    return READERS[field.kind](field, text)


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
    value = _words_of(field).get(folded(text))
    if value is None:
        raise Unreadable(f"{field.label} “{_shortened(text)}” is not known. Use one of: {field.allowed}.")
    return value


@lru_cache(maxsize=100)
def _words_of(field: Field) -> dict[str, str]:
    return {
        folded(word): choice.value for choice in field.choices for word in (choice.value, *choice.aliases)
    }


def _read_choices(field: Field, text: str) -> list[str]:
    parts = [part.strip() for part in SEPARATORS.split(text)]
    return list(dict.fromkeys(_read_choice(field, part) for part in parts if part))


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
    Kind.YES_NO: _read_yes_no,
    Kind.DAY: _read_day,
    Kind.HASHES: _read_hashes,
    Kind.MEASURES: _read_measures,
}
