from __future__ import annotations

import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from audits.enums import (
    AuditState,
    CertificateState,
    EngagementKind,
    FindingState,
    Grade,
    PackKind,
    PackState,
    ResultState,
)


@tracked
class Audit(TenantModel):
    """An internal audit (9.2): objectives, criteria, scope, team, checklist, conclusions."""

    reference = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    objectives = models.TextField(blank=True)
    criteria = ArrayField(
        models.CharField(max_length=12), default=list, help_text="Clause and control numbers"
    )
    scope = models.TextField(blank=True)
    start_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    lead = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=14, choices=AuditState.choices, default=AuditState.PLANNED)
    conclusion = models.TextField(blank=True, help_text="Whether the requirements are met")
    effectiveness = models.TextField(blank=True, help_text="Whether the system is implemented and maintained")
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    snapshot = models.ForeignKey("core.Snapshot", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = "state IN ('report_issued', 'follow_up', 'closed')"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="audit_reference_once"),
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(start_date=None) | Q(end_date__gte=models.F("start_date")),
                name="audit_dates_in_order",
            ),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("audit", args=[self.organization_slug, self.pk])


@tracked
class AuditSystem(TenantModel):
    """An AI system that an audit looks into; none means all that are in scope."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="systems")
    system = models.ForeignKey("inventory.AISystem", on_delete=models.PROTECT, related_name="+")
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "audit", "system"], name="audit_system_once")
        ]

    def __str__(self) -> str:
        return f"{self.system_id} in {self.audit_id}"


@tracked
class AuditTeamMember(TenantModel):
    """An auditor of the team and their declaration of independence."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="team")
    member = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")
    declared_independent_at = models.DateTimeField(null=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "audit", "member"], name="team_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.audit_id}"


@tracked
class ChecklistItem(TenantModel):
    """One question of an audit's checklist with what was seen."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    requirement = models.CharField(max_length=12, help_text="Clause or control number")
    question = models.TextField()
    result = models.CharField(max_length=14, choices=ResultState.choices, default=ResultState.NOT_TESTED)
    notes = models.TextField(blank=True)
    evidence = models.ForeignKey("core.Evidence", null=True, on_delete=models.PROTECT, related_name="+")
    tested_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    tested_at = models.DateTimeField(null=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = (
        "EXISTS (SELECT 1 FROM audits_audit a WHERE a.id = audits_checklistitem.audit_id)"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "audit", "position"], name="item_once")
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.requirement}: {self.question[:60]}"


class FindingQuerySet(TenantQuerySet):
    def open(self) -> FindingQuerySet:
        """What still asks something of somebody: praise and confirmed conformity ask nothing."""
        return self.exclude(
            state__in=[FindingState.CLOSED, FindingState.WITHDRAWN, FindingState.DRAFT]
        ).exclude(grade__in=[Grade.CONFORMITY, Grade.GOOD_PRACTICE])

    def nonconformities(self) -> FindingQuerySet:
        return self.filter(grade__in=[Grade.MAJOR, Grade.MINOR])

    def overdue(self, *, on: datetime.date) -> FindingQuerySet:
        return self.open().filter(due_date__lt=on)


@tracked
class Finding(TenantModel):
    """What an audit found, graded; a nonconformity states requirement, evidence and failure (section 8)."""

    reference = models.CharField(max_length=20, editable=False)
    audit = models.ForeignKey(Audit, null=True, blank=True, on_delete=models.PROTECT, related_name="findings")
    title = models.CharField(max_length=200)
    grade = models.CharField(max_length=14, choices=Grade.choices, blank=True)
    requirement = models.CharField(max_length=60, blank=True)
    evidence_text = models.TextField(blank=True, help_text="What, where, when")
    statement = models.TextField(blank=True, help_text="The failure, in your own words")
    system = models.ForeignKey(
        "inventory.AISystem", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    control = models.ForeignKey(
        "controls.Control", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    auditee = models.ForeignKey(
        "core.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=14, choices=FindingState.choices, default=FindingState.DRAFT)
    due_date = models.DateField(null=True, blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    raised_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    carried_to = models.ForeignKey(
        Audit, null=True, blank=True, on_delete=models.PROTECT, related_name="carried_findings"
    )
    closed_at = models.DateTimeField(null=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(FindingQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    # Findings on a system out of the engagement's scope stay hidden; drafts always do.
    auditor_rows: ClassVar[str] = (
        "state <> 'draft' AND (system_id IS NULL OR EXISTS "
        "(SELECT 1 FROM inventory_aisystem s WHERE s.id = audits_finding.system_id))"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="finding_reference_once")
        ]
        indexes = [models.Index(fields=["organization", "state"], name="finding_state")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("finding", args=[self.organization_slug, self.pk])


@tracked
class Certificate(TenantModel):
    """The certification record (SM-25). The decision date, not the issue date, starts the cycle."""

    body = models.CharField(max_length=200, help_text="Certification body")
    number = models.CharField(max_length=60, blank=True)
    scope_text = models.TextField(blank=True)
    state = models.CharField(
        max_length=24, choices=CertificateState.choices, default=CertificateState.PREPARING
    )
    soa = models.ForeignKey(
        "controls.StatementOfApplicability", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stage1_date = models.DateField(null=True, blank=True)
    stage2_date = models.DateField(null=True, blank=True)
    decision_date = models.DateField(null=True, blank=True)
    expiry_date = models.DateField(null=True, blank=True)
    surveillance_dates = ArrayField(
        models.DateField(), default=list, blank=True, help_text="Surveillance audits held"
    )
    concerns = models.TextField(blank=True)
    management_review_date = models.DateField(
        null=True, blank=True, help_text="Management review held, or planned before Stage 2"
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.body} {self.number}".strip()

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.organization_slug, self.pk])


class Engagement(TenantModel):
    """One external audit: its scope, period and the auditor's time-boxed access."""

    kind = models.CharField(max_length=16, choices=EngagementKind.choices)
    title = models.CharField(max_length=200)
    body = models.CharField(max_length=200, blank=True)
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    soa = models.ForeignKey(
        "controls.StatementOfApplicability", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    grant = models.ForeignKey("core.AccessGrant", on_delete=models.PROTECT, related_name="+")
    full_read = models.BooleanField(default=False, help_text="Every AI system, not only the chosen ones")
    terms = models.ForeignKey("core.Snapshot", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = "grant_id = nullif(current_setting('app.current_grant', true), '')::bigint"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "grant"], name="engagement_grant_once")
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("engagement", args=[self.organization_slug, self.pk])


class EvidencePack(TenantModel):
    """A pack built for a scope and a date (SM-26): ZIP with PDF, data, evidence, manifest and signature."""

    reference = models.CharField(max_length=20, editable=False)
    kind = models.CharField(max_length=10, choices=PackKind.choices, default=PackKind.STAGE1)
    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=PackState.choices, default=PackState.REQUESTED)
    job = models.ForeignKey("core.Job", null=True, on_delete=models.PROTECT, related_name="+")
    blob = models.ForeignKey("core.Blob", null=True, on_delete=models.PROTECT, related_name="+")
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    signature = models.TextField(blank=True)
    page_count = models.PositiveIntegerField(null=True)
    item_count = models.PositiveIntegerField(null=True)
    gaps = models.JSONField(default=list)
    failure = models.TextField(blank=True)
    requested_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    built_at = models.DateTimeField(null=True)
    released_to = models.ForeignKey(Engagement, null=True, on_delete=models.PROTECT, related_name="+")
    released_until = models.DateField(null=True, blank=True)

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="pack_reference_once")
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.get_kind_display()} as of {self.as_of}"

    def get_absolute_url(self) -> str:
        return reverse("pack", args=[self.organization_slug, self.pk])
