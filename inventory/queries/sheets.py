"""A sheet of the register that came back, beside the register: what it changes, cell by cell.

What a record said when the sheet was made is read from the row history by the version that the sheet names,
so that nobody has to trust the file for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aims.core.exceptions import RuleBroken
from aims.core.history import event_model
from aims.core.models import Member
from inventory.exports.sheet import workbook_of
from inventory.imports.fields import BY_KEY, COLUMNS, FIELDS
from inventory.imports.record import ParsedFile, ParsedSystem
from inventory.models import AISystem, InventoryImport
from inventory.queries.exports import MOST_IN_A_REQUEST
from inventory.queries.systems import Systems
from inventory.rules.sheets import Cell, Verdict, verdict_of

#: The stage is moved by gates, never by a sheet.
COMPARED = tuple(key for key in FIELDS if key != "stage")


@dataclass(frozen=True)
class SheetRow:
    """One record with the cells that differ; `row_version` is that of the record as it is now."""

    system: AISystem
    row_version: int
    cells: list[Cell]


@dataclass(frozen=True)
class Comparison:
    rows: list[SheetRow]
    unknown: list[str]

    def count(self, verdict: Verdict) -> int:
        return sum(cell.verdict is verdict for row in self.rows for cell in row.cells)

    @property
    def takes(self) -> int:
        """Cells that can be taken over."""
        return self.count(Verdict.CHANGED) + self.count(Verdict.CONFLICT)


def sheet_of(found: Systems) -> bytes:
    """Raises RuleBroken for more systems than one answer can hold."""
    if (count := found.count()) > MOST_IN_A_REQUEST:
        raise RuleBroken(
            f"{count} systems are more than one sheet is made of here ({MOST_IN_A_REQUEST}): filter the"
            " register first."
        )
    return workbook_of(sheet_rows(found))


def sheet_rows(found: Systems) -> Iterator[dict[str, Any]]:
    for system in found.select_related("owner").order_by("id"):
        values = {key: _of(system, key) for key in COMPARED}
        version = {"reference": system.reference, "record_version": system.row_version}
        yield {**values, **version, "stage": system.stage}


def is_sheet(parsed: ParsedFile) -> bool:
    return any(_version(each) for each in parsed.systems)


def comparison_of(upload: InventoryImport) -> Comparison:
    """Four queries, whatever the number of rows."""
    parsed = ParsedFile.from_data(upload.preview).systems if upload.preview else ()
    said = [each for each in parsed if _version(each)]
    named = [str(each.fields.get("reference") or "") for each in said]
    found = AISystem.objects.select_related("owner", "organization").filter(reference__in=named)
    systems = {system.reference: system for system in found}
    bases = _bases(systems.values(), {_version(each) for each in said})
    emails = dict(Member.objects.values_list("id", "email"))
    rows = []
    for each, reference in zip(said, named, strict=True):
        system = systems.get(reference)
        if system is None:
            continue
        cells = list(_cells(each, system, bases.get((system.pk, _version(each))), emails))
        if cells:
            rows.append(SheetRow(system, system.row_version, cells))
    return Comparison(rows, [reference for reference in named if reference not in systems])


def _version(each: ParsedSystem) -> int:
    version = each.fields.get("record_version")
    return version if isinstance(version, int) else 0


def _bases(systems: Iterable[AISystem], versions: set[int]) -> dict[tuple[int, int], Any]:
    events: Any = event_model(AISystem)
    pks = [system.pk for system in systems]
    found = events.objects.filter(pgh_obj_id__in=pks, row_version__in=versions).order_by("pgh_id")
    return {(event.pgh_obj_id, event.row_version): event for event in found}


def _cells(each: ParsedSystem, system: AISystem, base: Any, emails: Mapping[int, str]) -> Iterator[Cell]:
    problems = {problem.field: problem.sentence for problem in each.problems}
    for key in COMPARED:
        here, before = _of(system, key), _of(base, key, emails) if base is not None else None
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
                label=BY_KEY[key].label,
                base=_words(before) if base is not None else None,
                here=_words(here),
                sheet=_words(each.fields.get(key)),
                verdict=verdict,
                problem=problems.get(key, ""),
            )


def _of(record: Any, key: str, emails: Mapping[int, str] | None = None) -> Any:
    if key != "owner_email":
        return getattr(record, COLUMNS.get(key, key))
    if emails is not None:
        return emails.get(record.owner_id or 0, "")
    return record.owner.email if record.owner else ""


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list | tuple) else str(value if value is not None else "")
