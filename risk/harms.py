"""Scores of the harms that an impact assessment names: one row in, its level out (scoring.impact_row)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aims.core.exceptions import Problem, RuleBroken
from aims.core.schedule import add_months
from risk.answer_tables import HARM
from risk.questionnaire import Question, Section, assessment_questions, sections
from risk.scoring import DEFAULT_CRITERIA, level, rank

WORST = 5
#: The parts of the form that a light assessment fills in.
LIGHT_SECTIONS = frozenset({"S0", "S1", "S5", "S6", "S9"})
HARM_TYPE = "impact_table"
#: Up to when a system is assessed again, by what remains (scoring.decision_rules and question IA-104).
NEXT_MONTHS = {"low": 24, "medium": 24, "high": 12, "critical": 6}
APPROVERS = {
    "low": "the compliance lead or top management",
    "medium": "the compliance lead or top management",
    "high": "top management, and not the owner of the system",
    "critical": "top management, and not the owner of the system",
}
NEXT_DATE = "IA-104"


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
    risk: str = ""
    who: str = ""
    kind: str = HARM

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


def sections_of(outcome: str) -> tuple[Section, ...]:
    return tuple(each for each in sections() if outcome != "light" or each.id in LIGHT_SECTIONS)


def unanswered(outcome: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each.id for each in questions_of(outcome) if each.required and not answers.get(each.id))


def require_answers(outcome: str, answers: Mapping[str, Any]) -> None:
    missing = unanswered(outcome, answers)
    if missing:
        texts = {each.id: each.text for each in assessment_questions()}
        problems = [Problem(id, id, f"Answer {id}: {texts[id]}") for id in missing]
        raise RuleBroken(
            f"{len(missing)} required questions of the assessment are still open, the first is {missing[0]}.",
            field=missing[0],
            problems=problems,
        )


def harms_in(answers: Mapping[str, Any]) -> tuple[Harm, ...]:
    """Every harm named in the impact tables; benefits are never set off against them."""
    tables = [question.id for question in assessment_questions() if question.type == HARM_TYPE]
    rows = ((id, row) for id in tables for row in answers.get(id) or ())
    return tuple(Harm(question=id, **row) for id, row in rows if row.get("kind", HARM) == HARM)


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


def highest_band(harms: Iterable[Harm]) -> str:
    """The highest level before measures."""
    return max((harm.level for harm in harms), key=rank, default="low")


def latest_next(band: str, *, decided_on: date) -> date:
    return add_months(decided_on, NEXT_MONTHS[band])


def planned_next(answers: Mapping[str, Any], *, decided_on: date) -> date:
    """The day that the form proposes, where what remains allows it; else the latest allowed."""
    latest = latest_next(residual_band(harms_in(answers)), decided_on=decided_on)
    try:
        planned = date.fromisoformat(str(answers.get(NEXT_DATE)))
    except ValueError:
        return latest
    return planned if decided_on < planned <= latest else latest


def require_next_date(planned: date | None, *, band: str, decided_on: date) -> None:
    latest = latest_next(band, decided_on=decided_on)
    if planned is None or not decided_on < planned <= latest:
        raise RuleBroken(
            f"What remains is {band}: plan the next assessment for a day up to {latest.isoformat()}.",
            field="next_date",
        )


def require_legal_opinion(band: str, comment: str) -> None:
    if band == "critical" and not comment.strip():
        raise RuleBroken(
            "What remains is critical, and the rule is not to deploy. Name the legal opinion that allows an"
            " exception in the comment.",
            field="comment",
        )
