"""What the answers of an intake say by the EU AI Act and by the screening, until the real ones are answered.

The rules are those of `prohibited` and `screening` and the published classifier; an intake answers a few
of their questions. Doubts fail safe, as the classifier has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from aims.core.catalogs import CLASSIFIER, catalog
from aims.core.registry import IntakeFact, IntakeOpinion, IntakeReason
from risk import prohibited, screening
from risk.questionnaire import screening_questions

YES, UNSURE, NONE = "yes", "unsure", "none"
PRODUCT, USES, PROFILING = "H1", "H4", "H5"
SENTENCES: Mapping[str, str] = {
    "banned": "A practice that is banned.",
    "excepted": "A practice that is banned but for narrow exceptions.",
    "product": "High-risk where others have to check the product for safety because of it.",
    "use": "High-risk, unless the classification finds the way out of Article 6(3).",
    "profiling": "High-risk: where people are profiled, Article 6(3) offers no way out.",
    "unknown": "What is not known is taken for high-risk until somebody finds out.",
    "transparency": "People have to be told, or what is made has to be marked.",
    "minimal": "No answer names a banned practice, a high-risk use or a duty of transparency.",
    "doubt": "A doubt on a banned practice or a duty goes to a legal review.",
}


def judge(facts: Iterable[IntakeFact]) -> IntakeOpinion:
    """The gravest class that an answer points to. The hint is a floor: open questions only add to it."""
    found = tuple(facts)
    by_class = {
        "prohibited": tuple(_prohibited(found)),
        "high": tuple(_high(found)),
        "unclear": tuple(_doubts(found)),
        "transparency": tuple(_transparency(found)),
    }
    ai_act_class = next((name for name, reasons in by_class.items() if reasons), "minimal")
    reasons = [reason for each in by_class.values() for reason in each]
    if not reasons:
        reasons.append(IntakeReason("minimal", "", "EU AI Act", SENTENCES["minimal"]))
    hint, why = _screening(found)
    return IntakeOpinion(ai_act_class, hint, bool(by_class["unclear"]), (*reasons, *why))


def _prohibited(facts: Sequence[IntakeFact]) -> Iterator[IntakeReason]:
    banned = {question.id for question in prohibited.questions()}
    for answer, given in _by_answer(facts, YES, banned).items():
        results = {prohibited.judge({each: YES}).result for each in given}
        kind = "banned" if prohibited.PROHIBITED in results else "excepted"
        yield IntakeReason("prohibited", answer, _articles(given), SENTENCES[kind])


def _high(facts: Sequence[IntakeFact]) -> Iterator[IntakeReason]:
    for answer, given in _by_answer(facts, YES, {PRODUCT}).items():
        yield IntakeReason("high", answer, _articles(given), SENTENCES["product"])
    profiles = bool(_by_answer(facts, YES, {PROFILING}))
    uses: dict[str, list[str]] = {}
    for fact in facts:
        if fact.question == USES and fact.value != NONE:
            uses.setdefault(fact.answer, []).append(fact.value)
    for answer, points in uses.items():
        if points == [UNSURE]:
            yield IntakeReason("high", answer, _articles([USES]), SENTENCES["unknown"])
        else:
            rule = f"{_articles([USES])} {', '.join(points)}"
            yield IntakeReason("high", answer, rule, SENTENCES["profiling" if profiles else "use"])


def _transparency(facts: Sequence[IntakeFact]) -> Iterator[IntakeReason]:
    for answer, given in _by_answer(facts, YES, _nodes_of("transparency")).items():
        yield IntakeReason("transparency", answer, _articles(given), SENTENCES["transparency"])


def _doubts(facts: Sequence[IntakeFact]) -> Iterator[IntakeReason]:
    sends_on = {question.id for question in prohibited.questions()} | _nodes_of("transparency")
    for answer, given in _by_answer(facts, UNSURE, sends_on).items():
        yield IntakeReason("unclear", answer, _articles(given), SENTENCES["doubt"])


def _screening(facts: Sequence[IntakeFact]) -> tuple[str, tuple[IntakeReason, ...]]:
    """Of several answers to one question the one with the most points counts."""
    answers: dict[str, str] = {}
    for question in screening_questions():
        given = {fact.value for fact in facts if fact.question == question.id}
        options = [option for option in question.options if option.value in given]
        if options:
            answers[question.id] = max(options, key=lambda option: option.score).value
    found = screening.evaluate(answers)
    reasons = [
        IntakeReason(
            "screening",
            " · ".join(_labels(facts, trigger.question, answers[trigger.question])),
            f"Screening {trigger.question}",
            f"{trigger.text} “{trigger.answer}” decides by itself.",
        )
        for trigger in found.triggers
    ]
    so_far = f"{len(answers)} of {len(screening_questions())} questions give {found.score} points so far."
    return found.so_far, (*reasons, IntakeReason("screening", "", "Points of the screening", so_far))


def _labels(facts: Sequence[IntakeFact], question: str, value: str) -> list[str]:
    given = [fact.answer for fact in facts if (fact.question, fact.value) == (question, value)]
    return list(dict.fromkeys(given))


def _by_answer(facts: Iterable[IntakeFact], value: str, among: Collection[str]) -> dict[str, list[str]]:
    """Answer → the questions among these that it answers with the value."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        if fact.value == value and fact.question in among:
            found.setdefault(fact.answer, []).append(fact.question)
    return found


@cache
def _nodes() -> Mapping[str, Mapping[str, Any]]:
    return {row["id"]: row for row in catalog(CLASSIFIER)["nodes"]}


def _nodes_of(track: str) -> set[str]:
    return {id for id, row in _nodes().items() if row["track"] == track}


def _articles(questions: Iterable[str]) -> str:
    return f"EU AI Act, Article {', '.join(dict.fromkeys(_nodes()[each]['article'] for each in questions))}"
