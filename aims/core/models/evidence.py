from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.enums import EvidenceKind, EvidenceState
from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked


class Blob(TenantModel):
    """The bytes of an upload, addressed by content within one organization and never overwritten."""

    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes")
    media_type = models.CharField(max_length=100)
    file_name = models.CharField(max_length=150)
    storage_key = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "sha256"], name="blob_once")]

    def __str__(self) -> str:
        return self.file_name


class EvidenceQuerySet(TenantQuerySet):
    def current(self, *, on: datetime.date) -> EvidenceQuerySet:
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=on),
            state__in=[EvidenceState.ACCEPTED, EvidenceState.EXPIRING],
        )

    def expiring(self, *, on: datetime.date, within: int) -> EvidenceQuerySet:
        return self.filter(
            state__in=[EvidenceState.ACCEPTED, EvidenceState.EXPIRING],
            valid_until__range=(on, on + datetime.timedelta(days=within)),
        )

    def expired(self, *, on: datetime.date) -> EvidenceQuerySet:
        return self.filter(valid_until__lt=on).exclude(
            state__in=[EvidenceState.SUPERSEDED, EvidenceState.REQUESTED]
        )

    def waiting(self) -> EvidenceQuerySet:
        return self.filter(state=EvidenceState.SUBMITTED)


@tracked
class Evidence(TenantModel):
    """A document or record that shows something was done: period, source, reviewer (7.5.3, 9.1)."""

    reference = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices, default=EvidenceKind.RECORD)
    description = models.TextField(blank=True)
    source = models.CharField(
        max_length=200, blank=True, help_text="Where it comes from: person, tool, report"
    )
    blob = models.ForeignKey(Blob, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    link = models.URLField(blank=True, max_length=500)
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    is_confidential = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=EvidenceState.choices, default=EvidenceState.REQUESTED)
    asked_of = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    due_date = models.DateField(null=True, blank=True, help_text="Until when it is asked for")
    submitted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_note = models.TextField(blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(EvidenceQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    entry_rows: ClassVar[str] = "NOT is_confidential"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="evidence_reference_once"),
            models.CheckConstraint(
                condition=Q(period_to=None) | Q(period_from=None) | Q(period_to__gte=models.F("period_from")),
                name="evidence_period_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "state"], name="evidence_state"),
            models.Index(fields=["organization", "valid_until"], name="evidence_valid_until"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("evidence", args=[self.organization_slug, self.pk])
