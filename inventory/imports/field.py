"""What a field is that a file can fill: its names in spreadsheets, and what values it takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    LINE = "one line"
    TEXT = "text"
    EMAIL = "e-mail address"
    EMAILS = "one or more e-mail addresses, separated by ;"
    CHOICE = "one of the values"
    CHOICES = "one or more of the values, separated by ;"
    LIST = "list, separated by ;"
    NUMBER = "whole number"
    DECIMAL = "number, such as 12.5"
    YES_NO = "yes or no"
    DAY = "day, such as 2027-01-31"
    HASHES = "hashes, one a line"
    MEASURES = "measures, one a line"


@dataclass(frozen=True)
class Choice:
    value: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    key: str
    label: str
    kind: Kind
    help: str
    example: str
    aliases: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    max_length: int = 10_000

    @property
    def allowed(self) -> str:
        return ", ".join(choice.value for choice in self.choices)


class Unreadable(ValueError):
    """The value cannot be taken for this field; the text says what would be."""


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """Case, spaces and punctuation do not distinguish two headings or two choices."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
