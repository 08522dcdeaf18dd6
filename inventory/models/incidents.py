from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import (
    CheckAnswer,
    ClockUnit,
    IncidentKind,
    IncidentSeverity,
    IncidentSource,
    IncidentState,
    NoticeKind,
    SeriousIncident,
)
from inventory.models.systems import AISystem
from inventory.rules.clocks import standing

ENDED = (IncidentState.CLOSED, IncidentState.NOT_INCIDENT)


class IncidentQuerySet(TenantQuerySet):
    def open(self) -> IncidentQuerySet:
        return self.exclude(state__in=ENDED)


@tracked
class Incident(TenantModel):
    """Something that went wrong with AI, or a complaint about it (A.8.3, A.8.4, 10.2)."""

    reference = models.CharField(max_length=20, editable=False)
    kind = models.CharField(max_length=10, choices=IncidentKind.choices, default=IncidentKind.INCIDENT)
    title = models.CharField(max_length=200)
    description = models.TextField()
    happened_at = models.DateTimeField(null=True, blank=True)
    noticed_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    systems_note = models.TextField(blank=True)
    affected_people = models.TextField(blank=True)
    affected_count = models.PositiveIntegerField(null=True, blank=True)
    severity = models.CharField(max_length=10, choices=IncidentSeverity.choices, blank=True)
    harm_type = models.CharField(max_length=60, blank=True, help_text="Of the risk taxonomy")
    serious = models.CharField(max_length=12, choices=SeriousIncident.choices, blank=True)
    data_breach = models.CharField(max_length=5, choices=CheckAnswer.choices, blank=True)
    contract_duty = models.CharField(max_length=5, choices=CheckAnswer.choices, blank=True)
    containment = models.TextField(blank=True)
    evidence_note = models.TextField(blank=True)
    cause = models.TextField(blank=True)
    fix = models.TextField(blank=True)
    lessons = models.TextField(blank=True)
    needs_correction = models.CharField(max_length=5, choices=CheckAnswer.choices, blank=True)
    correction_reason = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=12, choices=IncidentSource.choices, default=IncidentSource.STAFF)
    reporter = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=IncidentState.choices, default=IncidentState.REPORTED)
    state_since = models.DateTimeField()
    resolved_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(IncidentQuerySet)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="incident_reference_once")
        ]
        indexes = [models.Index(fields=["organization", "state"], name="incident_state")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("incident", args=[self.organization_slug, self.pk])


@tracked
class IncidentSystem(TenantModel):
    """A system that an incident is about, in the version it ran in then."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="system_links")
    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=160, blank=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "incident", "system"], name="incident_system_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "system"], name="incident_system_system")]

    def __str__(self) -> str:
        return f"{self.incident_id} is about {self.system_id}"


@tracked
class NoticeClause(TenantModel):
    """A contract that asks for a notice of incidents, and how soon."""

    title = models.CharField(max_length=200)
    owed_to = models.CharField(max_length=200)
    where = models.CharField(max_length=200, help_text="Contract and section")
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=6, choices=ClockUnit.choices, default=ClockUnit.HOURS)
    is_active = models.BooleanField(default=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "title"], name="notice_clause_once")]
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


@tracked
class IncidentNotice(TenantModel):
    """A notice that is owed because of an incident; one with a limit is a running clock until it is sent."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    rule = models.CharField(max_length=60, blank=True, help_text="Of the catalog of legal clocks")
    catalog_version = models.CharField(max_length=20, blank=True)
    clause = models.ForeignKey(NoticeClause, null=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    owed_to = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    proof = models.TextField(blank=True)
    evidence = models.ForeignKey("core.Evidence", null=True, on_delete=models.PROTECT, related_name="+")
    waived_at = models.DateTimeField(null=True)
    waived_reason = models.TextField(blank=True)
    recorded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "incident", "rule"],
                condition=~Q(rule=""),
                name="incident_legal_clock_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "incident", "clause"], name="incident_clause_once"
            ),
        ]
        ordering = ["due_at", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.sent_at is None and self.waived_at is None

    def standing(self, now: datetime.datetime) -> str:
        return standing(due_at=self.due_at, sent_at=self.sent_at, waived=self.waived_at is not None, now=now)


OPEN_NOTICE = Q(sent_at=None, waived_at=None)


@tracked
class IncidentEvidence(TenantModel):
    """What was kept of an incident, unaltered: the library holds files by their hash."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="evidence_links")
    evidence = models.ForeignKey("core.Evidence", on_delete=models.CASCADE, related_name="+")
    linked_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(auto_now_add=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "incident", "evidence"], name="incident_evidence_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "evidence"], name="incident_evidence_evidence")]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.incident_id}"


@tracked
class IncidentEntry(TenantModel):
    """A line of an incident's timeline: a step of its life cycle, or what somebody saw or did."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    action = models.CharField(max_length=30, blank=True)
    text = models.TextField(blank=True)
    member = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:80] or self.action
