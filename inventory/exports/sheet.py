"""A register as a workbook that is edited offline and uploaded again."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Mapping
from typing import Any

from inventory.imports.fields import LEFT_OUT
from inventory.imports.shapes import SYSTEMS, Shape
from inventory.imports.text import clean

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A spreadsheet cuts what is longer without a word.
LONGEST_CELL = 32_767


def file_name(shape: Shape) -> str:
    return f"{shape.sheet.lower().replace(' ', '-')}-to-edit.xlsx"


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


def _written(value: Any) -> str | float | None:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        value = "; ".join(value)
    if isinstance(value, int | float):
        return value
    text = clean(value or "")
    return LEFT_OUT if len(text) > LONGEST_CELL else text or None
