"""The register as a workbook that is edited offline and uploaded again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from inventory.imports.fields import ALL_FIELDS, SHEET_FIELDS
from inventory.imports.xlsxfile import SYSTEMS_SHEET

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_NAME = "ai-systems-to-edit.xlsx"
COLUMNS = (*SHEET_FIELDS, *ALL_FIELDS)


def workbook_of(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows are values by the key of the field. Texts stay texts, whatever they begin with."""
    from openpyxl import Workbook  # takes a third of a second, and few processes write one
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(SYSTEMS_SHEET)
    sheet.freeze_panes = "D2"
    sheet.append([field.label for field in COLUMNS])
    for row in rows:
        cells = []
        for field in COLUMNS:
            cell = WriteOnlyCell(sheet, value=_written(row.get(field.key)))
            if isinstance(cell.value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _written(value: Any) -> str | int | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(value) or None
    return value if isinstance(value, int) else value or None
