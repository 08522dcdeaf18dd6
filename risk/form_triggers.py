"""What single answers of an impact assessment call for, and whether it has been done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from risk.questionnaire import question

Answers = Mapping[str, Any]
WORST_MISUSE = 15
BLOCK = "block_deployment"


@dataclass(frozen=True, slots=True)
class Trigger:
    """`when` and `action` are the words of the catalog; `is_met` says that what is called for was done."""

    question: str
    when: str
    action: str
    sentence: str
    holds: Callable[[Answers], bool]
    is_met: Callable[[Answers], bool]


def _score(answers: Answers, id: str) -> int:
    asked = question(id)
    options = asked.options if asked else ()
    return next((each.score for each in options if each.value == answers.get(id)), 0)


def _rows(answers: Answers, id: str) -> Iterable[Mapping[str, Any]]:
    found = answers.get(id)
    return found if isinstance(found, list) else ()


def _worst_misuse(answers: Answers) -> int:
    rated = [row.get("likelihood", 0) * row.get("severity", 0) for row in _rows(answers, "IA-013")]
    return max(rated, default=0)


def _has_rows(id: str) -> Callable[[Answers], bool]:
    return lambda answers: any("kind" not in row for row in _rows(answers, id))


def _links(id: str) -> Callable[[Answers], bool]:
    return lambda answers: bool(isinstance(answers.get(id), dict) and answers[id].get("records"))


def _decides_on_people(answers: Answers) -> bool:
    return answers.get("SCR-02") == "yes"


def _never(answers: Answers) -> bool:
    return False


TRIGGERS = (
    Trigger(
        "IA-013",
        "max_row_score >= 15",
        "require_measure_before_deployment",
        "A misuse is rated 15 or more: name a measure before deployment (IA-090).",
        lambda answers: _worst_misuse(answers) >= WORST_MISUSE,
        _has_rows("IA-090"),
    ),
    Trigger(
        "IA-022",
        "value == 'special'",
        "require_dpia_link",
        "Special-category data is held or inferred: a data protection impact assessment is needed (IA-005).",
        lambda answers: answers.get("IA-022") == "special",
        lambda answers: "dpia" in (answers.get("IA-005") or ()),
    ),
    Trigger(
        "IA-023",
        "value >= 4",
        "create_risk:data_quality_provenance",
        "The data stands poorly for the people concerned: enter a risk of data quality and link it (IA-101).",
        lambda answers: _score(answers, "IA-023") >= 4,
        _links("IA-101"),
    ),
    Trigger(
        "IA-033",
        "any_fail",
        "create_risk:fairness_bias",
        "A group lies outside its limit: enter a risk of unfairness and link it (IA-101).",
        lambda answers: any(row.get("verdict") == "fail" for row in _rows(answers, "IA-033")),
        _links("IA-101"),
    ),
    Trigger(
        "IA-034",
        "value >= 4 and SCR-02 == yes",
        "require_measure_before_deployment",
        "Decisions on people can hardly be explained: name a measure before deployment (IA-090).",
        lambda answers: _score(answers, "IA-034") >= 4 and _decides_on_people(answers),
        _has_rows("IA-090"),
    ),
    Trigger(
        "IA-081",
        "value >= 4",
        "require_monitoring_metric",
        "Failures would be noticed late: name a metric that is watched (IA-095).",
        lambda answers: _score(answers, "IA-081") >= 4,
        _links("IA-095"),
    ),
    Trigger(
        "IA-092",
        "value >= 3 and SCR-02 == yes",
        BLOCK,
        "Decisions on people are taken without working human oversight: no go-live so (IA-092).",
        lambda answers: _score(answers, "IA-092") >= 3 and _decides_on_people(answers),
        _never,
    ),
)


def open_triggers(answers: Answers) -> tuple[Trigger, ...]:
    return tuple(each for each in TRIGGERS if each.holds(answers) and not each.is_met(answers))


def blocking(answers: Answers) -> Trigger | None:
    return next((each for each in open_triggers(answers) if each.action == BLOCK), None)
