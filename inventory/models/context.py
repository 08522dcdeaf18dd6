from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import IssueKind, IssueStanding, IssueTheme


class IssueQuerySet(TenantQuerySet):
    def that_matter(self) -> IssueQuerySet:
        return self.exclude(standing=IssueStanding.CLOSED)

    def review_overdue(self, *, on: datetime.date) -> IssueQuerySet:
        return self.that_matter().filter(next_review_date__lt=on)


@tracked
class ContextIssue(TenantModel):
    """Something inside or outside that bears on what the AIMS has to achieve (4.1)."""

    reference = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=IssueKind.choices, default=IssueKind.EXTERNAL)
    theme = models.CharField(max_length=20, choices=IssueTheme.choices, default=IssueTheme.OTHER)
    description = models.TextField(blank=True)
    effect = models.TextField(blank=True, help_text="On the AI management system")
    source = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    standing = models.CharField(max_length=10, choices=IssueStanding.choices, default=IssueStanding.OPEN)
    closed_reason = models.TextField(blank=True)
    next_review_date = models.DateField(null=True, blank=True)
    last_reviewed_on = models.DateField(null=True, blank=True)
    review_note = models.TextField(blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(IssueQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="context_issue_reference_once")
        ]
        ordering = ["reference"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("context_issue", args=[self.organization_slug, self.pk])


@tracked
class ClimateDecision(TenantModel):
    """Whether climate change is relevant to the AIMS, and why (4.1); the newest one holds."""

    is_relevant = models.BooleanField()
    reason = models.TextField()
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Climate change is {'' if self.is_relevant else 'not '}relevant"
