"""How AI systems came through their gates, and what changed, in an evidence pack as of a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.days import local_today
from aims.core.documents import Column, Section, Table
from aims.core.models import Evidence, Member
from inventory.enums import (
    ChangeKind,
    ChangeRequestState,
    CriteriaMet,
    StageRecordKind,
    StageRecordState,
    SystemStage,
)
from inventory.models import AISystem, ChangeRequest, ChangeReview, GateRecord, StageRecord
from inventory.models.systems import IN_USE
from inventory.queries.systems import label_of

NAMED_AT_ONCE = 5


def sections(as_of: datetime.date) -> Iterable[Section]:
    """A system that was in use when it was registered has no go-live on record, and that is said."""
    systems: dict[int, Any] = {system.pk: system for system in AISystem.objects.order_by("id")}
    names = dict(Member.objects.values_list("id", "name"))
    steps = list(GateRecord.objects.select_related("snapshot").order_by("id"))
    records = list(StageRecord.objects.order_by("system_id", "id"))
    requests = list(ChangeRequest.objects.order_by("id"))
    yield Section(
        key="life-cycle",
        number="18",
        title="Life cycle and changes of AI systems",
        clause_refs=("6.3", "8.1", "A.6.2.2", "A.6.2.3", "A.6.2.4", "A.6.2.5"),
        data={
            "steps": _steps(steps, systems, names),
            "records": _records(records, systems, names),
            "changes": _requests(requests, systems, names),
            "reviews": _reviews(systems),
        },
        gaps=tuple(_gaps(systems, steps, records, requests)),
    )


def _steps(steps: list[Any], systems: dict[int, Any], names: dict[int, str]) -> Table:
    return Table(
        title="Steps taken",
        columns=(
            Column("AI system", 19),
            Column("From", 15),
            Column("To", 15),
            Column("On", 10),
            Column("By", 14),
            Column("SHA-256", 27, "hash"),
        ),
        rows=[
            (
                _system(systems, step.system_id),
                label_of(SystemStage, step.from_stage),
                label_of(SystemStage, step.to_stage),
                local_today(step.passed_at),
                names.get(step.passed_by_id, "The portal"),
                step.snapshot.sha256 if step.snapshot else None,
            )
            for step in steps
        ],
    )


def _records(records: list[Any], systems: dict[int, Any], names: dict[int, str]) -> Table:
    references = dict(
        Evidence.objects.filter(pk__in={each.evidence_id for each in records}).values_list("pk", "reference")
    )
    return Table(
        title="Records of the stages",
        columns=(
            Column("AI system", 22),
            Column("Record", 20),
            Column("State", 10),
            Column("Evidence", 10, "code"),
            Column("Written by", 15),
            Column("Deviation", 23),
        ),
        rows=[
            (
                _system(systems, each.system_id),
                label_of(StageRecordKind, each.kind),
                label_of(StageRecordState, each.state),
                references.get(each.evidence_id),
                names.get(each.author_id),
                _deviation(each, names),
            )
            for each in records
        ],
    )


def _deviation(record: Any, names: dict[int, str]) -> str | None:
    if record.criteria_met != CriteriaMet.NO:
        return None
    approver = names.get(record.deviation_approved_by_id)
    return f"{record.deviation} ({f'approved by {approver}' if approver else 'not approved'})"


def _requests(requests: list[Any], systems: dict[int, Any], names: dict[int, str]) -> Table:
    return Table(
        title="Change requests",
        columns=(
            Column("Ref", 10, "code"),
            Column("Change", 28),
            Column("AI system", 20),
            Column("State", 14),
            Column("Decided by", 16),
            Column("Done on", 12),
        ),
        rows=[
            (
                each.reference,
                each.title,
                _system(systems, each.system_id),
                label_of(ChangeRequestState, each.state),
                names.get(each.decided_by_id),
                each.done_on,
            )
            for each in requests
        ],
    )


def _reviews(systems: dict[int, Any]) -> Table:
    """Also those after which nothing was opened again: that was looked at is the record."""
    return Table(
        title="What changed, and what was opened again",
        columns=(
            Column("AI system", 22),
            Column("What changed", 16),
            Column("How", 30),
            Column("Opened again", 20),
            Column("On", 12),
        ),
        rows=[
            (
                _system(systems, each.system_id),
                label_of(ChangeKind, each.kind),
                each.text,
                [line["label"] for line in each.proposed if line.get("chosen")] or "Nothing",
                local_today(each.recorded_at),
            )
            for each in ChangeReview.objects.order_by("id")
        ],
    )


def _system(systems: dict[int, Any], pk: int | None) -> str | None:
    found = systems.get(pk) if pk else None
    return f"{found.reference} {found.name}" if found else None


def _gaps(
    systems: dict[int, Any], steps: list[Any], records: list[Any], requests: list[Any]
) -> Iterator[str]:
    passed = {each.system_id for each in steps if each.to_stage == SystemStage.OPERATION_MONITORING}
    in_use = [each for each in systems.values() if each.stage in IN_USE and each.pk not in passed]
    if in_use:
        yield f"In use without a go-live on record here: {_named(in_use)}."
    open_deviations = [systems[each.system_id] for each in records if each.has_open_deviation]
    if open_deviations:
        yield f"A deviation of the validation is not approved: {_named(open_deviations)}."
    waiting = [each.reference for each in requests if each.state == ChangeRequestState.ASSESSED]
    if waiting:
        yield f"Change requests wait for a decision: {', '.join(waiting[:NAMED_AT_ONCE])}."


def _named(found: list[Any]) -> str:
    more = f" and {len(found) - NAMED_AT_ONCE} more" if len(found) > NAMED_AT_ONCE else ""
    return ", ".join(f"{each.reference} {each.name}" for each in found[:NAMED_AT_ONCE]) + more
