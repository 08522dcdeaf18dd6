"""The questionnaire to a supplier: what is asked, what an answer may be, and what deserves a second look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from aims.core.exceptions import RuleBroken
from aims.core.machines import words

#: While the supplier can write.
OPEN = frozenset({"sent", "in_progress", "returned"})
#: While something is awaited of somebody, there or here.
RUNNING = OPEN | {"handed_in"}
#: act -> state before: state after. No life cycle of the catalog: what lies between a mail and its answers.
STEPS: Mapping[str, Mapping[str, str]] = {
    "answer": dict.fromkeys(OPEN, "in_progress"),
    "hand_in": dict.fromkeys(OPEN, "handed_in"),
    "accept": {"handed_in": "accepted"},
    "return": {"handed_in": "returned"},
    "resend": {**{state: state for state in OPEN}, "expired": "sent"},
    "withdraw": dict.fromkeys(RUNNING | {"expired"}, "withdrawn"),
    "expire": dict.fromkeys(OPEN, "expired"),
}

#: What whoever hands in puts their name to.
DECLARATION = "I declare that these answers are true as far as I know, and that I may give them."
LONGEST_ANSWER = 4000
LONGEST_WAIT = timedelta(days=180)
#: What a flag is raised by, besides the answers themselves.
PAST, NONE = "past", "none"
YES_NO = (("yes", "Yes"), ("no", "No"))
URL = re.compile(r"https?://[^\s/?#@:]+\.[^\s/?#@:]+(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """One question as published; `kinds` and `tiers` say whom it is asked, empty meaning all."""

    id: str
    section: str
    section_title: str
    kind: str
    text: str
    help: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    flags: tuple[tuple[str, str], ...] = ()
    kinds: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        return YES_NO if self.kind == "yes_no" else self.choices

    def frozen(self) -> dict[str, Any]:
        """As it stands in a questionnaire that was sent, without whom else it is asked."""
        return {key: value for key, value in asdict(self).items() if key not in ("kinds", "tiers")}

    @classmethod
    def thawed(cls, row: Mapping[str, Any]) -> Question:
        pairs = {key: tuple(map(tuple, row[key])) for key in ("choices", "flags")}
        return cls(**{**row, **pairs})


@dataclass(frozen=True, slots=True)
class Flag:
    question: Question
    why: str


def moved(state: str, action: str) -> str:
    """The state after an act, or a refusal that says why not."""
    if state not in STEPS[action]:
        raise RuleBroken(
            f"This cannot be done: the questionnaire is {words(state)}.", field="state", code="state"
        )
    return STEPS[action][state]


def asked_of(questions: Iterable[Question], *, kind: str, tier: str) -> list[Question]:
    """Those for a supplier of this kind and tier; without a tier nobody knows what to ask."""
    if not tier:
        raise RuleBroken("Set the tier of the supplier first: it decides what is asked.", field="tier")
    return [
        each
        for each in questions
        if (not each.kinds or kind in each.kinds) and (not each.tiers or tier in each.tiers)
    ]


def require_address(address: str) -> None:
    if not address.strip():
        raise RuleBroken("Give the e-mail address that the questionnaire goes to.", field="recipient")


def require_due_date(due: date, today: date) -> None:
    if due <= today:
        raise RuleBroken("Give the supplier time: the day has to lie ahead.", field="due_date")
    if due > today + LONGEST_WAIT:
        raise RuleBroken(f"Ask for answers within {LONGEST_WAIT.days} days.", field="due_date")


def require_answers(questions: Mapping[str, Question], answers: Mapping[str, str]) -> None:
    """Each answer fits its question; an empty one takes back what was said."""
    for key, text in answers.items():
        question = questions.get(key)
        if question is None:
            raise RuleBroken("This question is not asked here.")
        fault = fault_of(question, text)
        if fault:
            raise RuleBroken(fault, field=key)


def fault_of(question: Question, text: str) -> str:
    """What is wrong with an answer; nothing where it fits, or is none."""
    if not text:
        return ""
    if len(text) > LONGEST_ANSWER:
        return f"Say it in {LONGEST_ANSWER} characters."
    if question.options and text not in dict(question.options):
        return "Choose one of the answers."
    if question.kind == "date" and day_of(text) is None:
        return "Give a day, such as 2027-03-31."
    if question.kind == "url" and URL.fullmatch(text) is None:
        return "Give a web address that begins with https://."
    return ""


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def missing(questions: Iterable[Question], answers: Mapping[str, str]) -> list[Question]:
    """Required questions without an answer, in order."""
    return [each for each in questions if each.required and not answers.get(each.id)]


def require_complete(questions: Iterable[Question], answers: Mapping[str, str]) -> None:
    left = missing(questions, answers)
    if left:
        what = "1 question needs" if len(left) == 1 else f"{len(left)} questions need"
        raise RuleBroken(f"{what} an answer before this can be handed in.")


def require_signature(*, name: str, role: str, declares: bool) -> None:
    if not name.strip():
        raise RuleBroken("Give your name.", field="name")
    if not role.strip():
        raise RuleBroken("Say what you do at the company.", field="role")
    if not declares:
        raise RuleBroken("Declare that the answers are true as far as you know.", field="declares")


def flags_of(questions: Iterable[Question], answers: Mapping[str, str], *, on: date) -> list[Flag]:
    """What a reviewer looks at twice."""
    found = []
    for question in questions:
        raised = _raised(question, answers.get(question.id, ""), on)
        found += [Flag(question, why) for answer, why in question.flags if answer == raised]
    return found


def _raised(question: Question, text: str, on: date) -> str:
    if not text:
        return NONE
    day = day_of(text) if question.kind == "date" else None
    return PAST if day is not None and day < on else text


def in_words(question: Question, text: str) -> str:
    """An answer as people read it."""
    return dict(question.options).get(text, text)


def sections_of(questions: Sequence[Question]) -> list[tuple[str, str]]:
    """Key and title of each part, in the order of the questions."""
    return list(dict.fromkeys((each.section, each.section_title) for each in questions))
