"""Request lists from files: read in the limited process, shown, and sent back as rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aims.core.exceptions import RuleBroken
from audits.request_rules import MOST_ROWS, RequestRow, columns_of, request_rows
from audits.services.audits import requirement_titles
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import MEGABYTE, Limits
from inventory.imports.sandbox import rows_in_subprocess

#: A request list is short: it is read while the person waits.
LIMITS = Limits(
    max_bytes=MEGABYTE,
    max_rows=MOST_ROWS,
    max_columns=60,
    max_unpacked_bytes=20 * MEGABYTE,
    memory_bytes=512 * MEGABYTE,
    cpu_seconds=5,
    wall_seconds=15,
)


def read_list(path: Path, name: str) -> list[RequestRow]:
    """The rows of a CSV or XLSX file, each with what is wrong with it."""
    try:
        rows = rows_in_subprocess(path, name, LIMITS)
    except ImportRefused as refused:
        raise RuleBroken(str(refused), field="file") from refused
    if not rows or "title" not in columns_of(rows[0][1]):
        raise RuleBroken("The first row must hold the headings, one of them “Title”.", field="file")
    found = request_rows(rows, set(requirement_titles()))
    if not found:
        raise RuleBroken("The file has headings but no request below them.", field="file")
    return found


def as_data(rows: Sequence[RequestRow]) -> list[dict[str, Any]]:
    return [
        {
            "number": row.number,
            "title": row.title,
            "question": row.question,
            "requirements": list(row.requirements),
            "due_date": row.due_date.isoformat() if row.due_date else "",
        }
        for row in rows
    ]


def from_data(data: Any) -> list[RequestRow]:
    """Rows that come back from a person's browser, checked like those of a file."""
    headings = ["title", "question", "requirements", "due date"]
    try:
        rows: list[tuple[int, list[str]]] = [(1, headings)]
        for each in data:
            refs = [str(ref) for ref in each["requirements"]]
            cells = [str(each["title"]), str(each["question"]), " ".join(refs), str(each["due_date"])]
            rows.append((int(each["number"]), cells))
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise RuleBroken("The list did not arrive whole. Upload the file again.", field="file") from error
    if any("\x00" in cell for _, cells in rows for cell in cells):
        raise RuleBroken("The list holds characters that cannot be stored.", field="file")
    return request_rows(rows, set(requirement_titles()))
