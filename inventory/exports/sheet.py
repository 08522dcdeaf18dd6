"""A register as a workbook that is edited offline and uploaded again."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Mapping
from typing import Any

from inventory.imports.shapes import SYSTEMS, Shape

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_NAME = "ai-systems-to-edit.xlsx"
SUPPLIERS_FILE_NAME = "suppliers-to-edit.xlsx"


def workbook_of(rows: Iterable[Mapping[str, Any]], shape: Shape = SYSTEMS) -> bytes:
    """Rows are values by the key of the field. Texts stay texts, whatever they begin with."""
    from openpyxl import Workbook  # takes a third of a second, and few processes write one
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(shape.sheet)
    sheet.freeze_panes = "D2"
    sheet.append([field.label for field in shape.columns])
    for row in rows:
        cells = []
        for field in shape.columns:
            cell = WriteOnlyCell(sheet, value=_written(row.get(field.key)))
            if isinstance(cell.value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _written(value: Any) -> str | int | None:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(value) or None
    return value if isinstance(value, int) else value or None
