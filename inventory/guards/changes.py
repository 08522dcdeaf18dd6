"""What SM-24 asks of a change request, what SM-01 asks of one, and what a change makes stale here."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.urls import reverse

from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.registry import Stale, StaleSource, registry
from aims.core.transitions import Facts
from inventory.enums import ChangeRequestState, StageRecordState
from inventory.models import AISystem, ChangeRequest, StageRecord
from inventory.rules import changes as rules
from inventory.services.stage_records import gates_url, reopen_stage_record

guard, effect = registry.guard, registry.effect


@guard("SM-24", "purpose, effects on scope, risk, impact, SoA, documents, people")
def effects_are_thought_through(facts: Facts) -> None:
    rules.require_effects(facts.obj.purpose, facts.obj.effects)


@guard("SM-24", "date and evidence")
def it_is_shown_to_be_done(facts: Facts) -> None:
    rules.require_done(
        done_on=facts.given.get("done_on"),
        today=local_today(facts.now),
        text=str(facts.given.get("done_text") or ""),
        has_evidence=facts.given.get("evidence") is not None,
    )


@guard("SM-24", "unintended effects looked for")
def effects_are_looked_for(facts: Facts) -> None:
    if not facts.given.get("review"):
        raise RuleBroken("Say which unintended effects were looked for and what was seen.", field="review")


@guard("SM-01", "change request approved (SM-24)")
def a_change_is_approved(facts: Facts) -> str:
    approved = ChangeRequest.objects.filter(system=facts.obj, state=ChangeRequestState.APPROVED).first()
    if approved is None:
        url = reverse("changes", args=[facts.obj.organization_slug])
        raise RuleBroken("There is no approved change request for this system.", url=url)
    return str(approved)


def stale_stage_records(system: AISystem, kind: str) -> Iterator[Stale]:
    complete = StageRecord.objects.filter(system=system, state=StageRecordState.COMPLETE).order_by("pk")
    for record in complete:
        if rules.is_stale(record.kind, kind):
            yield Stale(f"record:{record.pk}", str(record), rules.WHY[kind], gates_url(system))


def reopen_record(actor: Actor, key: str, why: str, now: datetime.datetime) -> None:
    record = StageRecord.objects.select_related("system").get(pk=int(key.partition(":")[2]))
    reopen_stage_record(actor=actor, record=record, reason=why, now=now)


SOURCE = StaleSource("record", stale_stage_records, reopen_record)
