"""The fields that an organization added to its systems, as columns of their tables.

They travel as JSON into the process that reads a file, which knows no organization.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from inventory.imports.field import Choice, Field, Kind, folded
from inventory.imports.record import ParsedFile, ParsedSystem, Unmapped
from inventory.imports.shapes import Shape
from inventory.imports.text import one_line

#: What goes before the key of such a field, where it stands among those that every record has.
PREFIX = "custom_"
RETIRED = "This field was retired: what systems say in it stays as it is."


@dataclass(frozen=True)
class OwnFields:
    """Those in use under the heading of their column, and those that are asked for no more."""

    in_use: tuple[Field, ...] = ()
    retired: tuple[Field, ...] = ()

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> OwnFields:
        return cls(*(tuple(map(_field, data[key])) for key in ("in_use", "retired")))

    def added_to(self, shape: Shape) -> Shape:
        """A table with these fields behind those of every record."""
        known = {word: field for field in self.in_use for word in map(folded, field.aliases)}
        headed = {folded(field.label): field for field in self.in_use}
        return replace(
            shape,
            fields=(*shape.fields, *self.in_use),
            by_key={**shape.by_key, **{field.key: field for field in self.in_use}},
            by_heading={**known, **shape.by_heading, **headed},
            retired=frozenset(
                folded(word) for field in self.retired for word in (field.label, *field.aliases)
            ),
        )

    def settled(self, parsed: ParsedFile) -> ParsedFile:
        """Without what a file says in fields that were retired since it was read; that is told instead."""
        known = {field.key for field in self.in_use}
        gone: dict[str, str] = {}
        for key, value in _said(parsed.systems):
            if key not in known:
                gone[key] = gone.get(key) or one_line(str(value if value is not None else ""), limit=200)
        if not gone:
            return parsed
        labels = {field.key: field.label for field in self.retired}
        told = (Unmapped(f"column “{labels.get(key, key)}”", gone[key], RETIRED) for key in sorted(gone))
        systems = tuple(_without(system, gone) for system in parsed.systems)
        return replace(parsed, systems=systems, unmapped=(*parsed.unmapped, *told))


def _said(systems: tuple[ParsedSystem, ...]) -> Iterator[tuple[str, object]]:
    for system in systems:
        for key, value in system.fields.items():
            if key.startswith(PREFIX):
                yield key, value
        for problem in system.problems:
            if problem.field.startswith(PREFIX):
                yield problem.field, ""


def _without(system: ParsedSystem, gone: dict[str, str]) -> ParsedSystem:
    return replace(
        system,
        fields={key: value for key, value in system.fields.items() if key not in gone},
        problems=tuple(problem for problem in system.problems if problem.field not in gone),
    )


def _field(data: dict[str, Any]) -> Field:
    choices = tuple(Choice(each["value"], tuple(each["aliases"])) for each in data["choices"])
    return Field(
        **{**data, "kind": Kind(data["kind"]), "aliases": tuple(data["aliases"]), "choices": choices}
    )
