"""Scores of the harms that an impact assessment names: one row in, its level out (scoring.impact_row)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aims.core.exceptions import Problem, RuleBroken
from risk.questionnaire import Question, assessment_questions
from risk.scoring import DEFAULT_CRITERIA, level, rank

WORST = 5
#: The parts of the form that a light assessment fills in.
LIGHT_SECTIONS = frozenset({"S0", "S1", "S5", "S6", "S9"})
HARM_TYPE = "impact_table"


@dataclass(frozen=True, slots=True)
class Harm:
    """One row of an impact table; `residual_*` are the ratings after measures, the first ones when none."""

    question: str
    text: str
    severity: int
    likelihood: int
    reversibility: str = "easy"
    vulnerability: str = "none"
    scale: str = "single"
    residual_severity: int | None = None
    residual_likelihood: int | None = None
    measure: str = ""
    acceptance: str = ""
    risk_id: int | None = None

    @property
    def level(self) -> str:
        return _level(self, self.severity, self.likelihood)

    @property
    def residual_level(self) -> str:
        return _level(
            self, self.residual_severity or self.severity, self.residual_likelihood or self.likelihood
        )


def _level(harm: Harm, severity: int, likelihood: int) -> str:
    worse = (harm.reversibility == "irreversible", harm.vulnerability == "high", harm.scale == "very_large")
    effective = min(WORST, severity + sum(worse))
    return level(effective * likelihood, DEFAULT_CRITERIA.bands)


def questions_of(outcome: str) -> tuple[Question, ...]:
    """The questions of the form that the screening chose."""
    return tuple(
        question
        for question in assessment_questions()
        if outcome != "light" or question.section in LIGHT_SECTIONS
    )


def unanswered(outcome: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each.id for each in questions_of(outcome) if each.required and not answers.get(each.id))


def require_answers(outcome: str, answers: Mapping[str, Any]) -> None:
    missing = unanswered(outcome, answers)
    if missing:
        problems = [Problem(id, id, f"Answer {id}.") for id in missing]
        raise RuleBroken(
            f"{len(missing)} required questions of the assessment are still open, the first is {missing[0]}.",
            field=missing[0],
            problems=problems,
        )


def harms_in(answers: Mapping[str, Any]) -> tuple[Harm, ...]:
    """Every harm named in the impact tables."""
    tables = [question.id for question in assessment_questions() if question.type == HARM_TYPE]
    return tuple(Harm(question=id, **row) for id in tables for row in answers.get(id) or ())


def require_harms_dealt_with(harms: Iterable[Harm], *, known_risks: frozenset[int]) -> None:
    """Each harm of medium or higher level has a measure or an acceptance, and a risk in the register."""
    problems = [problem for harm in harms for problem in _harm_problems(harm, known_risks)]
    if problems:
        raise RuleBroken(problems[0].sentence, field=problems[0].field, problems=problems)


def _harm_problems(harm: Harm, known_risks: frozenset[int]) -> list[Problem]:
    if rank(harm.level) < rank("medium"):
        return []
    found = []
    if not harm.measure.strip() and not harm.acceptance.strip():
        found.append(
            Problem(harm.question, harm.question, f"“{harm.text}” needs a measure or an acceptance.")
        )
    if harm.risk_id not in known_risks:
        found.append(Problem(harm.question, harm.question, f"Link “{harm.text}” to a risk in the register."))
    return found


def residual_band(harms: Iterable[Harm]) -> str:
    """The highest level that remains; low when the assessment names no harm."""
    return max((harm.residual_level for harm in harms), key=rank, default="low")
