# ruff: noqa: S608 (conditions on our own tables, for policies)
"""What an external auditor may write (SOD-07), each in a table of its own, and the organization's side of it.

The conditions here become policies for the auditor's role: what a row may look like when it is added, which
rows may be changed, in which columns, and how they may look afterwards. Nothing is ever deleted.
"""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from audits.enums import (
    DraftGrade,
    DraftState,
    PopulationKind,
    RequestState,
    SampleMethod,
)

MY_GRANT = "nullif(current_setting('app.current_grant', true), '')::bigint"
OWN = f"grant_id = {MY_GRANT}"
#: Policies are asked for with the reader's own rights: these tables show an auditor the own engagement only.
OWN_ENGAGEMENT = "EXISTS (SELECT 1 FROM audits_engagement e WHERE e.id = {table}.engagement_id)"
SEEN_REQUEST = "EXISTS (SELECT 1 FROM audits_auditrequest r WHERE r.id = {table}.request_id)"
DECIDED = ("open", "needs_revision", "accepted", "not_applicable", "closed")
UNDECIDED = ("draft", "open", "submitted", "needs_revision", "accepted")


class AuditRequestQuerySet(TenantQuerySet):
    def for_organization(self) -> AuditRequestQuerySet:
        """Without what the auditor is still drafting."""
        return self.exclude(state=RequestState.DRAFT, grant__isnull=False)

    def waiting(self) -> AuditRequestQuerySet:
        """Those that the organization has to answer."""
        return self.filter(state__in=[RequestState.OPEN, RequestState.NEEDS_REVISION])

    def overdue(self, *, on: datetime.date) -> AuditRequestQuerySet:
        return self.waiting().filter(due_date__lt=on)


class AuditRequest(TenantModel):
    """What an external audit asks the organization for; reworded as a draft, answered, accepted, closed."""

    engagement = models.ForeignKey("audits.Engagement", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=12, editable=False)
    title = models.CharField(max_length=200)
    question = models.TextField(blank=True)
    requirements = ArrayField(
        models.CharField(max_length=12), default=list, help_text="Clause and control numbers"
    )
    due_date = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=14, choices=RequestState.choices, default=RequestState.DRAFT)
    reason = models.CharField(max_length=500, blank=True)
    grant = models.ForeignKey("core.AccessGrant", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(
        "core.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects = TenantManager.of(AuditRequestQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_private: ClassVar[str] = "state = 'draft' AND grant_id IS NOT NULL"
    auditor_rows: ClassVar[str] = (
        f"{OWN_ENGAGEMENT.format(table='audits_auditrequest')} AND (state <> 'draft' OR {OWN})"
    )
    auditor_writes: ClassVar[bool] = True
    auditor_may_add: ClassVar[str] = (
        f"{OWN} AND {OWN_ENGAGEMENT.format(table='audits_auditrequest')} AND created_by_id IS NULL"
        " AND assignee_id IS NULL AND submitted_at IS NULL AND decided_at IS NULL"
        " AND state IN ('draft', 'open')"
    )
    # Once it was sent a trigger keeps the first four as they are, and lets it be no draft again.
    auditor_changes: ClassVar[tuple[str, ...]] = (
        "title",
        "question",
        "requirements",
        "due_date",
        "state",
        "reason",
        "decided_at",
    )
    auditor_may_change: ClassVar[str] = (
        f"{OWN_ENGAGEMENT.format(table='audits_auditrequest')} AND state IN {UNDECIDED}"
        f" AND (state <> 'draft' OR {OWN})"
    )
    auditor_may_leave: ClassVar[str] = (
        f"{OWN_ENGAGEMENT.format(table='audits_auditrequest')}"
        f" AND (state IN {DECIDED} OR state = 'draft' AND {OWN})"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "engagement", "reference"], name="request_reference_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "state"], name="request_state")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("request", args=[self.organization.slug, self.pk])


class RequestProof(TenantModel):
    """Evidence that answers a request; the auditor sees it once the answer was submitted."""

    request = models.ForeignKey(AuditRequest, on_delete=models.PROTECT, related_name="proofs")
    evidence = models.ForeignKey("core.Evidence", on_delete=models.PROTECT, related_name="+")
    shows_confidential = models.BooleanField(default=False)
    linked_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = (
        "submitted_at IS NOT NULL AND EXISTS (SELECT 1 FROM core_evidence v"
        " WHERE v.id = audits_requestproof.evidence_id)"
        f" AND {SEEN_REQUEST.format(table='audits_requestproof')}"
    )
    entry_sees: ClassVar[bool | None] = False

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "request", "evidence"], name="proof_once")
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.request_id}"


class RequestComment(TenantModel):
    """A line of the conversation about a request, read by both sides."""

    request = models.ForeignKey(AuditRequest, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField()
    grant = models.ForeignKey("core.AccessGrant", null=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = SEEN_REQUEST.format(table="audits_requestcomment")
    auditor_writes: ClassVar[bool] = True
    auditor_may_add: ClassVar[str] = (
        f"{OWN} AND author_id IS NULL AND {SEEN_REQUEST.format(table='audits_requestcomment')}"
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]


class InternalNote(TenantModel):
    """What the organization notes about a request for itself; the auditor's role has no grant here."""

    request = models.ForeignKey(AuditRequest, on_delete=models.PROTECT, related_name="internal_notes")
    text = models.TextField()
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]


class AuditorNote(TenantModel):
    """An external auditor's own note: theirs alone until they share it."""

    engagement = models.ForeignKey("audits.Engagement", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(
        AuditRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="auditor_notes"
    )
    text = models.TextField()
    grant = models.ForeignKey("core.AccessGrant", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_private: ClassVar[str] = "shared_at IS NULL"
    auditor_rows: ClassVar[str] = OWN
    auditor_writes: ClassVar[bool] = True
    auditor_may_add: ClassVar[str] = (
        f"{OWN} AND {OWN_ENGAGEMENT.format(table='audits_auditornote')} AND (request_id IS NULL OR "
        f"{SEEN_REQUEST.format(table='audits_auditornote')})"
    )
    auditor_changes: ClassVar[tuple[str, ...]] = ("text", "shared_at")
    auditor_may_change: ClassVar[str] = f"{OWN} AND shared_at IS NULL"
    auditor_may_leave: ClassVar[str] = OWN

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Note {self.pk}"


class Sample(TenantModel):
    """A selection from a frozen population, in a way that anybody can repeat."""

    engagement = models.ForeignKey("audits.Engagement", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(
        AuditRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="samples"
    )
    reference = models.CharField(max_length=12, editable=False)
    title = models.CharField(max_length=200)
    population = models.CharField(max_length=10, choices=PopulationKind.choices)
    population_text = models.TextField(help_text="The canonical list: key and label of each member")
    population_count = models.PositiveIntegerField()
    population_sha256 = models.CharField(max_length=64)
    method = models.CharField(max_length=10, choices=SampleMethod.choices)
    seed = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField()
    rationale = models.TextField(blank=True)
    grant = models.ForeignKey("core.AccessGrant", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = OWN_ENGAGEMENT.format(table="audits_sample")
    auditor_writes: ClassVar[bool] = True
    auditor_may_add: ClassVar[str] = (
        f"{OWN} AND {OWN_ENGAGEMENT.format(table='audits_sample')} AND (request_id IS NULL OR "
        f"{SEEN_REQUEST.format(table='audits_sample')})"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "engagement", "reference"], name="sample_reference_once"
            )
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("sample", args=[self.organization.slug, self.pk])


class SampleItem(TenantModel):
    """One selected member of the population, or the one that replaces it, with the reason."""

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=300)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = (
        "EXISTS (SELECT 1 FROM audits_sample s WHERE s.id = audits_sampleitem.sample_id)"
    )
    auditor_writes: ClassVar[bool] = True
    auditor_may_add: ClassVar[str] = (
        f"EXISTS (SELECT 1 FROM audits_sample s WHERE s.id = audits_sampleitem.sample_id AND s.{OWN})"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "sample", "key"], name="sample_item_once"),
            models.UniqueConstraint(fields=["organization", "replaces"], name="sample_item_replaced_once"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label


class FindingDraft(TenantModel):
    """What an external auditor means to find; private until issued, then the organization takes it over."""

    engagement = models.ForeignKey("audits.Engagement", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=12, editable=False)
    title = models.CharField(max_length=200)
    grade = models.CharField(max_length=12, choices=DraftGrade.choices)
    requirement = models.CharField(max_length=12, help_text="Clause or control number")
    criterion = models.TextField(blank=True, help_text="What is required there, in your own words")
    statement = models.TextField()
    evidence_text = models.TextField(blank=True, help_text="What, where, when")
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.DRAFT)
    grant = models.ForeignKey("core.AccessGrant", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    finding = models.ForeignKey(
        "audits.Finding", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_private: ClassVar[str] = "state = 'draft'"
    auditor_rows: ClassVar[str] = OWN
    auditor_writes: ClassVar[bool] = True
    auditor_may_add: ClassVar[str] = (
        f"{OWN} AND {OWN_ENGAGEMENT.format(table='audits_findingdraft')}"
        " AND finding_id IS NULL AND issued_at IS NULL AND state = 'draft'"
    )
    auditor_changes: ClassVar[tuple[str, ...]] = (
        "title",
        "grade",
        "requirement",
        "criterion",
        "statement",
        "evidence_text",
        "state",
        "issued_at",
    )
    auditor_may_change: ClassVar[str] = f"{OWN} AND state = 'draft'"
    auditor_may_leave: ClassVar[str] = f"{OWN} AND state IN ('draft', 'issued')"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "engagement", "reference"], name="finding_draft_reference_once"
            )
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("finding_draft", args=[self.organization.slug, self.pk])
