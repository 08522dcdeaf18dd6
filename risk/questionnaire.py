"""The questions of the impact assessment, as the catalog publishes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from aims.core.catalogs import IMPACT, catalog


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    score: int


@dataclass(frozen=True, slots=True)
class ScreeningQuestion:
    """`trigger_on` lists the answers that decide by themselves, whatever the score."""

    id: str
    text: str
    why: str
    options: tuple[Option, ...]
    iso: tuple[str, ...]
    trigger_on: tuple[str, ...] = ()
    trigger_action: str = ""

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True)
class ScreeningBand:
    """A range of screening scores; an open end is `None`."""

    id: str
    lowest: int
    highest: int | None
    outcome: str

    def holds(self, points: int) -> bool:
        return self.lowest <= points and (self.highest is None or points <= self.highest)


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    section: str
    text: str
    type: str
    required: bool
    dimensions: tuple[str, ...]
    iso: tuple[str, ...]
    options: tuple[Option, ...] = ()
    help: str = ""
    #: The record whose words are proposed as an answer, or whose rows an answer links to.
    prefill_from: str = ""

    def label(self, value: object) -> str:
        return next((option.label for option in self.options if option.value == value), str(value))


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Dimension:
    id: str
    title: str


@cache
def screening_questions() -> tuple[ScreeningQuestion, ...]:
    return tuple(_screening_question(row) for row in catalog(IMPACT)["screening"])


@cache
def screening_bands() -> tuple[ScreeningBand, ...]:
    rows = catalog(IMPACT)["scoring"]["screening"]["bands"]
    return tuple(ScreeningBand(r["id"], r.get("min", 0), r.get("max"), r["outcome"]) for r in rows)


@cache
def assessment_questions() -> tuple[Question, ...]:
    return tuple(_question(row) for row in catalog(IMPACT)["questions"])


@cache
def question(id: str) -> Question | None:
    return next((each for each in assessment_questions() if each.id == id), None)


@cache
def sections() -> tuple[Section, ...]:
    return tuple(Section(row["id"], row["title"], row["note"]) for row in catalog(IMPACT)["sections"])


@cache
def dimensions() -> tuple[Dimension, ...]:
    return tuple(Dimension(row["id"], row["title"]) for row in catalog(IMPACT)["meta"]["dimensions"])


def _screening_question(row: dict[str, Any]) -> ScreeningQuestion:
    trigger = row.get("hard_trigger", {})
    return ScreeningQuestion(
        id=row["id"],
        text=row["text"],
        why=row["why"],
        options=_options(row),
        iso=tuple(row["iso"]),
        trigger_on=tuple(trigger.get("when", ())),
        trigger_action=trigger.get("action", ""),
    )


def _question(row: dict[str, Any]) -> Question:
    return Question(
        id=row["id"],
        section=row["section"],
        text=row["text"],
        type=row["type"],
        required=row["required"],
        dimensions=tuple(row["dimensions"]),
        iso=tuple(row["iso"]),
        options=_options(row),
        help=row.get("help", ""),
        prefill_from=row.get("prefill_from", ""),
    )


def _options(row: dict[str, Any]) -> tuple[Option, ...]:
    return tuple(Option(o["value"], o["label"], o.get("score", 0)) for o in row.get("options", ()))
