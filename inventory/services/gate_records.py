"""The record of a step in the life of a system, frozen with what was seen; the request to let it go live."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from aims.core import messages, permissions, snapshots, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.machines import Answer
from aims.core.models import Member
from aims.core.permissions import LEAD, TOP
from inventory.enums import GoLiveState, SystemStage
from inventory.models import AISystem, GateRecord, GoLiveRequest
from inventory.services.stage_records import gates_url


def write_gate_record(
    *,
    actor: Actor,
    system: AISystem,
    action: str,
    from_stage: str,
    answers: Iterable[Answer],
    now: datetime.datetime,
    reason: str = "",
    trigger: str = "",
    related: str = "",
) -> GateRecord:
    """Called by the step itself, in its transaction."""
    values: dict[str, Any] = {
        "action": action,
        "from_stage": from_stage,
        "to_stage": system.stage,
        "reason": reason,
        "trigger": trigger,
        "related": related,
        "seen": [{"guard": each.guard, "seen": each.seen or "yes"} for each in answers],
    }
    record: GateRecord = GateRecord.objects.create(
        organization_id=system.organization_id,
        system=system,
        passed_by_id=actor.member_id,
        passed_at=now,
        **values,
    )
    content = {
        **values,
        "system": {"id": system.pk, "reference": system.reference, "version": system.version},
        "passed_by": actor.member_id,
        "passed_at": now,
    }
    record.snapshot = snapshots.freeze(actor, record, content, now=now)
    record.save(update_fields=["snapshot"])
    return record


@transaction.atomic
def request_go_live(*, actor: Actor, system: AISystem, text: str, now: datetime.datetime) -> GoLiveRequest:
    """Ask others to let the system go live."""
    permissions.require(actor, "inventory.request_go_live", system)
    if system.stage != SystemStage.DEPLOYMENT:
        raise RuleBroken("Only a system in deployment goes live.", field="text", code="state")
    if not text.strip():
        raise RuleBroken("Say what goes live, where and for whom.", field="text")
    if open_request(system) is not None:
        raise RuleBroken("A request waits for a decision already.", field="text", code="state")
    request: GoLiveRequest = GoLiveRequest.objects.create(
        organization_id=actor.organization_id,
        system=system,
        text=text.strip(),
        author_id=actor.member_id,
        asked_at=now,
    )
    trail.record(actor, "golive.requested", system, after={"request": request.pk, "text": request.text})
    for member in Member.objects.with_role(LEAD, TOP).exclude(pk=actor.member_id):
        messages.tell(
            member,
            dedupe=f"go-live:{request.pk}",
            text=f"{system.reference} {system.name}: decide whether it goes live.",
            url=gates_url(system),
        )
    return request


@transaction.atomic
def withdraw_go_live(*, actor: Actor, system: AISystem, now: datetime.datetime) -> None:
    permissions.require(actor, "inventory.request_go_live", system)
    if open_request(system) is None:
        raise RuleBroken("No request is open.", code="state")
    close_request(actor, system, GoLiveState.WITHDRAWN, now=now)


def close_request(actor: Actor, system: AISystem, state: str, *, now: datetime.datetime) -> None:
    request = open_request(system)
    if request is None:
        return
    request.state, request.decided_by_id, request.decided_at = state, actor.member_id, now
    request.save(update_fields=["state", "decided_by", "decided_at"])
    trail.record(actor, f"golive.{state}", system, after={"request": request.pk})


def open_request(system: AISystem) -> GoLiveRequest | None:
    found: GoLiveRequest | None = (
        GoLiveRequest.objects.filter(system=system, state=GoLiveState.OPEN).select_related("author").first()
    )
    return found
