from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from aims.core.tenancy.models import AuditorSees, TenantModel
from aims.core.tracking import tracked
from inventory.enums import (
    CriteriaMet,
    GoLiveState,
    ReevaluationTrigger,
    StageRecordKind,
    StageRecordState,
    SystemStage,
)
from inventory.models.systems import AISystem

OF_SYSTEM = "system_id->inventory.aisystem"


@tracked
class StageRecord(TenantModel):
    """What a stage of the life cycle leaves behind: requirements, design, results, proofs of the end."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="stage_records")
    kind = models.CharField(max_length=20, choices=StageRecordKind.choices)
    text = models.TextField(blank=True)
    evidence = models.ForeignKey("core.Evidence", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=StageRecordState.choices, default=StageRecordState.DRAFT)
    criteria_met = models.CharField(max_length=3, choices=CriteriaMet.choices, blank=True)
    deviation = models.TextField(blank=True)
    deviation_approved_by = models.ForeignKey(
        "core.Member", null=True, on_delete=models.PROTECT, related_name="+"
    )
    deviation_approved_at = models.DateTimeField(null=True)
    reopened_because = models.TextField(blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = OF_SYSTEM

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "system", "kind"], name="stage_record_once")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_complete(self) -> bool:
        return self.state == StageRecordState.COMPLETE

    @property
    def has_open_deviation(self) -> bool:
        return self.criteria_met == CriteriaMet.NO and self.deviation_approved_by_id is None


@tracked
class GoLiveRequest(TenantModel):
    """Somebody asks to let a system go live; another person decides (A.6.2.5)."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    state = models.CharField(max_length=10, choices=GoLiveState.choices, default=GoLiveState.OPEN)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = OF_SYSTEM

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "system"], condition=Q(state="open"), name="go_live_one_open"
            )
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Go-live of {self.system_id}"


@tracked
class GateRecord(TenantModel):
    """One step in the life of a system: who let it pass, when, and what was seen; frozen with its hash."""

    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="gate_records")
    action = models.CharField(max_length=30)
    from_stage = models.CharField(max_length=30, choices=SystemStage.choices)
    to_stage = models.CharField(max_length=30, choices=SystemStage.choices)
    passed_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    passed_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    trigger = models.CharField(max_length=10, choices=ReevaluationTrigger.choices, blank=True)
    related = models.CharField(max_length=200, blank=True, help_text="The incident or finding behind it")
    seen = models.JSONField(default=list, help_text="Each guard of the step with what it saw")
    snapshot = models.ForeignKey("core.Snapshot", null=True, on_delete=models.PROTECT, related_name="+")

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = OF_SYSTEM

    class Meta:
        indexes = [models.Index(fields=["organization", "system"], name="gate_record_system")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} of {self.system_id}"
