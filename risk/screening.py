"""Whether a system needs an impact assessment: fourteen answers in, an outcome with its reasons out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aims.core.exceptions import Problem, RuleBroken
from aims.core.schedule import add_months
from risk.questionnaire import Option, ScreeningQuestion, screening_bands, screening_questions

STOP, FULL, LIGHT, SCREENED_OUT = "stop_and_escalate", "full", "light", "screened_out"
UNSURE = "unsure"
UNSURE_FORCES_FULL = 3
RESCREEN_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Reason:
    """One answer and what it did: `trigger` names the outcome that the answer forces by itself."""

    question: str
    text: str
    answer: str
    points: int
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """`outcome` is `None` as long as questions are unanswered; `so_far` is it if they added nothing."""

    score: int
    band: str
    outcome: str | None
    reasons: tuple[Reason, ...]
    unanswered: tuple[str, ...]
    unsure: tuple[str, ...]
    so_far: str

    @property
    def triggers(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.trigger)

    @property
    def is_complete(self) -> bool:
        return not self.unanswered

    @property
    def explanation(self) -> tuple[str, ...]:
        """Why the outcome is what it is, one sentence per cause."""
        causes = [f"{r.question} “{r.answer}” decides by itself: {_name(r.trigger)}." for r in self.triggers]
        if len(self.unsure) >= UNSURE_FORCES_FULL:
            causes.append(f"{len(self.unsure)} answers are “not sure”, which calls for a full assessment.")
        causes.append(f"The answers add up to {self.score} points: {_name(self.band)}.")
        return tuple(causes)


def evaluate(answers: Mapping[str, str]) -> Screening:
    """Score the answers (question id → option value); hard triggers and doubts outrank the score."""
    questions = screening_questions()
    _require_known(answers, questions)
    given = [
        (question, _chosen(question, answers[question.id]))
        for question in questions
        if _has(answers, question)
    ]
    reasons = tuple(_reason(question, option) for question, option in given)
    points = sum(reason.points for reason in reasons)
    band = next(band.id for band in screening_bands() if band.holds(points))
    unanswered = tuple(question.id for question in questions if not _has(answers, question))
    unsure = tuple(question.id for question, option in given if option.value == UNSURE)
    so_far = _outcome(band, reasons, unsure)
    outcome = None if unanswered else so_far
    return Screening(points, band, outcome, reasons, unanswered, unsure, so_far)


def require_complete(screening: Screening) -> None:
    if not screening.is_complete:
        problems = [Problem(id, id, f"Answer {id}.") for id in screening.unanswered]
        sentence = f"Answer every question first; still open: {', '.join(screening.unanswered)}."
        raise RuleBroken(sentence, field=screening.unanswered[0], problems=problems)


def latest_rescreening(screened_on: date) -> date:
    return add_months(screened_on, RESCREEN_MONTHS)


def require_rescreening_date(planned: date | None, *, screened_on: date) -> None:
    latest = latest_rescreening(screened_on)
    if planned is None or not screened_on < planned <= latest:
        raise RuleBroken(
            f"Plan the next screening for a day up to {latest.isoformat()}.", field="rescreen_date"
        )


def _has(answers: Mapping[str, str], question: ScreeningQuestion) -> bool:
    return bool(answers.get(question.id))


def _chosen(question: ScreeningQuestion, value: str) -> Option:
    option = question.option(value)
    if option is None:
        raise RuleBroken(f"Choose one of the answers offered for {question.id}.", field=question.id)
    return option


def _reason(question: ScreeningQuestion, option: Option) -> Reason:
    trigger = question.trigger_action if option.value in question.trigger_on else ""
    return Reason(question.id, question.text, option.label, option.score, trigger)


def _outcome(band: str, reasons: tuple[Reason, ...], unsure: tuple[str, ...]) -> str:
    triggers = {reason.trigger for reason in reasons}
    if STOP in triggers:
        return STOP
    if FULL in triggers or len(unsure) >= UNSURE_FORCES_FULL:
        return FULL
    return band


def _require_known(answers: Mapping[str, str], questions: tuple[ScreeningQuestion, ...]) -> None:
    unknown = sorted(set(answers) - {question.id for question in questions})
    if unknown:
        raise RuleBroken(f"{unknown[0]} is not a question of the screening.", field=unknown[0])


def _name(outcome: str) -> str:
    return {
        STOP: "stop and escalate to legal review",
        FULL: "a full assessment",
        LIGHT: "a light assessment",
        SCREENED_OUT: "no assessment needed",
    }[outcome]
