"""What applying a parsed file would do to the inventory as it stands. Decides only; writes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from aims.core.exceptions import RuleBroken
from inventory.imports.record import (
    ParsedComponent,
    ParsedFile,
    ParsedResource,
    ParsedSystem,
    Problem,
)
from inventory.rules.custom_fields import Shape, read_value
from inventory.rules.resources import what_holds

NO_OWN: Mapping[str, Shape] = {}
UNKNOWN = "There is no system {reference} here. Empty that cell to register the row as a new system."
NOT_HELD = "It does not hold together and is kept in the provenance: {text}"
ONLY_COMPARED = "No row is new: the sheet is compared with the register; what is ticked there is taken over."


class Outcome(StrEnum):
    CREATE = "create"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class KnownSystem:
    """A system that the inventory has already, or a record of the register that a workbook is of."""

    id: int
    reference: str
    name: str
    external_id: str


@dataclass(frozen=True)
class Nameable:
    """Who can be named in a field: numbers of members by their address in lower case. The sentence is about
    an address of nobody, `without` what the record then has not."""

    numbers: Mapping[str, int]
    unknown: str
    without: str


@dataclass(frozen=True)
class PlannedRow:
    parsed: ParsedSystem
    outcome: Outcome
    known: KnownSystem | None = None
    #: Numbers of members by the field that names them.
    people: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: What it says in the organization's own fields.
    custom: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[Problem, ...] = ()
    #: What the verb is given, of a row that is about another record than a system.
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def all_notices(self) -> tuple[Problem, ...]:
        return (*self.notices, *self.parsed.notices)

    def person(self, key: str) -> int | None:
        return next(iter(self.people.get(key, ())), None)


@dataclass(frozen=True)
class KnownResource:
    """A version of a model or a data set that is on record already."""

    id: int
    reference: str


@dataclass(frozen=True)
class PlannedResource:
    """`fields` is what the record will hold, `left` what of the file it cannot hold, by field."""

    parsed: ParsedResource
    outcome: Outcome
    fields: Mapping[str, Any]
    known: KnownResource | None = None
    left: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_notices(self) -> tuple[Problem, ...]:
        notices = (Problem(key, NOT_HELD.format(text=text[:200])) for key, text in self.left.items())
        return (*notices, *self.parsed.notices)


@dataclass(frozen=True)
class ImportPlan:
    parsed: ParsedFile
    rows: tuple[PlannedRow, ...]
    loose_components: tuple[ParsedComponent, ...] = field(default=())
    resources: tuple[PlannedResource, ...] = field(default=())

    @property
    def parts(self) -> tuple[PlannedRow | PlannedResource, ...]:
        return (*self.rows, *self.resources)

    def count(self, outcome: Outcome) -> int:
        return sum(1 for part in self.parts if part.outcome is outcome)

    @cached_property
    def new_resources(self) -> tuple[PlannedResource, ...]:
        return tuple(each for each in self.resources if each.outcome is Outcome.CREATE)

    @cached_property
    def new_count(self) -> int:
        return self.count(Outcome.CREATE)

    @cached_property
    def known_count(self) -> int:
        return self.count(Outcome.KNOWN)

    @cached_property
    def refused_count(self) -> int:
        return self.count(Outcome.REFUSED)

    @cached_property
    def to_create(self) -> tuple[PlannedRow, ...]:
        return self._rows_that_are(Outcome.CREATE)

    @cached_property
    def known(self) -> tuple[PlannedRow, ...]:
        return self._rows_that_are(Outcome.KNOWN)

    def _rows_that_are(self, outcome: Outcome) -> tuple[PlannedRow, ...]:
        return tuple(row for row in self.rows if row.outcome is outcome)

    @cached_property
    def incomplete_count(self) -> int:
        return sum(1 for row in self.to_create if row.parsed.missing)

    @cached_property
    def unmapped_count(self) -> int:
        return len(self.parsed.unmapped) + sum(len(part.parsed.unmapped) for part in self.parts)

    @property
    def is_all_known(self) -> bool:
        return bool(self.known_count) and self.known_count == len(self.parts) and not self.parsed.problems

    @property
    def obstacle(self) -> str:
        """Why this file cannot be applied, in one sentence; empty when it can."""
        problem = self._first_problem()
        if problem:
            return f"Nothing is imported while something in the file is wrong. {problem}"
        if not self.parts:
            return "The file names no AI system. Components come in together with the system that uses them."
        if self.is_all_known and self.parsed.lines:
            return ONLY_COMPARED
        if self.is_all_known:
            what = "record" if self.resources else "system"
            return f"Every {what} of this file is in the inventory already."
        return ""

    def _first_problem(self) -> str:
        if self.parsed.problems:
            return self.parsed.problems[0].sentence
        for part in self.parts:
            if part.outcome is Outcome.REFUSED:
                return f"{part.parsed.position}: {part.parsed.problems[0].sentence}"
        return ""


def plan(
    parsed: ParsedFile,
    *,
    known: Iterable[KnownSystem],
    people: Mapping[str, Nameable],
    own: Mapping[str, Shape] = NO_OWN,
    known_resources: Mapping[str, KnownResource] | None = None,
    lines: tuple[PlannedRow, ...] = (),
) -> ImportPlan:
    """`people` are who can be named, by field; `own` are the organization's fields in use, by their column;
    `known_resources` are on record by their position in the file; `lines` are rows about another register,
    judged there.
    """
    known = list(known)
    by_id = {system.external_id.casefold(): system for system in known if system.external_id}
    by_name: dict[str, list[KnownSystem]] = {}
    for system in known:
        by_name.setdefault(_folded(system.name), []).append(system)
    by_reference = {system.reference: system for system in known}
    rows = tuple(
        _row(system, by_reference=by_reference, by_id=by_id, by_name=by_name, people=people, own=own)
        for system in parsed.systems
    )
    loose = tuple(component for component in parsed.components if not component.used_by)
    resources = tuple(
        _resource(each, (known_resources or {}).get(each.position)) for each in parsed.resources
    )
    return ImportPlan(parsed=parsed, rows=(*rows, *lines), loose_components=loose, resources=resources)


def _resource(parsed: ParsedResource, known: KnownResource | None) -> PlannedResource:
    if parsed.problems:
        return PlannedResource(parsed, Outcome.REFUSED, parsed.fields)
    if known:
        return PlannedResource(parsed, Outcome.KNOWN, parsed.fields, known=known)
    fields, left = what_holds(parsed.fields)
    return PlannedResource(parsed, Outcome.CREATE, fields, left=left)


def _row(
    parsed: ParsedSystem,
    *,
    by_reference: Mapping[str, KnownSystem],
    by_id: Mapping[str, KnownSystem],
    by_name: Mapping[str, list[KnownSystem]],
    people: Mapping[str, Nameable],
    own: Mapping[str, Shape],
) -> PlannedRow:
    if parsed.problems:
        return PlannedRow(parsed, Outcome.REFUSED)
    if reference := str(parsed.fields.get("reference") or ""):
        if reference in by_reference:
            return PlannedRow(parsed, Outcome.KNOWN, known=by_reference[reference])
        unknown = Problem("reference", UNKNOWN.format(reference=reference))
        return PlannedRow(dataclasses.replace(parsed, problems=(unknown,)), Outcome.REFUSED)
    same_id = by_id.get(parsed.external_id.casefold()) if parsed.external_id else None
    if same_id:
        return PlannedRow(parsed, Outcome.KNOWN, known=same_id)
    namesakes = by_name.get(_folded(parsed.name), [])
    twin = next((system for system in namesakes if not _ids_differ(parsed, system)), None)
    if twin:
        return PlannedRow(parsed, Outcome.KNOWN, known=twin)
    try:
        custom = {each.key: read_value(each, parsed.fields.get(key)) for key, each in own.items()}
    except RuleBroken as refused:
        problem = Problem(refused.field or "", refused.sentence)
        return PlannedRow(dataclasses.replace(parsed, problems=(problem,)), Outcome.REFUSED)
    named, nobody = _named(parsed, people)
    return PlannedRow(
        parsed,
        Outcome.CREATE,
        people=named,
        custom={key: value for key, value in custom.items() if value is not None},
        notices=(*nobody, *_namesake_notices(namesakes)),
    )


def _ids_differ(parsed: ParsedSystem, system: KnownSystem) -> bool:
    """Two systems may share a name when both sources gave them identifiers, and different ones."""
    return bool(parsed.external_id and system.external_id)


def _named(
    parsed: ParsedSystem, people: Mapping[str, Nameable]
) -> tuple[dict[str, tuple[int, ...]], list[Problem]]:
    found, notices = {}, []
    for key, nameable in people.items():
        said: Any = parsed.fields.get(key) or ()
        numbers = []
        for email in (said,) if isinstance(said, str) else said:
            if number := nameable.numbers.get(email.casefold()):
                numbers.append(number)
            else:
                sentence = nameable.unknown.format(email)
                notices.append(
                    Problem(key, f"{sentence} The system is registered without {nameable.without}.")
                )
        found[key] = tuple(dict.fromkeys(numbers))
    return found, notices


def _namesake_notices(namesakes: Iterable[KnownSystem]) -> tuple[Problem, ...]:
    return tuple(
        Problem("name", f"{system.reference} has the same name and another identifier.")
        for system in namesakes
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
