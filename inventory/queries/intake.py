"""Reads of intakes: of one item, of one system, and what their answers say in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from inventory.intake_questions import intake_questions
from inventory.models import AISystem, DiscoveredAI, Intake
from inventory.queries.discovery import family_of, family_of_system
from inventory.rules.intake import chosen

TONES = {
    "prohibited": "bad",
    "high": "warn",
    "unclear": "warn",
    "transparency": "info",
    "minimal": "ok",
    "": "neutral",
}
SCREENING_TONES = {
    "stop_and_escalate": "bad",
    "full": "warn",
    "light": "info",
    "screened_out": "ok",
    "": "neutral",
}
#: What a group of reasons is headed by, in this order.
HEADINGS = {
    "prohibited": "Prohibited practice",
    "high": "High risk",
    "unclear": "Doubts",
    "transparency": "Transparency",
    "minimal": "Minimal risk",
    "screening": "Screening of the impact",
    "tier": "Tier of a supplier",
}


@dataclass(frozen=True)
class Answered:
    """One part of a question, with what was taken in it."""

    question: str
    label: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class IntakeShown:
    """One intake as a page shows it."""

    intake: Intake
    tone: str
    screening_tone: str
    #: (heading, reasons)
    reasons: tuple[tuple[str, tuple[dict[str, str], ...]], ...]
    answers: tuple[Answered, ...]


def shown(intakes: Iterable[Intake]) -> list[IntakeShown]:
    return [
        IntakeShown(
            intake=intake,
            tone=TONES.get(intake.ai_act_class, "neutral"),
            screening_tone=SCREENING_TONES.get(intake.screening, "neutral"),
            reasons=tuple(_grouped(intake.reasons)),
            answers=tuple(_answered(intake.answers)),
        )
        for intake in intakes
    ]


def _grouped(reasons: Sequence[dict[str, str]]) -> Iterable[tuple[str, tuple[dict[str, str], ...]]]:
    for about, heading in HEADINGS.items():
        found = tuple(reason for reason in reasons if reason.get("about") == about)
        if found:
            yield heading, found


def _answered(answers: dict[str, Any]) -> Iterable[Answered]:
    """In the words of today's questions."""
    for question in intake_questions():
        taken = list(chosen([question], answers))
        for part in question.parts:
            labels = tuple(choice.label for of, choice in taken if of is part)
            if labels:
                yield Answered(question.title, part.label, labels)


def intakes_of_item(item: DiscoveredAI) -> list[Intake]:
    """Those of the item and of what was merged into it, the newest first."""
    return list(Intake.objects.filter(item_id__in=family_of(item)).select_related("answered_by", "item"))


def intakes_of_system(system: AISystem) -> list[Intake]:
    """Those from before it was registered, and those since, the newest first."""
    found = Intake.objects.filter(Q(system=system) | Q(item_id__in=family_of_system(system)))
    return list(found.select_related("answered_by", "item"))


def answered_by(member_id: int | None) -> list[Intake]:
    """What one person answered, the newest first."""
    return [] if member_id is None else list(intakes().filter(answered_by_id=member_id)[:20])


def intakes(*, item: int | None = None, system: int | None = None) -> Any:
    found = Intake.objects.select_related("answered_by", "item", "system", "organization")
    if item is not None:
        found = found.filter(item_id=item)
    return found.filter(system_id=system) if system is not None else found
