"""The verbs of the intake: three questions answered, and at once what follows for the time being."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from aims.core import messages, permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import IntakeReason, registry
from inventory.enums import ProvisionalClass
from inventory.intake_questions import intake_questions, version
from inventory.models import AISystem, DiscoveredAI, Intake
from inventory.rules import intake as rules
from inventory.rules.intake import Answers


@dataclass(frozen=True)
class Judged:
    """What the answers come to; nothing of it is a decision."""

    ai_act_class: str
    screening: str
    tier: str
    needs_legal_review: bool
    reasons: tuple[IntakeReason, ...]


def judged(answers: Answers) -> Judged:
    """By the rules of whoever knows them, and by that of suppliers."""
    rules.require_whole(intake_questions(), answers)
    facts = rules.facts(intake_questions(), answers)
    tier = rules.tier_of(facts)
    ai_act_class, screening, needs_review = "", "", False
    reasons: list[IntakeReason] = []
    for each in registry.intake_judges:
        opinion = each.judge(facts)
        ai_act_class, screening = opinion.ai_act_class, opinion.screening
        needs_review = opinion.needs_legal_review
        reasons += opinion.reasons
    return Judged(ai_act_class, screening, tier.value, needs_review, (*reasons, *tier.reasons))


def keep_intake(
    actor: Actor,
    *,
    answers: Answers,
    now: datetime.datetime,
    item: DiscoveredAI | None = None,
    system: AISystem | None = None,
) -> Intake:
    """Inside a verb that has asked for the permission: judge the answers and put them on record."""
    found = judged(answers)
    intake: Intake = Intake.objects.create(
        organization_id=actor.organization_id,
        item=item,
        system=system,
        answers={part: list(given) for part, given in answers.items()},
        catalog_version=version(),
        ai_act_class=found.ai_act_class,
        gravity=rules.gravity_of(found.ai_act_class),
        needs_legal_review=found.needs_legal_review,
        screening=found.screening,
        tier=found.tier,
        reasons=[asdict(reason) for reason in found.reasons],
        answered_by_id=actor.member_id,
        answered_at=now,
    )
    after = {"class": found.ai_act_class, "screening": found.screening, "tier": found.tier}
    trail.record(actor, "intake.answered", intake, after=after)
    if system is not None:
        begin_real(actor, system, now=now)
    _tell(actor, intake)
    return intake


@transaction.atomic
def answer_intake(
    *,
    actor: Actor,
    answers: Answers,
    now: datetime.datetime,
    item: DiscoveredAI | None = None,
    system: AISystem | None = None,
) -> Intake:
    """Answer the three questions about an item of the queue or an AI system, for the first time or anew."""
    if (item is None) == (system is None):
        raise RuleBroken("Say what it is about: a discovered item or an AI system.", field="item_id")
    permissions.require(actor, "inventory.answer_intake", item or system)
    return keep_intake(actor, answers=answers, now=now, item=item, system=system)


def begin_real(actor: Actor, system: AISystem, *, now: datetime.datetime) -> None:
    """What asks everything is opened where the actor may."""
    for each in registry.intake_judges:
        each.begin(actor, system, now)


def _tell(actor: Actor, intake: Intake) -> None:
    """Of a suspected practice the compliance leads, of anything grave the owner of the system."""
    grave = (ProvisionalClass.HIGH, ProvisionalClass.PROHIBITED)
    about: Any = intake.item or intake.system
    told = (
        set(Member.objects.with_role(LEAD)) if intake.ai_act_class == ProvisionalClass.PROHIBITED else set()
    )
    if intake.system is not None and intake.system.owner is not None and intake.ai_act_class in grave:
        told.add(intake.system.owner)
    for member in told:
        if member.pk != actor.member_id:
            label = ProvisionalClass(intake.ai_act_class).label.lower()
            messages.tell(
                member,
                dedupe=f"intake:{intake.pk}",
                text=f"{about}: {label}, by the answers of an intake (provisional).",
                url=about.get_absolute_url(),
            )
