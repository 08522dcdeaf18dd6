"""Whether a use is a prohibited practice: the published questions in order, answers in, a result out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aims.core.catalogs import CLASSIFIER, catalog
from aims.core.exceptions import Problem, RuleBroken

START, PART = "P-a", "P-"
PROHIBITED, NOT_PROHIBITED, UNCLEAR = "prohibited", "not_prohibited", "unclear"
OUTCOME, LEGAL_REVIEW = "RISK-PROHIBITED", "FLAG-LEGAL-REVIEW"
VALID_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    next: str
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """`follows` is the question whose “yes” leads here; empty for those that are always asked."""

    id: str
    article: str
    text: str
    help: str
    choices: tuple[Choice, ...]
    follows: str = ""

    def choice(self, value: str) -> Choice | None:
        return next((each for each in self.choices if each.value == value), None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`result` is empty as long as questions are open."""

    result: str
    asked: tuple[str, ...]
    unanswered: tuple[str, ...]
    unsure: tuple[str, ...]
    excepted: tuple[str, ...]
    because: str = ""

    @property
    def needs_legal_review(self) -> bool:
        return bool(self.excepted)


@cache
def questions() -> tuple[Question, ...]:
    rows = [row for row in catalog(CLASSIFIER)["nodes"] if row["id"].startswith(PART)]
    only_after = {
        answer["next"]: row["id"]
        for row in rows
        for answer in row["answers"]
        if answer["value"] == "yes" and answer["next"].startswith(PART) and answer["next"].endswith("-x")
    }
    return tuple(_question(row, only_after.get(row["id"], "")) for row in rows)


def rule_set() -> str:
    return str(catalog(CLASSIFIER)["meta"]["version"])


def judge(answers: Mapping[str, str]) -> Judgement:
    """Follow the answers from the first question; one that is open is passed as if it were “no”."""
    by_id = {question.id: question for question in questions()}
    _require_known(answers, by_id)
    asked: list[str] = []
    unanswered: list[str] = []
    unsure: list[str] = []
    excepted: list[str] = []
    current = START
    while current in by_id:
        question = by_id[current]
        asked.append(current)
        value = answers.get(current, "")
        choice = question.choice(value or "no")
        if choice is None:
            raise RuleBroken(f"Choose one of the answers offered for {current}.", field=current)
        if not value:
            unanswered.append(current)
            # An exception that is left open settles nothing: go on as if it were claimed.
            current = _after_exception(question) if OUTCOME in choice.outcomes else choice.next
            continue
        if OUTCOME in choice.outcomes:
            return Judgement(PROHIBITED, tuple(asked), (), tuple(unsure), tuple(excepted), current)
        if value == "unsure":
            unsure.append(current)
        elif LEGAL_REVIEW in choice.outcomes:
            excepted.append(current)
        current = choice.next
    result = "" if unanswered else (UNCLEAR if unsure else NOT_PROHIBITED)
    return Judgement(result, tuple(asked), tuple(unanswered), tuple(unsure), tuple(excepted))


def require_complete(judgement: Judgement) -> None:
    if judgement.unanswered:
        problems = [Problem(each, each, f"Answer {each}.") for each in judgement.unanswered]
        raise RuleBroken(
            f"Answer every question first; still open: {', '.join(judgement.unanswered)}.",
            field=judgement.unanswered[0],
            problems=problems,
        )


def require_clear(judgement: Judgement, *, legal_review: str) -> None:
    """What is decided is certain: doubts are settled first, and an exception was looked at by a lawyer."""
    require_complete(judgement)
    if judgement.result == UNCLEAR:
        raise RuleBroken(
            f"“Not sure” is no answer to decide on: settle {', '.join(judgement.unsure)} first.",
            field="legal_review",
        )
    if judgement.needs_legal_review and not legal_review.strip():
        raise RuleBroken(
            f"An exception is claimed at {', '.join(judgement.excepted)}: write down what the legal review"
            " found.",
            field="legal_review",
        )


def _after_exception(question: Question) -> str:
    choice = question.choice("yes")
    return choice.next if choice is not None else ""


def _question(row: Mapping[str, Any], follows: str) -> Question:
    choices = tuple(
        Choice(each["value"], each["label"], each["next"], tuple(each.get("outcomes") or ()))
        for each in row["answers"]
    )
    return Question(
        row["id"], row["article"], " ".join(row["question"].split()), row.get("help", ""), choices, follows
    )


def _require_known(answers: Mapping[str, str], known: Mapping[str, Question]) -> None:
    unknown = sorted(set(answers) - set(known))
    if unknown:
        raise RuleBroken(f"{unknown[0]} is not a question on prohibited practices.", field=unknown[0])
