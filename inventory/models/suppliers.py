from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import SupplierEventKind, SupplierKind, SupplierState, SupplierTier
from inventory.models.systems import AISystem
from inventory.rules.suppliers import REQUESTS

ENDED = (SupplierState.REJECTED, SupplierState.EXITED)


class SupplierQuerySet(TenantQuerySet):
    def review_overdue(self, *, on: datetime.date) -> SupplierQuerySet:
        return self.filter(next_review_date__lt=on).exclude(state__in=ENDED)


@tracked
class Supplier(TenantModel):
    """Who delivers AI, models, data or the ground they run on, and under which terms (A.10.2, A.10.3)."""

    reference = models.CharField(max_length=20, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=SupplierKind.choices, default=SupplierKind.SYSTEM)
    tier = models.CharField(max_length=10, choices=SupplierTier.choices, blank=True)
    tier_reason = models.TextField(blank=True)
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    contact = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(blank=True)
    services = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    duties = models.TextField(blank=True)
    contract = models.JSONField(default=dict, blank=True)
    exit_plan = models.TextField(blank=True)
    exit_done_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=30, choices=SupplierState.choices, default=SupplierState.PROPOSED)
    state_since = models.DateTimeField()
    next_review_date = models.DateField(null=True, blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(SupplierQuerySet)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="supplier_reference_once"),
            models.UniqueConstraint(fields=["organization", "name"], name="supplier_name_once"),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="supplier_state")]
        ordering = ["reference"]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("supplier", args=[self.organization.slug, self.pk])


@tracked
class SupplierSystem(TenantModel):
    """A system that a supplier serves, and the version of its model that is pinned there."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="system_links")
    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    delivers = models.CharField(max_length=200, blank=True)
    model_name = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=100, blank=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "supplier", "system"], name="supplier_system_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "system"], name="supplier_system_system")]

    def __str__(self) -> str:
        return f"{self.supplier_id} serves {self.system_id}"


@tracked
class SubSupplier(TenantModel):
    """A supplier that serves a supplier."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="+")
    sub_supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="+")
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "supplier", "sub_supplier"], name="sub_supplier_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sub_supplier_id} serves {self.supplier_id}"


@tracked
class SupplierCondition(TenantModel):
    """Something a supplier has to do by a day; a blocking one keeps it from being used before."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="conditions")
    text = models.TextField()
    due_date = models.DateField()
    is_blocking = models.BooleanField(default=False)
    met_on = models.DateField(null=True)
    met_note = models.TextField(blank=True)
    met_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        ordering = ["due_date", "id"]

    def __str__(self) -> str:
        return self.text[:80]


@tracked
class SupplierNotice(TenantModel):
    """A notice from a supplier, or a request to it, which stays open until its answer is accepted."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=SupplierEventKind.choices)
    happened_on = models.DateField()
    text = models.TextField()
    due_date = models.DateField(null=True)
    answer = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_open_request(self) -> bool:
        return self.kind in REQUESTS and self.accepted_at is None


OPEN_REQUEST = Q(kind__in=REQUESTS, accepted_at=None)


@tracked
class SupplierEvidence(TenantModel):
    """A certificate or another proof of a supplier; its last valid day is that of the evidence item."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="evidence_links")
    evidence = models.ForeignKey("core.Evidence", on_delete=models.CASCADE, related_name="+")
    linked_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(auto_now_add=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "supplier", "evidence"], name="supplier_evidence_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "evidence"], name="supplier_evidence_evidence")]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.supplier_id}"
