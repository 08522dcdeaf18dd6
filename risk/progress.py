"""How far the form of an impact assessment is, and what remains by what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from risk import harms
from risk.answer_types import TABLES
from risk.questionnaire import Question, Section


@dataclass(frozen=True, slots=True)
class SectionProgress:
    section: Section
    answered: int
    total: int
    #: Required questions without an answer.
    open: tuple[str, ...]

    @property
    def state(self) -> str:
        """As a task list says it."""
        if not self.open:
            return "done"
        return "progress" if self.answered else "todo"

    @property
    def word(self) -> str:
        return f"{self.answered} of {self.total}" if self.state == "progress" else ""


@dataclass(frozen=True, slots=True)
class FormProgress:
    sections: tuple[SectionProgress, ...]
    harms: int
    before: str
    remains: str

    @property
    def answered(self) -> int:
        return sum(each.answered for each in self.sections)

    @property
    def total(self) -> int:
        return sum(each.total for each in self.sections)

    @property
    def open(self) -> tuple[str, ...]:
        return tuple(id for each in self.sections for id in each.open)

    @property
    def approver(self) -> str:
        return harms.APPROVERS[self.remains]


def form_progress(outcome: str, answers: Mapping[str, Any]) -> FormProgress:
    asked, named = harms.questions_of(outcome), harms.harms_in(answers)
    return FormProgress(
        sections=tuple(_section(each, asked, answers) for each in harms.sections_of(outcome)),
        harms=len(named),
        before=harms.highest_band(named),
        remains=harms.residual_band(named),
    )


def _section(section: Section, asked: tuple[Question, ...], answers: Mapping[str, Any]) -> SectionProgress:
    questions = [each for each in asked if each.section == section.id]
    missing = [each for each in questions if not answers.get(each.id)]
    return SectionProgress(
        section=section,
        answered=len(questions) - len(missing),
        total=len(questions),
        open=tuple(each.id for each in missing if each.required),
    )


def is_table(question: Question) -> bool:
    return question.type in TABLES
