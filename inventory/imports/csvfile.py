from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from inventory.imports.formats import ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.record import Problem, Reading
from inventory.imports.shapes import SYSTEMS, Shape
from inventory.imports.tabular import Cell, match_headings, read_table
from inventory.imports.text import decode

DELIMITERS = (",", ";", "\t")
SEPARATOR_HINT = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

# What a spreadsheet program would calculate on opening, including the full-width forms it also accepts.
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
NOT_A_FORMULA = re.compile(r"[-+]?[\d., ]*")


def read_csv(data: bytes, *, limits: Limits, systems: Shape = SYSTEMS) -> Reading:
    decoded = decode(data)
    text, delimiter = _without_hint(decoded.text)
    table = read_table(_rows(text, delimiter or _sniff(text, systems)), limits=limits, systems=systems)
    notices = (Problem("", decoded.note),) if decoded.note else ()
    return table.reading(notices=notices)


def csv_rows(data: bytes) -> Iterator[list[Cell]]:
    """The rows as they stand, for lists of something else than AI systems."""
    text, delimiter = _without_hint(decode(data).text)
    return _rows(text, delimiter or _sniff(text))


def begins_like_formula(text: str) -> bool:
    return text.startswith(FORMULA_STARTS) and not NOT_A_FORMULA.fullmatch(text)


def _without_hint(text: str) -> tuple[str, str]:
    """Excel writes and reads a first line such as `sep=;`."""
    hint = SEPARATOR_HINT.match(text)
    return (text[hint.end() :], hint[1]) if hint else (text, "")


def _sniff(text: str, systems: Shape = SYSTEMS) -> str:
    """The separator under which most headings are known."""
    return max(DELIMITERS, key=lambda delimiter: _known_headings(text, delimiter, systems))


def _known_headings(text: str, delimiter: str, systems: Shape) -> tuple[int, int]:
    # Not strict: a heading in quotation marks is no fault of the file while the separator is still a guess.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        headings = next((row for row in rows if any(row)), [])
    except csv.Error:
        return 0, 0
    return len(match_headings(headings, systems)), len(headings)


def _rows(text: str, delimiter: str) -> Iterator[list[Cell]]:
    # newline="" leaves line ends inside quoted cells alone; strict refuses a quotation mark never closed,
    # which would otherwise swallow the rest of the file into one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield [Cell(value, begins_like_formula(value)) for value in row]
    except csv.Error as error:
        raise ImportRefused(f"The CSV text is broken near line {reader.line_num}: {error}.") from error
