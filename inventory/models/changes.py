from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantModel
from aims.core.tracking import tracked
from inventory.enums import ChangeKind, ChangeRequestState
from inventory.models.systems import AISystem


@tracked
class ChangeRequest(TenantModel):
    """A planned change of a system or of the AIMS, with its effects thought through beforehand (6.3, 8.1)."""

    reference = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    system = models.ForeignKey(AISystem, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.TextField(blank=True)
    effects = models.JSONField(default=dict, help_text="See inventory.rules.changes.EFFECTS")
    state = models.CharField(
        max_length=12, choices=ChangeRequestState.choices, default=ChangeRequestState.DRAFT
    )
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    done_on = models.DateField(null=True)
    done_text = models.TextField(blank=True)
    evidence = models.ForeignKey("core.Evidence", null=True, on_delete=models.PROTECT, related_name="+")
    review = models.TextField(blank=True, help_text="What was looked for after the change, and what was seen")
    created_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="change_reference_once")
        ]
        indexes = [
            models.Index(fields=["organization", "state"], name="change_state"),
            models.Index(fields=["organization", "system"], name="change_system"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("change", args=[self.organization_slug, self.pk])


@tracked
class ChangeReview(TenantModel):
    """Something changed about a system: what may no longer hold, what was opened again, or why nothing."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    text = models.TextField()
    proposed = models.JSONField(default=list, help_text="What was shown as stale: key, label, why, chosen")
    re_evaluates = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    recorded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = "system_id->inventory.aisystem"

    class Meta:
        indexes = [models.Index(fields=["organization", "system"], name="change_review_system")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.system_id}"

    @property
    def opened(self) -> list[str]:
        return [each["label"] for each in self.proposed if each["chosen"]]
