"""The columns of a register: what there is to choose from, and which of them the address asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

PARAMETER = "columns"


@dataclass(frozen=True)
class Tag:
    """A word that stands in the place of a value, or beside it."""

    label: str
    tone: str = "neutral"
    icon: str = ""
    is_beside: bool = False


def no_tag(row: Any) -> Tag | None:
    return None


@dataclass(frozen=True)
class Link:
    """Another record that cells lead to: the name and the verb of its page, and what rows call its id."""

    route: str
    verb: str
    key: str


@dataclass(frozen=True)
class Column:
    """A column of a register: `value` is what the CSV holds of a row, `kind` how the page draws it.

    sort: what ?sort= calls it. is_shown: without being asked for. is_name: says which record the row is.
    beside: the column that stands small in its cells as long as nobody chooses columns; of one with tags, the
    tag. reads: what rows have to be read with for it. of_record: only for whoever may open the records.
    link: the record that the value names, where that is another one.
    """

    key: str
    label: str
    value: Callable[[Any], object]
    sort: str = ""
    kind: str = ""
    tag: Callable[[Any], Tag | None] = no_tag
    is_shown: bool = False
    is_name: bool = False
    beside: str = ""
    reads: tuple[str, ...] = ()
    of_record: bool = False
    link: Link | None = None

    def for_reader(self, can: Callable[[str], bool]) -> Column:
        """Without its link for whoever may not open what it leads to; what it says stays."""
        return self if self.link is None or can(self.link.verb) else replace(self, link=None)


@dataclass(frozen=True)
class Cell:
    column: Column
    value: object
    tag: Tag | None
    #: What stands small after the value, drawn by its kind.
    note: object
    note_kind: str
    note_tag: Tag | None
    #: Which record the value leads to.
    target: int | None
    #: The cell that says which record the row is.
    is_head: bool


@dataclass(frozen=True)
class Line:
    row: Any
    cells: list[Cell]


class Choice:
    """The columns that a register shows, in order. The first one it offers is always there."""

    def __init__(self, offered: Sequence[Column], asked: Iterable[str]) -> None:
        """`asked` is what the address says; what is not known is left out, and nothing asks for the usual."""
        self.offered = offered
        known = {column.key: column for column in offered}
        keys = dict.fromkeys(key.strip() for text in asked for key in text.split(","))
        chosen = [known[key] for key in keys if key in known]
        first, usual = offered[0], [column for column in offered if column.is_shown]
        self.is_usual = not chosen
        self.shown = usual if self.is_usual else chosen if first in chosen else [first, *chosen]
        self.is_as_usual = self.shown == usual
        self._beside = {
            column.key: known[column.beside] for column in self.shown if self.is_usual and column.beside
        }

    @property
    def words(self) -> str:
        """As the address says it."""
        return ",".join(column.key for column in self.shown)

    @property
    def written(self) -> list[Column]:
        """What a file holds: those that are shown, each followed by what stands small beside it."""
        pairs = [(column, self._beside.get(column.key)) for column in self.shown]
        return [column for pair in pairs for column in pair if column is not None]

    @property
    def reads(self) -> list[str]:
        return list(dict.fromkeys(name for column in self.written for name in column.reads))

    @property
    def in_order(self) -> list[Column]:
        """To choose from: those that are shown first, as they stand."""
        return [*self.shown, *(column for column in self.offered if column not in self.shown)]

    def lines(self, rows: Iterable[Any]) -> list[Line]:
        head = next((column for column in self.shown if column.is_name), self.shown[0])
        return [Line(row, [self._cell(column, row, column is head) for column in self.shown]) for row in rows]

    def _cell(self, column: Column, row: Any, is_head: bool) -> Cell:
        beside = self._beside.get(column.key)
        note, note_kind, note_tag = None, "", None
        if beside and beside.tag is not no_tag:
            note_tag = beside.tag(row)
        elif beside:
            note, note_kind = beside.value(row), beside.kind
        target = row.said[column.link.key] if column.link else None
        return Cell(column, column.value(row), column.tag(row), note, note_kind, note_tag, target, is_head)
