"""Which register a table is about: its columns, and what a row of it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inventory.imports.field import Field, folded
from inventory.imports.fields import ALL_FIELDS, BY_KEY, FIELD_BY_HEADING, ONLY_SHOWN, SHEET_FIELDS
from inventory.imports.resource_fields import DATA_SET_FIELDS, MODEL_FIELDS, PROMPT_FIELDS
from inventory.imports.supplier_fields import SUPPLIER_FIELDS


@dataclass(frozen=True, eq=False)
class Shape:
    key: str
    sheet: str
    noun: str
    noun_in_full: str
    fields: tuple[Field, ...]
    by_key: Mapping[str, Field]
    by_heading: Mapping[str, Field]
    #: Headings that only a workbook of this register has together.
    marks: frozenset[str] = frozenset()
    #: Whether a record is one version, so that others may have its name.
    is_of_versions: bool = False
    #: Headings that meant something once.
    retired: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[Field, ...]:
        """Of a workbook of the register."""
        return (*SHEET_FIELDS, *self.fields)


def _shape(
    key: str, sheet: str, noun: str, fields: tuple[Field, ...], mark: str, *, is_of_versions: bool = False
) -> Shape:
    known = (*SHEET_FIELDS, *fields)
    return Shape(
        key=key,
        sheet=sheet,
        noun=noun,
        noun_in_full=noun,
        fields=fields,
        by_key={field.key: field for field in known},
        by_heading={folded(field.label): field for field in known},
        marks=frozenset({folded(SHEET_FIELDS[0].label), folded(mark)}),
        is_of_versions=is_of_versions,
    )


SYSTEMS = Shape(
    key="systems",
    sheet="AI systems",
    noun="system",
    noun_in_full="AI system",
    fields=ALL_FIELDS,
    by_key=BY_KEY,
    by_heading=FIELD_BY_HEADING,
)
SUPPLIERS = _shape("suppliers", "Suppliers", "supplier", SUPPLIER_FIELDS, "Delivers")
MODELS = _shape("models", "AI models", "AI model", MODEL_FIELDS, "Kind of model", is_of_versions=True)
DATA_SETS = _shape(
    "data_sets", "Data sets", "data set", DATA_SET_FIELDS, "Checks for bias", is_of_versions=True
)
PROMPTS = _shape(
    "prompts", "Prompts", "prompt or agent", PROMPT_FIELDS, "Kind of prompt", is_of_versions=True
)
#: Told apart by their headings; any other table is about AI systems.
MARKED = (SUPPLIERS, MODELS, DATA_SETS, PROMPTS)
#: What a heading of a table of AI systems means already, or tells it apart from other tables.
TAKEN = frozenset(FIELD_BY_HEADING).union(map(folded, ONLY_SHOWN), *(shape.marks for shape in MARKED))
BY_REGISTER = {shape.key: shape for shape in (SYSTEMS, *MARKED)}


def shape_of(headings: Iterable[str], systems: Shape = SYSTEMS) -> Shape:
    """`systems` is the shape of a table of AI systems here."""
    found = {folded(heading) for heading in headings}
    return next((shape for shape in MARKED if shape.marks <= found), systems)
