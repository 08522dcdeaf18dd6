"""What changed about a system: which records may be stale, what is opened again, and the record of it."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.registry import Stale, registry
from inventory import gates
from inventory.enums import SystemStage
from inventory.models import AISystem, ChangeReview
from inventory.rules import changes as rules
from inventory.services.frozen import require_not_frozen


def foresee(*, actor: Actor, system: AISystem, kind: str) -> list[Stale]:
    """What to confirm before a change of this kind is recorded."""
    permissions.require(actor, "inventory.foresee_change", system)
    return stale_records(system, kind)


def stale_records(system: AISystem, kind: str) -> list[Stale]:
    """What the rule table says may no longer hold, of what this system has."""
    return [stale for source in registry.stale_sources for stale in source.found(system, kind)]


@transaction.atomic
def record_change(
    *,
    actor: Actor,
    system: AISystem,
    kind: str,
    text: str,
    now: datetime.datetime,
    chosen: Collection[str] = (),
    re_evaluates: bool = False,
    reason: str = "",
) -> ChangeReview:
    """Open what was chosen, start the re-evaluation when wanted, and keep a record even of doing nothing."""
    permissions.require(actor, "inventory.record_change", system)
    require_not_frozen(system)
    rules.require_change(kind=kind, text=text, chosen=chosen, re_evaluates=re_evaluates, reason=reason)
    found = stale_records(system, kind)
    unknown = sorted(set(chosen) - {stale.key for stale in found})
    if unknown:
        raise RuleBroken("Something that was shown as stale has changed since. Look again.", field="chosen")
    if re_evaluates and system.stage != SystemStage.OPERATION_MONITORING:
        raise RuleBroken("Only a system in operation is re-evaluated.", field="re_evaluates", code="state")
    review: ChangeReview = ChangeReview.objects.create(
        organization_id=system.organization_id,
        system=system,
        kind=kind,
        text=text.strip(),
        proposed=[
            {"key": each.key, "label": each.label, "why": each.why, "chosen": each.key in chosen}
            for each in found
        ],
        re_evaluates=re_evaluates,
        reason=reason.strip(),
        recorded_by_id=actor.member_id,
        recorded_at=now,
    )
    after = {"kind": kind, "opened": sorted(chosen), "re_evaluates": re_evaluates}
    trail.record(actor, "aisystem.changed", system, after=after, reason=reason)
    why = f"{review.get_kind_display()}: {review.text}"
    if re_evaluates:
        gates.pass_gate(
            actor=actor,
            system=system,
            action="trigger_re_evaluation",
            trigger=rules.TRIGGER_OF[kind],
            reason=why[:2000],
            opens_everything=False,
            now=now,
        )
    for source in registry.stale_sources:
        for stale in list(source.found(system, kind)):
            if stale.key in chosen:
                source.reopen(actor, stale.key, why, now)
    return review
