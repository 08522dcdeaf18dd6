from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from controls.enums import (
    CompetenceState,
    CompetenceTopic,
    ControlOrigin,
    ImplementationState,
    ReasonKind,
    SoAState,
)


class ControlQuerySet(TenantQuerySet):
    def annex_a(self) -> ControlQuerySet:
        return self.filter(origin=ControlOrigin.ANNEX_A)

    def additional(self) -> ControlQuerySet:
        return self.filter(origin=ControlOrigin.OWN)

    def in_place(self) -> ControlQuerySet:
        return self.filter(state__in=[ImplementationState.IMPLEMENTED, ImplementationState.VERIFIED])


@tracked
class Control(TenantModel):
    """A control as this organization runs it: one of the 38 of Annex A, or an additional one of its own."""

    reference = models.CharField(max_length=20, help_text="A.6.2.4, or the organization's own id")
    position = models.PositiveSmallIntegerField(default=1000)
    title = models.CharField(max_length=200)
    origin = models.CharField(max_length=10, choices=ControlOrigin.choices, default=ControlOrigin.OWN)
    catalog_version = models.CharField(max_length=30, blank=True)
    description = models.TextField(blank=True)
    licensed_text = models.TextField(blank=True, help_text="Text of a copy the organization has licensed")
    owner = models.ForeignKey(
        "core.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=12, choices=ImplementationState.choices, default=ImplementationState.NOT_STARTED
    )
    how_implemented = models.TextField(blank=True)
    applies_to = models.CharField(max_length=200, blank=True, help_text="Systems, or the whole organization")
    target_date = models.DateField(null=True, blank=True)
    last_review_date = models.DateField(null=True, blank=True)
    next_review_date = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    test_record = models.TextField(blank=True, help_text="What was tested and what was seen")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(ControlQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="control_reference_once")
        ]
        indexes = [models.Index(fields=["organization", "state"], name="control_state")]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("control", args=[self.organization_slug, self.pk])


@tracked
class TreatmentControl(TenantModel):
    """A control that the treatment of a risk needs: it cannot be left out of the SoA."""

    risk = models.ForeignKey("risk.Risk", on_delete=models.CASCADE, related_name="+")
    control = models.ForeignKey(Control, on_delete=models.PROTECT, related_name="treatments")
    linked_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(auto_now_add=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    # Only links of risks the auditor sees: row security of risk_risk answers the sub-query.
    auditor_rows: ClassVar[str] = (
        "EXISTS (SELECT 1 FROM risk_risk r WHERE r.id = controls_treatmentcontrol.risk_id)"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "risk", "control"], name="treatment_control_once")
        ]
        indexes = [models.Index(fields=["organization", "control"], name="treatment_control_control")]

    def __str__(self) -> str:
        return f"{self.risk_id} by {self.control_id}"


@tracked
class ControlEvidence(TenantModel):
    """Evidence that a control works."""

    control = models.ForeignKey(Control, on_delete=models.CASCADE, related_name="evidence_links")
    evidence = models.ForeignKey("core.Evidence", on_delete=models.CASCADE, related_name="+")
    linked_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(auto_now_add=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = (
        "EXISTS (SELECT 1 FROM core_evidence e WHERE e.id = controls_controlevidence.evidence_id)"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "control", "evidence"], name="control_evidence_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "evidence"], name="control_evidence_evidence")]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.control_id}"


class SoAQuerySet(TenantQuerySet):
    def approved(self) -> SoAQuerySet:
        return self.filter(state=SoAState.APPROVED)

    def open(self) -> SoAQuerySet:
        return self.filter(state__in=[SoAState.DRAFT, SoAState.IN_REVIEW])


@tracked
class StatementOfApplicability(TenantModel):
    """The Statement of Applicability (6.1.3), by version. Approved, it is frozen with its hash."""

    version = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=SoAState.choices, default=SoAState.DRAFT)
    scope = models.TextField(blank=True)
    based_on = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    snapshot = models.ForeignKey("core.Snapshot", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantManager.of(SoAQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = "state = 'approved'"

    class Meta:
        verbose_name = "Statement of Applicability"
        verbose_name_plural = "Statements of Applicability"
        constraints = [
            models.UniqueConstraint(fields=["organization", "version"], name="soa_version_once"),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(state__in=["draft", "in_review"]), name="soa_one_open"
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(state="approved"), name="soa_one_approved"
            ),
        ]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"Statement of Applicability v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("soa", args=[self.organization_slug, self.pk])


@tracked
class SoAEntry(TenantModel):
    """One control's row of a Statement of Applicability: decided or not, and why."""

    soa = models.ForeignKey(StatementOfApplicability, on_delete=models.CASCADE, related_name="entries")
    control = models.ForeignKey(Control, on_delete=models.PROTECT, related_name="+")
    is_included = models.BooleanField(null=True)
    justification = models.TextField(blank=True, help_text="Why it applies, or why it is left out")
    exclusion_link = models.CharField(
        max_length=300, blank=True, help_text="The risk assessment, requirement or exception that shows it"
    )
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = (
        "EXISTS (SELECT 1 FROM controls_statementofapplicability s WHERE s.id = controls_soaentry.soa_id)"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "soa", "control"], name="soa_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.control_id} in {self.soa_id}"


@tracked
class SoAReason(TenantModel):
    """Why a control is included. The links of a risk treatment are computed from the treatments."""

    entry = models.ForeignKey(SoAEntry, on_delete=models.CASCADE, related_name="reasons")
    kind = models.CharField(max_length=20, choices=ReasonKind.choices)
    link = models.CharField(
        max_length=300, blank=True, help_text="Law and article, contract, party or record"
    )
    text = models.TextField(blank=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = (
        "EXISTS (SELECT 1 FROM controls_soaentry e WHERE e.id = controls_soareason.entry_id)"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "entry", "kind"], name="soa_reason_once")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


@tracked
class CompetenceRecord(TenantModel):
    """That a person can do what a role with AI asks: proof, who checked it, until when (7.2, A.4.6)."""

    person = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=20, choices=CompetenceTopic.choices)
    why = models.TextField(blank=True)
    state = models.CharField(max_length=15, choices=CompetenceState.choices, default=CompetenceState.REQUIRED)
    evidence = models.ForeignKey("core.Evidence", null=True, on_delete=models.PROTECT, related_name="+")
    proof = models.TextField(blank=True, help_text="Training, experience, certificate")
    completed_on = models.DateField(null=True)
    assessor = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    check_result = models.TextField(blank=True, help_text="How it was checked, and what was seen")
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    required_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    required_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "person", "topic"], name="competence_once")
        ]
        indexes = [models.Index(fields=["organization", "state"], name="competence_state")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_topic_display()

    def get_absolute_url(self) -> str:
        return reverse("competence_record", args=[self.organization_slug, self.pk])
