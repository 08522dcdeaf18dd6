"""The share of risk in an intake: its judgement, and the legal classification that asks everything."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import IntakeJudge
from inventory.models import AISystem
from risk import provisional
from risk.services import classification


def begin(actor: Actor, system: AISystem, now: datetime.datetime) -> None:
    """A draft without answers: what an intake suspects is no answer to what the law asks."""
    if permissions.can(actor, "risk.answer_classification", system):
        classification.draft_classification(actor=actor, system=system, now=now)


def asks_everything(actor: Actor, system: AISystem) -> Iterator[tuple[str, str]]:
    if permissions.can(actor, "risk.view_classification", system):
        yield "Legal classification", reverse("classification", args=[system.organization_slug, system.pk])


JUDGE = IntakeJudge(provisional.judge, begin, asks_everything)
