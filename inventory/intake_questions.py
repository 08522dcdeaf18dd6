"""The published questions of the intake, read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from aims.core import catalogs
from inventory.rules.intake import Choice, Part, Question, Settled


@cache
def intake_questions() -> tuple[Question, ...]:
    return tuple(
        Question(row["id"], row["title"], tuple(_part(part) for part in row["parts"]))
        for row in catalogs.catalog(catalogs.INTAKE)["questions"]
    )


def intake_parts() -> Iterator[Part]:
    for question in intake_questions():
        yield from question.parts


def version() -> str:
    return catalogs.version(catalogs.INTAKE)


def _part(row: Mapping[str, Any]) -> Part:
    return Part(
        id=row["id"],
        label=row["label"],
        choices=tuple(_choice(each) for each in row["choices"]),
        several=row.get("several", False),
        help=row.get("help", ""),
    )


def _choice(row: Mapping[str, Any]) -> Choice:
    settles = tuple(
        Settled(each["question"], each["value"], frozenset(each.get("with", ())))
        for each in row.get("settles", ())
    )
    return Choice(row["id"], row["label"], settles, row.get("alone", False))
