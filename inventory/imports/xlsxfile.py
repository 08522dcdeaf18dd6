from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from inventory.imports.csvfile import begins_like_formula
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.record import Reading, Unmapped
from inventory.imports.shapes import SYSTEMS, Shape
from inventory.imports.tabular import Cell, has_name_column, match_headings, read_table
from inventory.imports.zipguard import refuse_hostile_archive

SYSTEMS_SHEET = "AI systems"
HELP_SHEET = "Help"
# A sheet cannot be longer in any spreadsheet program; a row number beyond is an attack on the reader.
LAST_ROW_OF_A_SHEET = 1_048_576
DAMAGED = "The workbook is damaged or is not a workbook."


def read_xlsx(path: Path, *, limits: Limits, systems: Shape = SYSTEMS) -> Reading:
    refuse_hostile_archive(path, limits=limits)
    with path.open("rb") as file:
        workbook = _open(file)
        sheet = _sheet_with_systems(workbook)
        table = read_table(_rows(sheet), limits=limits, systems=systems)
        return table.reading(unmapped=_unmapped(workbook, sheet))


def xlsx_rows(path: Path, *, limits: Limits) -> Iterator[list[Cell]]:
    """The rows of the first visible sheet as they stand, for lists of something else than AI systems."""
    refuse_hostile_archive(path, limits=limits)
    with path.open("rb") as file:
        sheets = [sheet for sheet in _open(file).worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise ImportRefused("The workbook has no visible sheet with cells.")
        yield from _rows(sheets[0])


def _open(file: BinaryIO) -> Any:
    import openpyxl  # takes a third of a second, and few processes read a workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions openpyxl drops do not matter here
            return openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:  # openpyxl lets whatever its parts raise come through
        raise ImportRefused(DAMAGED) from error


def _sheet_with_systems(workbook: Any) -> Any:
    """The first visible sheet whose headings hold a name; else the first, whose refusal explains itself."""
    visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise ImportRefused("The workbook has no visible sheet with cells.")
    return next((sheet for sheet in visible if _has_systems(sheet)), visible[0])


def _has_systems(sheet: Any) -> bool:
    filled = (row for row in _rows(sheet) if any(cell.text.strip() for cell in row))
    headings = next(filled, [])
    return has_name_column(match_headings([cell.text for cell in headings]))


def _unmapped(workbook: Any, used: Any) -> tuple[Unmapped, ...]:
    others = [sheet.title for sheet in workbook.worksheets if sheet is not used and sheet.title != HELP_SHEET]
    reason = f"Only the sheet “{used.title}” is read."
    return tuple(Unmapped(f"sheet “{title}”", "", reason) for title in others)


def _rows(sheet: Any) -> Iterator[list[Cell]]:
    sheet.reset_dimensions()  # the size a file states about itself cannot be trusted
    rows = sheet.iter_rows(values_only=True)
    for number in range(1, LAST_ROW_OF_A_SHEET + 2):
        try:
            row = next(rows, None)
        except MemoryError:
            raise
        except Exception as error:  # see _open
            raise ImportRefused(DAMAGED) from error
        if row is None:
            return
        if number > LAST_ROW_OF_A_SHEET:
            raise ImportRefused(f"The sheet has more than {LAST_ROW_OF_A_SHEET} rows: split it.")
        yield [_cell(value) for value in row]


def _cell(value: object) -> Cell:
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, str):
        return Cell(value, begins_like_formula(value))
    if isinstance(value, int):
        return Cell(str(value))
    if isinstance(value, float):
        return Cell(str(int(value)) if value.is_integer() else str(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return Cell(value.date().isoformat())
    if isinstance(value, datetime.date | datetime.time):
        return Cell(value.isoformat())
    # What is left are formulas over several cells and time spans.
    return Cell(str(getattr(value, "text", value)), is_formula=hasattr(value, "text"))
