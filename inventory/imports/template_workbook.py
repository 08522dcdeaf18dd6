"""The blank spreadsheet as a workbook: headings, choices offered in the cells, a sheet that explains them."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from inventory.imports.field import Field, Kind
from inventory.imports.fields import ALL_FIELDS, NEVER_MISSING
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


def blank_workbook() -> bytes:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = SYSTEMS_SHEET
    _write_headings(sheet)
    _write_help(workbook.create_sheet(HELP_SHEET))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _write_headings(sheet: Worksheet) -> None:
    for number, field in enumerate(ALL_FIELDS, start=1):
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
    return ",".join(choice.value for choice in field.choices) if field.kind is Kind.CHOICE else ""


def _write_help(sheet: Worksheet) -> None:
    for number, (heading, width) in enumerate(zip(HELP_HEADINGS, HELP_WIDTHS, strict=True), start=1):
        _emphasize(sheet, 1, number, heading)
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row, field in enumerate(ALL_FIELDS, start=2):
        needed = "no" if field.key in NEVER_MISSING else "yes"
        values = (field.label, field.help, field.kind.value, field.allowed, field.example, needed)
        for number, value in enumerate(values, start=1):
            sheet.cell(row, number, value).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _emphasize(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row, column, text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E6EBF2")
