from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from risk.enums import (
    AssessmentState,
    ClassificationState,
    Level,
    PlanKind,
    PlanState,
    ProhibitedResult,
    RiskState,
    TreatmentOption,
)

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]


@tracked
class RiskCriteria(TenantModel):
    """The approved way of scoring (6.1.1): scales, bands and appetite; results keep their version."""

    version = models.PositiveIntegerField()
    content = models.JSONField(
        help_text="Scales, bands, appetite, acceptance months: see risk.scoring.Criteria"
    )
    note = models.TextField(blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        verbose_name_plural = "risk criteria"
        constraints = [
            models.UniqueConstraint(fields=["organization", "version"], name="criteria_version_once")
        ]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"Risk criteria v{self.version}"


class RiskQuerySet(TenantQuerySet):
    def open(self) -> RiskQuerySet:
        return self.exclude(state=RiskState.CLOSED)

    def rated(self) -> RiskQuerySet:
        return self.exclude(likelihood=None)

    def at_level(self, *levels: str) -> RiskQuerySet:
        """By residual level, or inherent where nothing was treated yet."""
        return self.filter(Q(residual_level__in=levels) | Q(residual_level="", level__in=levels))

    def review_overdue(self, *, on: datetime.date) -> RiskQuerySet:
        return self.open().filter(review_date__lt=on)


@tracked
class Risk(TenantModel):
    """A risk to the organization, to people or to society, of an AI system or of the AIMS itself (6.1.2)."""

    reference = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    system = models.ForeignKey(
        "inventory.AISystem", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    process = models.CharField(
        max_length=200, blank=True, help_text="The AIMS process, when no single system"
    )
    scenario = models.CharField(max_length=20, blank=True, help_text="Id in the risk taxonomy")
    category = models.CharField(max_length=40, blank=True)
    cause = models.TextField(blank=True)
    event = models.TextField(blank=True)
    consequence = models.TextField(blank=True)
    affected_parties = models.TextField(blank=True)
    owner = models.ForeignKey(
        "core.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=20, choices=RiskState.choices, default=RiskState.IDENTIFIED)
    criteria = models.ForeignKey(RiskCriteria, null=True, on_delete=models.PROTECT, related_name="+")

    likelihood = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    severity_organization = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    severity_individuals = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    severity_society = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    score = models.PositiveSmallIntegerField(null=True, editable=False)
    level = models.CharField(max_length=10, choices=Level.choices, blank=True, editable=False)
    score_reason = models.TextField(blank=True)

    option = models.CharField(max_length=10, choices=TreatmentOption.choices, blank=True)
    treatment_plan = models.TextField(blank=True)
    treatment_due_date = models.DateField(null=True, blank=True)
    treated_on = models.DateField(null=True, blank=True)
    treatment_result = models.TextField(blank=True, help_text="What was done")
    residual_likelihood = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    residual_organization = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    residual_individuals = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    residual_society = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    residual_score = models.PositiveSmallIntegerField(null=True, editable=False)
    residual_level = models.CharField(max_length=10, choices=Level.choices, blank=True, editable=False)

    review_date = models.DateField(null=True, blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    identified_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(RiskQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = "system_id->inventory.aisystem"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="risk_reference_once"),
            models.CheckConstraint(
                condition=Q(likelihood=None) | Q(likelihood__range=(1, 5)), name="risk_likelihood_in_scale"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "system"], name="risk_system"),
            models.Index(fields=["organization", "state"], name="risk_state"),
            models.Index(fields=["organization", "review_date"], name="risk_review"),
        ]
        ordering = ["reference"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("risk", args=[self.organization_slug, self.pk])


@tracked
class RiskApproval(TenantModel):
    """A treatment plan or a residual-risk acceptance put to top management (SM-06)."""

    kind = models.CharField(max_length=12, choices=PlanKind.choices)
    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="approvals")
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    residual_level = models.CharField(max_length=10, choices=Level.choices)
    reason = models.TextField()
    controls = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="The controls the plan applies"
    )
    expires_on = models.DateField(null=True, blank=True)
    submitted_by = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    snapshot = models.ForeignKey("core.Snapshot", null=True, on_delete=models.PROTECT, related_name="+")

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    # Asked as the auditor's own role, so only risks that the auditor sees answer.
    auditor_rows: ClassVar[str] = (
        "state <> 'draft' AND EXISTS (SELECT 1 FROM risk_risk r WHERE r.id = risk_riskapproval.risk_id)"
    )

    class Meta:
        indexes = [models.Index(fields=["organization", "risk"], name="approval_risk")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.risk_id}"

    @property
    def author_id(self) -> int:
        """Whoever submits a plan or acceptance stands for it (SOD-01)."""
        return self.submitted_by_id


class AssessmentQuerySet(TenantQuerySet):
    def in_force(self) -> AssessmentQuerySet:
        """Decided by a second person and not replaced."""
        return self.filter(
            Q(state__in=[AssessmentState.SCREENED_OUT, AssessmentState.APPROVED])
            | Q(state=AssessmentState.IN_PROGRESS, screening_approved_by__isnull=False)
        )


@tracked
class ImpactAssessment(TenantModel):
    """An AI system impact assessment (6.1.4, 8.4), which begins with the 14-question screening."""

    reference = models.CharField(max_length=20, editable=False)
    system = models.ForeignKey("inventory.AISystem", on_delete=models.PROTECT, related_name="+")
    system_version = models.CharField(max_length=60, blank=True)
    state = models.CharField(
        max_length=24, choices=AssessmentState.choices, default=AssessmentState.SCREENING
    )
    answers = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    score = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    result = models.JSONField(default=dict, help_text="Reasons and hard triggers: see risk.screening")
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    contributors = ArrayField(
        models.BigIntegerField(), default=list, help_text="Members who gave answers; none of them approves"
    )
    started_at = models.DateTimeField()
    scored_at = models.DateTimeField(null=True)
    screening_approved_by = models.ForeignKey(
        "core.Member", null=True, on_delete=models.PROTECT, related_name="+"
    )
    screening_approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    next_date = models.DateField(null=True, blank=True)
    snapshot = models.ForeignKey("core.Snapshot", null=True, on_delete=models.PROTECT, related_name="+")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(AssessmentQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = "system_id->inventory.aisystem"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="assessment_reference_once")
        ]
        indexes = [
            models.Index(fields=["organization", "system"], name="assessment_system"),
            models.Index(fields=["organization", "next_date"], name="assessment_next"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reference

    @property
    def decided_by(self) -> Any:
        """Of the assessment where it is approved, else of its screening."""
        return self.approved_by or self.screening_approved_by

    @property
    def decided_at(self) -> datetime.datetime | None:
        return self.approved_at or self.screening_approved_at

    def get_absolute_url(self) -> str:
        return reverse("assessment", args=[self.organization_slug, self.pk])


@tracked
class LegalClassification(TenantModel):
    """What the law says of the use of a system: so far whether it is a practice the EU AI Act prohibits."""

    system = models.ForeignKey("inventory.AISystem", on_delete=models.PROTECT, related_name="+")
    system_version = models.CharField(max_length=60, blank=True)
    state = models.CharField(
        max_length=10, choices=ClassificationState.choices, default=ClassificationState.DRAFT
    )
    answers = models.JSONField(default=dict)
    rule_set = models.CharField(max_length=30, blank=True)
    result = models.CharField(max_length=15, choices=ProhibitedResult.choices, blank=True)
    legal_review = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    contributors = ArrayField(models.BigIntegerField(), default=list)
    started_at = models.DateTimeField()
    approved_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    valid_until = models.DateField(null=True)
    snapshot = models.ForeignKey("core.Snapshot", null=True, on_delete=models.PROTECT, related_name="+")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = "system_id->inventory.aisystem"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "system"], name="classification_once")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Legal classification of {self.system_id}"

    def get_absolute_url(self) -> str:
        return reverse("classification", args=[self.organization_slug, self.system_id])
