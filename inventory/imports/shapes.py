"""Which register a table is about: its columns, and what a row of it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inventory.imports.fields import ALL_FIELDS, BY_KEY, FIELD_BY_HEADING, SHEET_FIELDS, Field, folded
from inventory.imports.supplier_fields import SUPPLIER_FIELDS


@dataclass(frozen=True, eq=False)
class Shape:
    sheet: str
    noun: str
    noun_in_full: str
    fields: tuple[Field, ...]
    by_key: Mapping[str, Field]
    by_heading: Mapping[str, Field]
    #: Whether a row that is not from the register may become a record.
    takes_new: bool

    @property
    def columns(self) -> tuple[Field, ...]:
        """Of a workbook of the register."""
        return (*SHEET_FIELDS, *self.fields)


SYSTEMS = Shape(
    sheet="AI systems",
    noun="system",
    noun_in_full="AI system",
    fields=ALL_FIELDS,
    by_key=BY_KEY,
    by_heading=FIELD_BY_HEADING,
    takes_new=True,
)
SUPPLIERS = Shape(
    sheet="Suppliers",
    noun="supplier",
    noun_in_full="supplier",
    fields=SUPPLIER_FIELDS,
    by_key={field.key: field for field in (*SHEET_FIELDS, *SUPPLIER_FIELDS)},
    by_heading={folded(field.label): field for field in (*SHEET_FIELDS, *SUPPLIER_FIELDS)},
    takes_new=False,
)
#: Headings that only a workbook of the suppliers has together.
OF_SUPPLIERS = {folded("Portal reference"), folded("Delivers")}


def shape_of(headings: Iterable[str]) -> Shape:
    return SUPPLIERS if {folded(heading) for heading in headings} >= OF_SUPPLIERS else SYSTEMS
