"""The blank spreadsheet that people download, fill in and import again."""

from __future__ import annotations

import csv
import io

from inventory.imports.own_fields import OwnFields
from inventory.imports.shapes import SYSTEMS


def csv_template(own: OwnFields) -> bytes:
    """With a byte order mark, without which Excel misreads letters with accents."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(field.label for field in own.added_to(SYSTEMS).fields)
    return out.getvalue().encode("utf-8-sig")


def csv_example(own: OwnFields) -> bytes:
    """The same with the example filled in, for documentation and for trying the import."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(field.label for field in own.added_to(SYSTEMS).fields)
    writer.writerow(field.example for field in own.added_to(SYSTEMS).fields)
    return out.getvalue().encode("utf-8-sig")


def xlsx_template(own: OwnFields) -> bytes:
    # The library takes a third of a second to load, and few processes write a workbook.
    from inventory.imports import template_workbook

    return template_workbook.blank_workbook(own.added_to(SYSTEMS).fields)
