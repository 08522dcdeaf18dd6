from __future__ import annotations

import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import AIType, AutomationDegree, OrganizationRole, Sourcing, SystemStage
from inventory.rules.systems import BUILT_IN_HOUSE, MINIMUM_FIELDS, OUT_OF_USE

NULLABLE = {"owner_id", "risk_owner_id", "affected_count", "is_in_scope", "next_review_date"}
LISTS = {"organization_roles", "data_classes", "places", "languages"}


def _lacks(key: str) -> Q:
    """The same question as `rules.missing_fields`, asked of the database."""
    if key in NULLABLE:
        return Q(**{key: None})
    if key == "supplier":
        return Q(supplier="") & ~Q(sourcing=BUILT_IN_HOUSE)
    return Q(**{key: [] if key in LISTS else ""})


def is_incomplete() -> Q:
    """Rows whose record lacks a minimum field."""
    # A plain subquery: Postgres hashes it once, where EXISTS would be asked for every row.
    condition = ~Q(pk__in=OversightPerson.objects.values("system_id"))
    for field in MINIMUM_FIELDS:
        condition |= _lacks(field.key)
    return condition


IN_USE = (SystemStage.OPERATION_MONITORING, SystemStage.RE_EVALUATION)


class AISystemQuerySet(TenantQuerySet):
    def in_scope(self) -> AISystemQuerySet:
        return self.filter(is_in_scope=True)

    def live(self) -> AISystemQuerySet:
        return self.filter(stage__in=IN_USE)

    def ended(self) -> AISystemQuerySet:
        return self.filter(stage__in=OUT_OF_USE)

    def without_owner(self) -> AISystemQuerySet:
        return self.filter(owner=None)

    def incomplete(self) -> AISystemQuerySet:
        return self.filter(is_incomplete())

    def review_overdue(self, *, on: datetime.date) -> AISystemQuerySet:
        return self.filter(next_review_date__lt=on).exclude(stage__in=[SystemStage.RETIRED])


@tracked
class AISystem(TenantModel):
    """An AI system the organization provides, develops or uses (4.1, A.4.2): what auditors ask for first."""

    reference = models.CharField(max_length=20, editable=False)
    external_id = models.CharField(max_length=200, blank=True, help_text="Its id in the source it came from")
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=60, blank=True)
    purpose = models.TextField(blank=True)
    intended_use = models.TextField(blank=True)
    excluded_uses = models.TextField(blank=True)
    business_process = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        "core.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    risk_owner = models.ForeignKey(
        "core.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organization_roles = ArrayField(
        models.CharField(max_length=20, choices=OrganizationRole.choices), default=list, blank=True
    )
    ai_type = models.CharField(max_length=20, choices=AIType.choices, blank=True)
    sourcing = models.CharField(max_length=10, choices=Sourcing.choices, blank=True)
    supplier = models.CharField(max_length=200, blank=True)
    model_name = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=100, blank=True)
    data_classes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    special_categories = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    affected_people = models.TextField(blank=True)
    affected_count = models.PositiveIntegerField(null=True, blank=True)
    automation_degree = models.CharField(max_length=20, choices=AutomationDegree.choices, blank=True)
    places = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    stage = models.CharField(max_length=30, choices=SystemStage.choices, default=SystemStage.PROPOSED)
    stage_since = models.DateField(null=True, blank=True)
    live_since = models.DateField(null=True, blank=True)
    is_in_scope = models.BooleanField(null=True, blank=True)
    scope_reason = models.TextField(blank=True)
    next_review_date = models.DateField(null=True, blank=True)
    # What it says in the organization's own fields: key of the field -> value; see rules/custom_fields.py.
    custom = models.JSONField("own fields", default=dict, blank=True)
    source = models.CharField(max_length=250, blank=True, editable=False)
    registered_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(AISystemQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.GRANTED

    class Meta:
        verbose_name = "AI system"
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="system_reference_once"),
            models.UniqueConstraint(
                fields=["organization", "external_id"],
                condition=~Q(external_id=""),
                name="system_external_id_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "name"], name="system_name"),
            models.Index(fields=["organization", "stage"], name="system_stage"),
            models.Index(fields=["organization", "owner"], name="system_owner"),
            models.Index(fields=["organization", "next_review_date"], name="system_review"),
        ]
        ordering = ["reference"]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("system", args=[self.organization_slug, self.pk])


@tracked
class OversightPerson(TenantModel):
    """Somebody who watches over a system in use (A.9.3)."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="oversight")
    member = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = "system_id->inventory.aisystem"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "system", "member"], name="oversight_once")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} watches {self.system_id}"


@tracked
class SystemComponent(TenantModel):
    """A model, data set, service or library that a system is made of (A.4.2 to A.4.5)."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="components")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=100, blank=True)
    supplier = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    hashes = models.JSONField(default=dict, blank=True)
    description = models.TextField(blank=True)
    # What the file says beyond that, texts or lists of them by key; and what was measured, each in its words.
    details = models.JSONField(default=dict, blank=True)
    measures = models.JSONField(default=list, blank=True)
    source = models.CharField(max_length=250, blank=True)
    # The record that this is: the component says what a file named, the record what is known.
    ai_model = models.ForeignKey("inventory.AIModel", null=True, on_delete=models.PROTECT, related_name="+")
    data_set = models.ForeignKey("inventory.DataSet", null=True, on_delete=models.PROTECT, related_name="+")

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = "system_id->inventory.aisystem"

    class Meta:
        indexes = [models.Index(fields=["organization", "system"], name="component_system")]
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@tracked
class SystemEvidence(TenantModel):
    """Evidence that belongs to a system."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="evidence_links")
    evidence = models.ForeignKey("core.Evidence", on_delete=models.CASCADE, related_name="+")
    linked_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(auto_now_add=True)

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED
    auditor_via: ClassVar[str] = "system_id->inventory.aisystem"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "system", "evidence"], name="system_evidence_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "evidence"], name="system_evidence_evidence")]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.system_id}"
