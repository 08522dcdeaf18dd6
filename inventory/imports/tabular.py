"""Rows of a spreadsheet, whatever file they came from, to AI systems or records of another register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from inventory.imports.draft import SystemDraft
from inventory.imports.field import Field, folded
from inventory.imports.fields import LEFT_OUT
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.own_fields import RETIRED
from inventory.imports.record import ParsedSystem, Problem, Reading, Unmapped
from inventory.imports.shapes import SYSTEMS, Shape, shape_of
from inventory.imports.text import one_line

EXCEL_ERRORS = {"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"}
STORED_AS_TEXT = "The cell begins like a formula. It is stored as plain text and is never calculated."
TOO_MANY_CELLS = (
    "The row has a value right of the last heading. A text that contains the separator "
    "must stand in quotation marks."
)


class Cell(NamedTuple):
    text: str
    is_formula: bool = False


class NumberedRow(NamedTuple):
    number: int
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    shape: Shape
    rows: tuple[ParsedSystem, ...]
    unmapped: tuple[Unmapped, ...]

    def reading(self, *, unmapped: tuple[Unmapped, ...] = (), notices: tuple[Problem, ...] = ()) -> Reading:
        """Rows about AI systems stand apart from those of any other register."""
        is_of_systems = self.shape.key == SYSTEMS.key
        return Reading(
            register=self.shape.key,
            systems=self.rows if is_of_systems else (),
            lines=() if is_of_systems else self.rows,
            unmapped=(*self.unmapped, *unmapped),
            notices=notices,
        )


def read_table(rows: Iterable[list[Cell]], *, limits: Limits, systems: Shape = SYSTEMS) -> Table:
    filled = _filled_rows(rows, limits)
    heading_row = next(filled, None)
    if heading_row is None:
        raise ImportRefused("The file has no rows.")
    headings = [cell.text for cell in heading_row.cells]
    columns, shape = match_headings(headings, systems), shape_of(headings, systems)
    if not has_name_column(columns):
        raise ImportRefused(
            f"No column for the name of the {shape.noun_in_full} was found in row {heading_row.number}: "
            "the first row must hold the headings, one of them “Name”."
        )
    _refuse_double_columns(columns)
    leftovers = _Leftovers(headings, columns, shape)
    found = tuple(_read_row(row, columns, leftovers, shape) for row in filled)
    if not found:
        raise ImportRefused(f"The file has headings but no {shape.noun_in_full} below them.")
    return Table(shape, found, leftovers.report())


def match_headings(headings: list[str], systems: Shape = SYSTEMS) -> dict[int, Field]:
    """Column number → field, for the headings that are known."""
    shape = shape_of(headings, systems)
    fields = {index: _field_named(heading, shape) for index, heading in enumerate(headings)}
    return {index: field for index, field in fields.items() if field is not None}


def has_name_column(columns: dict[int, Field]) -> bool:
    return any(field.key == "name" for field in columns.values())


def column_letter(index: int) -> str:
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _field_named(heading: str, shape: Shape) -> Field | None:
    if (whole := folded(heading)) in shape.retired:
        return shape.by_heading.get(whole)
    without_brackets = heading.split("(")[0]
    return shape.by_heading.get(whole) or shape.by_heading.get(folded(without_brackets))


def _refuse_double_columns(columns: dict[int, Field]) -> None:
    seen: dict[str, int] = {}
    for index, field in columns.items():
        if field.key in seen:
            first = column_letter(seen[field.key])
            raise ImportRefused(
                f"Columns {first} and {column_letter(index)} both hold “{field.label}”: keep one of them."
            )
        seen[field.key] = index


def _filled_rows(rows: Iterable[list[Cell]], limits: Limits) -> Iterator[NumberedRow]:
    filled = 0
    for number, cells in enumerate(rows, start=1):
        width = max((index for index, cell in enumerate(cells, start=1) if cell.text.strip()), default=0)
        if width == 0:
            continue
        filled += 1
        if filled > limits.max_rows + 1:  # the headings are a row too
            raise ImportRefused(f"The file has more than {limits.max_rows} rows: split it.")
        if width > limits.max_columns:
            raise ImportRefused(
                f"Row {number} has {width} columns; at most {limits.max_columns} are possible."
            )
        yield NumberedRow(number, cells)


def _read_row(
    row: NumberedRow, columns: dict[int, Field], leftovers: _Leftovers, shape: Shape
) -> ParsedSystem:
    draft, left_out = SystemDraft(f"row {row.number}", shape), set()
    for index, cell in enumerate(row.cells):
        text = cell.text.strip()
        if not text:
            continue
        field = columns.get(index)
        if field is None:
            leftovers.note(index, text)
            if index >= leftovers.width:
                draft.problem("", TOO_MANY_CELLS)
        elif text == LEFT_OUT:
            left_out.add(field.key)
        elif text in EXCEL_ERRORS:
            draft.problem(field.key, f"{field.label} shows the error {text}.")
        else:
            if cell.is_formula:
                draft.notice(field.key, STORED_AS_TEXT)
            draft.put(field.key, cell.text)
    if draft.has("record_version"):
        # In a sheet of the register an empty cell takes a value away.
        untold = draft.refused_keys() | left_out
        for field in columns.values():
            if field.key not in untold:
                draft.clear(field.key)
    return draft.build()


class _Leftovers:
    """Columns that no inventory field takes, each with the first value seen in it."""

    def __init__(self, headings: list[str], columns: dict[int, Field], shape: Shape) -> None:
        self._shape = shape
        self.width = len(headings)
        self._headings = headings
        self._first: dict[int, str] = {
            index: "" for index, text in enumerate(headings) if text.strip() and index not in columns
        }

    def note(self, index: int, text: str) -> None:
        if not self._first.get(index):
            self._first[index] = text

    def report(self) -> tuple[Unmapped, ...]:
        return tuple(self._entry(index, value) for index, value in sorted(self._first.items()))

    def _entry(self, index: int, value: str) -> Unmapped:
        heading = self._headings[index].strip() if index < self.width else ""
        if heading:
            path = f"column {column_letter(index)} “{one_line(heading, limit=80)}”"
            is_retired = folded(heading) in self._shape.retired
            reason = RETIRED if is_retired else "No inventory field has this heading."
            return Unmapped(path, one_line(value, limit=200), reason)
        return Unmapped(
            f"column {column_letter(index)}", one_line(value, limit=200), "The column has no heading."
        )
