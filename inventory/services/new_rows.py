"""Rows of a workbook that are not in its register yet: what each becomes, and the verb that enters it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from inventory.import_plan import KnownSystem, Outcome, PlannedRow
from inventory.imports.fields import SHEET_FIELDS
from inventory.imports.record import ParsedFile, ParsedSystem, Problem
from inventory.models import Supplier
from inventory.queries import sheets
from inventory.queries.sheets import Register
from inventory.services import resources, suppliers

UNKNOWN = "There is no {noun} {reference} here. Empty that cell to register the row as a new {noun}."
OF_THE_SHEET = frozenset(field.key for field in SHEET_FIELDS)


@dataclass(frozen=True)
class Known:
    """What a register holds, by reference and by what tells its records apart."""

    by_reference: Mapping[str, KnownSystem]
    by_name: Mapping[tuple[str, ...], KnownSystem]


def planned_rows(parsed: ParsedFile) -> tuple[PlannedRow, ...]:
    """As many queries whatever the number of rows: one, and one for each column that names others."""
    if not parsed.lines:
        return ()
    register = sheets.BY_KEY[parsed.register]
    known, named = _known(register), {key: each.everything() for key, each in register.named.items()}
    return tuple(_row(line, register, known, named) for line in parsed.lines)


def register_rows(
    *, actor: Actor, register: Register, rows: Iterable[PlannedRow], now: datetime.datetime
) -> list[Any]:
    return [_registered(actor, register, row.values, now) for row in rows]


def _registered(actor: Actor, register: Register, values: Mapping[str, Any], now: datetime.datetime) -> Any:
    if register.model is Supplier:
        return suppliers.register_supplier(actor=actor, now=now, **values)
    return resources.register_resource(actor=actor, model=register.model, now=now, **values)


def _known(register: Register) -> Known:
    extra = ("version",) if register.shape.is_of_versions else ()
    by_reference, by_name = {}, {}
    for pk, reference, *apart in register.model.objects.values_list("id", "reference", "name", *extra):
        known = KnownSystem(pk, reference, apart[0], "")
        by_reference[reference] = known
        by_name[_folded(apart)] = known
    return Known(by_reference, by_name)


def _row(
    line: ParsedSystem, register: Register, known: Known, named: Mapping[str, Mapping[str, Any]]
) -> PlannedRow:
    if line.problems:
        return PlannedRow(line, Outcome.REFUSED)
    if reference := str(line.fields.get("reference") or ""):
        if reference in known.by_reference:
            return PlannedRow(line, Outcome.KNOWN, known=known.by_reference[reference])
        sentence = UNKNOWN.format(noun=register.shape.noun, reference=reference)
        return _refused(line, RuleBroken(sentence, field="reference"))
    apart = (line.name, line.version) if register.shape.is_of_versions else (line.name,)
    if twin := known.by_name.get(_folded(apart)):
        return PlannedRow(line, Outcome.KNOWN, known=twin)
    try:
        values = _values(line, register, named)
        _require(register, values)
    except RuleBroken as refused:
        return _refused(line, refused)
    return PlannedRow(line, Outcome.CREATE, values=values)


def _require(register: Register, values: Mapping[str, Any]) -> None:
    """What the verb will ask of the record, whatever else is in the register by then."""
    if register.model is Supplier:
        suppliers.require_supplier(Supplier(**values))
    else:
        resources.require_entry(register.model, values)


def _refused(line: ParsedSystem, refused: RuleBroken) -> PlannedRow:
    problem = Problem(refused.field or "", refused.sentence)
    return PlannedRow(dataclasses.replace(line, problems=(problem,)), Outcome.REFUSED)


def _values(line: ParsedSystem, register: Register, named: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the row says, as the verb takes it; what it does not say is left to the verb."""
    found = {}
    for key, value in line.fields.items():
        if key in OF_THE_SHEET or value in (None, ""):
            continue
        if of_others := register.named.get(key):
            other = named[key].get(str(value).casefold())
            if other is None:
                raise RuleBroken(of_others.unknown.format(value), field=of_others.column)
            found[of_others.column] = other
        else:
            found[key] = register.read(key, value)
    return found


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(" ".join(word.casefold().split()) for word in words)
