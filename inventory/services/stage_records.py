"""What is written down at a stage of a system's life, completed, and opened again when it no longer holds."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from aims.core import messages, permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Evidence, Member
from aims.core.permissions import LEAD, TOP
from aims.core.rules import require_current_evidence
from aims.core.versions import STALE, write_version
from inventory.enums import CriteriaMet, StageRecordKind, StageRecordState
from inventory.models import AISystem, StageRecord
from inventory.rules import gates as rules
from inventory.services.frozen import require_not_frozen

NOT_APPROVED = {"deviation_approved_by": None, "deviation_approved_at": None}


@transaction.atomic
def write_stage_record(
    *,
    actor: Actor,
    system: AISystem,
    kind: str,
    now: datetime.datetime,
    row_version: int = 0,
    text: str = "",
    evidence: Evidence | None = None,
    criteria_met: str = "",
    deviation: str = "",
    is_complete: bool = False,
) -> StageRecord:
    """Write the one record of a kind; `row_version` is the one looked at, 0 when there was none.

    Whoever writes becomes its author, and a deviation that was approved asks for approval again.
    """
    permissions.require(actor, "inventory.write_stage_record", system)
    require_not_frozen(system)
    if kind not in StageRecordKind.values:
        raise RuleBroken("There is no such record.", field="kind")
    if kind != rules.VALIDATION:
        criteria_met, deviation = "", ""
    if criteria_met and criteria_met not in CriteriaMet.values:
        raise RuleBroken("Answer with yes or no.", field="criteria_met")
    if evidence is not None:
        require_current_evidence(evidence.state)
    content: dict[str, Any] = {
        "text": text.strip(),
        "evidence": evidence,
        "criteria_met": criteria_met,
        "deviation": deviation.strip() if criteria_met == CriteriaMet.NO else "",
    }
    has_evidence = evidence is not None
    if is_complete:
        rules.require_complete(
            kind=kind,
            text=content["text"],
            has_evidence=has_evidence,
            criteria_met=criteria_met,
            deviation=content["deviation"],
        )
    else:
        rules.require_content(text=text, has_evidence=has_evidence)
    state = StageRecordState.COMPLETE if is_complete else StageRecordState.DRAFT
    values = {**content, **NOT_APPROVED, "state": state, "author_id": actor.member_id, "written_at": now}
    record = _store(system, kind, values | ({"reopened_because": ""} if is_complete else {}), row_version)
    after = {"kind": kind, "state": state, "evidence": evidence, "row_version": record.row_version}
    trail.record(actor, "stagerecord.written", record, after=after)
    if record.has_open_deviation and record.is_complete:
        _ask_for_approval(actor, record)
    return record


@transaction.atomic
def approve_deviation(*, actor: Actor, record: StageRecord, now: datetime.datetime) -> StageRecord:
    """Agree that a system is put into use although a criterion is not met; never by its author (SOD-01)."""
    permissions.require(actor, "inventory.approve_deviation", record)
    require_not_frozen(record.system)
    if not (record.is_complete and record.has_open_deviation):
        raise RuleBroken("There is no deviation that waits for approval.", field="deviation")
    transitions.not_author(actor, record)
    values = {"deviation_approved_by_id": actor.member_id, "deviation_approved_at": now}
    if not write_version(StageRecord.objects.filter(pk=record.pk), record.row_version, **values):
        raise StaleState(STALE)
    record.refresh_from_db()
    trail.record(actor, "stagerecord.deviation_approved", record, after={"deviation": record.deviation})
    return record


@transaction.atomic
def reopen_stage_record(
    *, actor: Actor, record: StageRecord, reason: str, now: datetime.datetime
) -> StageRecord:
    """A record that no longer holds is a draft again until somebody completes it; its text stays."""
    permissions.require(actor, "inventory.write_stage_record", record.system)
    require_not_frozen(record.system)
    if not reason.strip():
        raise RuleBroken("Say why the record no longer holds.", field="reason")
    if not record.is_complete:
        return record
    StageRecord.objects.filter(pk=record.pk).update(
        state=StageRecordState.DRAFT,
        reopened_because=reason.strip(),
        row_version=F("row_version") + 1,
        **NOT_APPROVED,
    )
    record.refresh_from_db()
    trail.record(actor, "stagerecord.reopened", record, after={"kind": record.kind}, reason=reason)
    return record


def _store(system: AISystem, kind: str, values: dict[str, Any], row_version: int) -> StageRecord:
    rows = StageRecord.objects.filter(system=system, kind=kind)
    if row_version:
        if not write_version(rows, row_version, **values):
            raise StaleState(STALE)
    else:
        try:
            with transaction.atomic():
                StageRecord.objects.create(
                    organization_id=system.organization_id, system=system, kind=kind, **values
                )
        except IntegrityError as taken:
            raise StaleState(STALE) from taken
    found: StageRecord = rows.select_related("system").get()
    return found


def _ask_for_approval(actor: Actor, record: StageRecord) -> None:
    system = record.system
    for member in Member.objects.with_role(LEAD, TOP).exclude(pk=actor.member_id):
        messages.tell(
            member,
            dedupe=f"deviation:{record.pk}:{record.row_version}",
            text=f"{system.reference} {system.name} does not meet all its criteria: decide on the deviation.",
            url=gates_url(system),
        )


def gates_url(system: AISystem) -> str:
    return f"{system.get_absolute_url()}gates/"


def record_url(system: AISystem, kind: str) -> str:
    return f"{system.get_absolute_url()}stage-records/{kind}/"
