"""What comes out of a file, before anything is stored. Travels as JSON between the two processes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from inventory.imports.formats import Format

Details = dict[str, "str | list[str]"]


class ComponentKind(StrEnum):
    MODEL = "model"
    DATASET = "dataset"
    SERVICE = "service"
    LIBRARY = "library"
    OTHER = "other"


@dataclass(frozen=True)
class Problem:
    """A sentence about one field. In `problems` it stops the import, in `notices` it does not."""

    field: str
    sentence: str


@dataclass(frozen=True)
class Unmapped:
    """Something the file says that the inventory has no place for, and why."""

    path: str
    value_excerpt: str
    reason: str


@dataclass(frozen=True)
class ParsedSystem:
    """A row about a system; of a workbook of another register, about a record of that."""

    position: str
    external_id: str
    fields: dict[str, object]
    missing: tuple[str, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        return str(self.fields.get("name") or "")

    @property
    def version(self) -> str:
        return str(self.fields.get("version") or "")

    @property
    def is_importable(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class Measure:
    """What a file says was measured, in its own words: a value need not be a number."""

    metric: str
    value: str = ""
    slice: str = ""
    lower: str = ""
    upper: str = ""

    @property
    def interval(self) -> str:
        return f"{self.lower} to {self.upper}" if self.lower or self.upper else ""

    @property
    def words(self) -> str:
        said = f"{self.metric}: {self.value}" if self.value else self.metric
        where = f" on {self.slice}" if self.slice else ""
        return f"{said}{where}{f' ({self.interval})' if self.interval else ''}"


@dataclass(frozen=True)
class ParsedComponent:
    """A model, data set, service or library that the file lists.

    `used_by` holds the positions of the systems it belongs to.
    """

    kind: ComponentKind
    name: str
    version: str = ""
    supplier: str = ""
    licence: str = ""
    hashes: tuple[str, ...] = ()
    description: str = ""
    source_path: str = ""
    raw_excerpt: str = ""
    details: Details = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParsedResource:
    """A model or a data set that the file itself is about: a record of its own, with or without systems."""

    kind: ComponentKind
    position: str
    fields: dict[str, Any]
    unmapped: tuple[Unmapped, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def version(self) -> str:
        return str(self.fields.get("version", ""))


@dataclass(frozen=True)
class Reading:
    """What a reader of one format hands back; `parse` adds what is true of every format."""

    spec_version: str = ""
    register: str = "systems"
    systems: tuple[ParsedSystem, ...] = ()
    lines: tuple[ParsedSystem, ...] = ()
    components: tuple[ParsedComponent, ...] = ()
    resources: tuple[ParsedResource, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class ParsedFile:
    """`register` says what a table is about; `lines` are its rows where that is not AI systems."""

    format: Format
    sha256: str
    spec_version: str = ""
    register: str = "systems"
    systems: tuple[ParsedSystem, ...] = ()
    lines: tuple[ParsedSystem, ...] = ()
    components: tuple[ParsedComponent, ...] = ()
    resources: tuple[ParsedResource, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()

    @property
    def is_importable(self) -> bool:
        """An import is applied as a whole or not at all, so one problem anywhere stops it."""
        parts: tuple[ParsedSystem | ParsedResource, ...] = (*self.systems, *self.lines, *self.resources)
        return bool(parts or self.components) and not (self.problems or any(part.problems for part in parts))

    def to_json(self) -> str:
        return json.dumps(self, default=vars, ensure_ascii=True)

    @classmethod
    def from_json(cls, text: str) -> ParsedFile:
        return cls.from_data(json.loads(text))

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> ParsedFile:
        return cls(
            format=Format(data["format"]),
            sha256=data["sha256"],
            spec_version=data["spec_version"],
            systems=tuple(_system(item) for item in data["systems"]),
            register=data.get("register", "systems"),
            lines=tuple(_system(item) for item in data.get("lines", ())),
            components=tuple(_component(item) for item in data["components"]),
            resources=tuple(_resource(item) for item in data.get("resources", ())),
            unmapped=_unmapped(data["unmapped"]),
            problems=_problems(data["problems"]),
            notices=_problems(data["notices"]),
        )


def _system(data: dict[str, Any]) -> ParsedSystem:
    return ParsedSystem(
        position=data["position"],
        external_id=data["external_id"],
        fields=data["fields"],
        missing=tuple(data["missing"]),
        unmapped=_unmapped(data["unmapped"]),
        problems=_problems(data["problems"]),
        notices=_problems(data["notices"]),
    )


def _component(data: dict[str, Any]) -> ParsedComponent:
    measures = tuple(Measure(**item) for item in data.get("measures", ()))
    lists = {"hashes": tuple(data["hashes"]), "used_by": tuple(data["used_by"]), "measures": measures}
    return ParsedComponent(**{**data, **lists, "kind": ComponentKind(data["kind"])})


def _resource(data: dict[str, Any]) -> ParsedResource:
    return ParsedResource(
        kind=ComponentKind(data["kind"]),
        position=data["position"],
        fields=data["fields"],
        unmapped=_unmapped(data["unmapped"]),
        problems=_problems(data["problems"]),
        notices=_problems(data["notices"]),
    )


def _unmapped(items: Iterable[dict[str, str]]) -> tuple[Unmapped, ...]:
    return tuple(Unmapped(**item) for item in items)


def _problems(items: Iterable[dict[str, str]]) -> tuple[Problem, ...]:
    return tuple(Problem(**item) for item in items)
