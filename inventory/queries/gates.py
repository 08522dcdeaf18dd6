"""Reads of where a system stands: its stage records, its steps, the request to go live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inventory.enums import StageRecordKind, StageRecordState, SystemStage
from inventory.models import AISystem, GateRecord, GoLiveRequest, StageRecord
from inventory.rules.gates import KINDS_OF_STAGE, RETIREMENT_KINDS

#: Records of retirement are shown once a system is on its way out.
BESIDE = (SystemStage.SUSPENDED, SystemStage.REJECTED)
AT_THE_END = ("retirement", "retired")


@dataclass(frozen=True)
class StageRow:
    """One line of the stage records: what is written, or that nothing is yet."""

    kind: str
    label: str
    record: StageRecord | None
    is_of_this_stage: bool

    @property
    def state(self) -> str:
        return self.record.state if self.record else ""

    @property
    def state_label(self) -> str:
        return str(StageRecordState(self.record.state).label) if self.record else "Not written"


def stage_rows(system: AISystem) -> list[StageRow]:
    """Every kind of record in the order of the life cycle, in one query."""
    written = {record.kind: record for record in stage_records(system)}
    now = KINDS_OF_STAGE.get(system.stage, ())
    return [
        StageRow(kind.value, str(kind.label), written.get(kind.value), kind in now)
        for kind in StageRecordKind
        if kind not in RETIREMENT_KINDS or system.stage in AT_THE_END or kind.value in written
    ]


def way(stage: str, steps: Iterable[GateRecord]) -> list[dict[str, str]]:
    """The seven stages as the progress line shows them; suspended and rejected stand beside the way.

    Done is what a step on record led out of; who skipped a stage, or was entered beyond it, has not done it.
    """
    stages = [each for each in SystemStage if each not in BESIDE]
    at = stages.index(SystemStage(stage)) if stage in stages else -1
    left = {each.from_stage for each in steps}
    return [
        {
            "label": str(each.label),
            "state": "current" if n == at else ("done" if n < at and each in left else "later"),
        }
        for n, each in enumerate(stages)
    ]


def stage_records(system: AISystem) -> Any:
    found = StageRecord.objects.filter(system=system).select_related(
        "author", "evidence", "deviation_approved_by"
    )
    return found.order_by("pk")


def stage_record(system: AISystem, kind: str) -> StageRecord | None:
    found: StageRecord | None = stage_records(system).filter(kind=kind).first()
    return found


def is_frozen(system: AISystem) -> bool:
    """One that was entered as retired passed no gate here, and its record may still be filled in."""
    if system.stage != SystemStage.RETIRED:
        return False
    return GateRecord.objects.filter(system=system, to_stage=SystemStage.RETIRED).exists()


def reopened_records(system: AISystem) -> list[StageRecord]:
    """Records that no longer hold since something changed, and that nobody has completed since."""
    drafts = stage_records(system).filter(state=StageRecordState.DRAFT)
    return list(drafts.exclude(reopened_because=""))


def steps_of(system: AISystem, *, newest: int = 100) -> list[GateRecord]:
    found = GateRecord.objects.filter(system=system).select_related("passed_by", "snapshot")
    return list(found.order_by("-pk")[:newest])


def requests_of(system: AISystem, *, newest: int = 20) -> list[GoLiveRequest]:
    found = GoLiveRequest.objects.filter(system=system).select_related("author", "decided_by")
    return list(found.order_by("-pk")[:newest])
