"""Intake in three questions: what fits together, what the answers say, which tier a supplier would have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aims.core.exceptions import Problem, RuleBroken
from aims.core.registry import IntakeFact, IntakeReason
from inventory.rules.suppliers import Served, proposed_tier

#: Part -> the choices taken in it.
Answers = Mapping[str, Sequence[str]]
#: From the mildest to the gravest.
CLASSES = ("minimal", "transparency", "unclear", "high", "prohibited")
TIER_RULE = "Supplier tiers"
TIER_SENTENCES: Mapping[str, str] = {
    "high": "A system that acts alone, knows people by their bodies or holds special categories of data.",
    "medium": "People are affected.",
    "low": "Nobody is affected.",
}


@dataclass(frozen=True)
class Settled:
    """What a choice says to a published question; `given_with` are choices of which one is needed too."""

    question: str
    value: str
    given_with: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choice:
    id: str
    label: str
    settles: tuple[Settled, ...] = ()
    alone: bool = False


@dataclass(frozen=True)
class Part:
    id: str
    label: str
    choices: tuple[Choice, ...]
    several: bool = False
    help: str = ""

    def choice(self, key: str) -> Choice | None:
        return next((each for each in self.choices if each.id == key), None)


@dataclass(frozen=True)
class Question:
    id: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Tier:
    """The tier a supplier of it would have, as far as the answers say."""

    value: str
    reasons: tuple[IntakeReason, ...]


def require_whole(questions: Iterable[Question], answers: Answers) -> None:
    """Every part is answered, by choices that are offered and fit each other."""
    parts = {part.id: part for question in questions for part in question.parts}
    unknown = sorted(set(answers) - set(parts))
    if unknown:
        raise RuleBroken(f"{unknown[0]} is no part of the intake.", field=unknown[0])
    for part in parts.values():
        _require_fitting(part, answers.get(part.id) or ())
    problems = [
        Problem("", part.id, f"Answer “{part.label}” too.")
        for part in parts.values()
        if not answers.get(part.id)
    ]
    if problems:
        raise RuleBroken(problems[0].sentence, field=problems[0].field, problems=problems)


def _require_fitting(part: Part, given: Sequence[str]) -> None:
    chosen = [part.choice(key) for key in given]
    if None in chosen or len(set(given)) != len(given):
        raise RuleBroken(f"Choose among the answers offered to “{part.label}”.", field=part.id)
    if len(chosen) > 1 and not part.several:
        raise RuleBroken(f"Choose one answer to “{part.label}”.", field=part.id)
    if len(chosen) > 1:
        for choice in chosen:
            if choice is not None and choice.alone:
                raise RuleBroken(f"“{choice.label}” fits no other answer.", field=part.id)


def chosen(questions: Iterable[Question], answers: Answers) -> Iterator[tuple[Part, Choice]]:
    """In the order of the questions."""
    for question in questions:
        for part in question.parts:
            for choice in part.choices:
                if choice.id in (answers.get(part.id) or ()):
                    yield part, choice


def facts(questions: Sequence[Question], answers: Answers) -> tuple[IntakeFact, ...]:
    """What the answers say to published questions; of what somebody else publishes nothing is judged here."""
    taken = [choice for _, choice in chosen(questions, answers)]
    ids = {choice.id for choice in taken}
    return tuple(
        IntakeFact(choice.label, settled.question, settled.value)
        for choice in taken
        for settled in choice.settles
        if not settled.given_with or settled.given_with & ids
    )


def tier_of(found: Sequence[IntakeFact]) -> Tier:
    """By the rule of suppliers, for one system that is proposed."""
    tier = proposed_tier([_served(found)])
    reasons = [
        fact.answer
        for fact in found
        if fact.question in TIER_FACTS and proposed_tier([_served([fact], affected=0)]) == tier
    ]
    return Tier(
        tier,
        tuple(
            IntakeReason("tier", answer, TIER_RULE, TIER_SENTENCES[tier]) for answer in dict.fromkeys(reasons)
        ),
    )


TIER_FACTS = frozenset({"affected_count", "automation_degree", "ai_type", "special_categories"})


def _served(found: Sequence[IntakeFact], affected: int | None = None) -> Served:
    values = {fact.question: fact.value for fact in found}
    if "affected_count" in values:
        affected = 0 if values["affected_count"] == "none" else None
    return Served(
        stage="proposed",
        ai_type=values.get("ai_type", ""),
        automation_degree=values.get("automation_degree", ""),
        special_categories=["yes"] if "special_categories" in values else [],
        affected_count=affected,
    )


def class_of(gravity: int | None) -> str:
    return CLASSES[gravity - 1] if gravity else ""


def gravity_of(ai_act_class: str) -> int:
    """0 where nobody judged."""
    return CLASSES.index(ai_act_class) + 1 if ai_act_class in CLASSES else 0
