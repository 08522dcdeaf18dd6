"""The blank spreadsheet as a workbook: headings, choices offered in the cells, a sheet that explains them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from inventory.imports.field import Field, Kind
from inventory.imports.fields import FIELDS, NEVER_MISSING
from inventory.imports.xlsxfile import HELP_SHEET, SYSTEMS_SHEET

HELP_HEADINGS = (
    "Heading",
    "Meaning",
    "Form of the value",
    "Allowed values",
    "Example",
    "Needed for a full record",
)
HELP_WIDTHS = (28, 60, 34, 60, 44, 24)
ROWS_WITH_CHOICES = 2_000
LONGEST_OFFER = 255  # of characters, by the format


def blank_workbook(fields: Sequence[Field]) -> bytes:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = SYSTEMS_SHEET
    _write_headings(sheet, fields)
    _write_help(workbook.create_sheet(HELP_SHEET), fields)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _write_headings(sheet: Worksheet, fields: Sequence[Field]) -> None:
    for number, field in enumerate(fields, start=1):
        _emphasize(sheet, 1, number, field.label)
        sheet.column_dimensions[get_column_letter(number)].width = max(16, len(field.label) + 4)
        allowed = _offered(field)
        if allowed:
            # A warning only: the import understands more words than the list offers.
            offer = DataValidation(
                type="list", formula1=f'"{allowed}"', allow_blank=True, errorStyle="warning"
            )
            sheet.add_data_validation(offer)
            letter = get_column_letter(number)
            offer.add(f"{letter}2:{letter}{ROWS_WITH_CHOICES}")
    sheet.freeze_panes = "A2"


def _offered(field: Field) -> str:
    if field.kind is Kind.YES_NO:
        return "yes,no"
    if field.kind is not Kind.CHOICE:
        return ""
    offered = ",".join(choice.value for choice in field.choices)
    # A list within a rule of a cell has commas between its values, no quotation marks, and one line.
    is_plain = offered.count(",") == len(field.choices) - 1 and '"' not in offered
    return offered if is_plain and len(offered) <= LONGEST_OFFER else ""


def _write_help(sheet: Worksheet, fields: Sequence[Field]) -> None:
    for number, (heading, width) in enumerate(zip(HELP_HEADINGS, HELP_WIDTHS, strict=True), start=1):
        _emphasize(sheet, 1, number, heading)
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row, field in enumerate(fields, start=2):
        needed = "yes" if field.key in FIELDS and field.key not in NEVER_MISSING else "no"
        values = (field.label, field.help, field.kind.value, field.allowed, field.example, needed)
        for number, value in enumerate(values, start=1):
            sheet.cell(row, number, value).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _emphasize(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row, column, text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E6EBF2")
