"""A sheet of a register that came back, beside the register: what it changes, cell by cell.

What a record said when the sheet was made is read from the row history by the version that the sheet names,
so that nobody has to trust the file for it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aims.core.exceptions import RuleBroken
from aims.core.history import event_model
from aims.core.models import Member
from inventory.exports.sheet import workbook_of
from inventory.imports import shapes
from inventory.imports.fields import COLUMNS
from inventory.imports.record import ParsedFile, ParsedSystem
from inventory.imports.shapes import Shape
from inventory.models import AISystem, InventoryImport, Supplier
from inventory.queries.exports import MOST_IN_A_REQUEST
from inventory.rules.sheets import Cell, Verdict, verdict_of


@dataclass(frozen=True, eq=False)
class Register:
    """A register that goes out as a sheet and comes back; `view` is the verb that reads it."""

    model: Any
    shape: Shape
    heading: str
    plural: str
    route: str
    url_name: str
    view: str
    #: The stage of a system and the state of a supplier are moved by steps, never by a sheet.
    compared: tuple[str, ...]


SYSTEMS = Register(
    model=AISystem,
    shape=shapes.SYSTEMS,
    heading="AI system",
    plural="systems",
    route="system",
    url_name="systems",
    view="inventory.view_system",
    compared=tuple(each.key for each in shapes.SYSTEMS.fields if each.key != "stage"),
)
SUPPLIERS = Register(
    model=Supplier,
    shape=shapes.SUPPLIERS,
    heading="Supplier",
    plural="suppliers",
    route="supplier",
    url_name="suppliers",
    view="inventory.view_suppliers",
    compared=tuple(each.key for each in shapes.SUPPLIERS.fields),
)


@dataclass(frozen=True)
class SheetRow:
    """One record with the cells that differ; `row_version` is that of the record as it is now."""

    record: Any
    row_version: int
    cells: list[Cell]


@dataclass(frozen=True)
class Comparison:
    rows: list[SheetRow]
    unknown: list[str]
    #: Rows that are not from the register and cannot become records here, each with the reason.
    left_out: list[str] = field(default_factory=list)
    register: Register = SYSTEMS

    def count(self, verdict: Verdict) -> int:
        return sum(cell.verdict is verdict for row in self.rows for cell in row.cells)

    @property
    def takes(self) -> int:
        """Cells that can be taken over."""
        return self.count(Verdict.CHANGED) + self.count(Verdict.CONFLICT)


def sheet_of(found: Any, register: Register = SYSTEMS) -> bytes:
    """Raises RuleBroken for more records than one answer can hold."""
    if (count := found.count()) > MOST_IN_A_REQUEST:
        raise RuleBroken(
            f"{count} {register.plural} are more than one sheet is made of here ({MOST_IN_A_REQUEST}): filter"
            " the register first."
        )
    return workbook_of(sheet_rows(found, register), register.shape)


def sheet_rows(found: Any, register: Register = SYSTEMS) -> Iterator[dict[str, Any]]:
    for record in found.select_related("owner").order_by("id"):
        values = {each.key: _of(record, each.key) for each in register.shape.fields}
        yield {**values, "reference": record.reference, "record_version": record.row_version}


def is_sheet(parsed: ParsedFile) -> bool:
    return bool(parsed.suppliers) or any(_version(each) for each in parsed.systems)


def register_of(upload: InventoryImport) -> Register:
    return SUPPLIERS if upload.preview and upload.preview.get("suppliers") else SYSTEMS


def lines_of(upload: InventoryImport) -> tuple[ParsedSystem, ...]:
    """What the sheet says, row by row."""
    if not upload.preview:
        return ()
    parsed = ParsedFile.from_data(upload.preview)
    return parsed.suppliers or parsed.systems


def comparison_of(upload: InventoryImport) -> Comparison:
    """Four queries, whatever the number of rows."""
    register, lines = register_of(upload), lines_of(upload)
    said = [each for each in lines if _version(each)]
    named = [str(each.fields.get("reference") or "") for each in said]
    found = register.model.objects.select_related("owner", "organization").filter(reference__in=named)
    records = {record.reference: record for record in found}
    bases = _bases(register, records.values(), {_version(each) for each in said})
    emails = dict(Member.objects.values_list("id", "email"))
    rows = []
    for each, reference in zip(said, named, strict=True):
        record = records.get(reference)
        if record is None:
            continue
        base = bases.get((record.pk, _version(each)))
        cells = list(_cells(each, register, record, base, emails))
        if cells:
            rows.append(SheetRow(record, record.row_version, cells))
    unknown = [reference for reference in named if reference not in records]
    return Comparison(rows, unknown, _left_out(register, lines), register)


def _left_out(register: Register, lines: Iterable[ParsedSystem]) -> list[str]:
    if register.shape.takes_new:
        return []
    without = [each for each in lines if not _version(each)]
    return [f"{each.position}: {problem.sentence}" for each in without for problem in each.problems]


def _version(each: ParsedSystem) -> int:
    version = each.fields.get("record_version")
    return version if isinstance(version, int) else 0


def _bases(register: Register, records: Iterable[Any], versions: set[int]) -> dict[tuple[int, int], Any]:
    events: Any = event_model(register.model)
    pks = [record.pk for record in records]
    found = events.objects.filter(pgh_obj_id__in=pks, row_version__in=versions).order_by("pgh_id")
    return {(event.pgh_obj_id, event.row_version): event for event in found}


def _cells(
    each: ParsedSystem, register: Register, record: Any, base: Any, emails: Mapping[int, str]
) -> Iterator[Cell]:
    problems = {problem.field: problem.sentence for problem in each.problems}
    for key in register.compared:
        here, before = _of(record, key), _of(base, key, emails) if base is not None else None
        if key in problems:
            verdict: Verdict | None = Verdict.REFUSED
        elif key in each.fields:
            verdict = verdict_of(
                base=before, here=here, sheet=each.fields[key], is_base_known=base is not None
            )
        else:
            verdict = None
        if verdict:
            yield Cell(
                key=key,
                label=register.shape.by_key[key].label,
                base=_words(before) if base is not None else None,
                here=_words(here),
                sheet=_words(each.fields.get(key)),
                verdict=verdict,
                problem=problems.get(key, ""),
            )


def _of(record: Any, key: str, emails: Mapping[int, str] | None = None) -> Any:
    if key != "owner_email":
        value = getattr(record, COLUMNS.get(key, key))
        return value.isoformat() if isinstance(value, datetime.date) else value
    if emails is not None:
        return emails.get(record.owner_id or 0, "")
    return record.owner.email if record.owner else ""


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list | tuple) else str(value if value is not None else "")
