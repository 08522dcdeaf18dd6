from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import NeedKind, PartyKind


class PartyQuerySet(TenantQuerySet):
    def that_matter(self) -> PartyQuerySet:
        return self.filter(matters=True)

    def review_overdue(self, *, on: datetime.date) -> PartyQuerySet:
        return self.that_matter().filter(next_review_date__lt=on)


@tracked
class InterestedParty(TenantModel):
    """Somebody whose requirements matter to the AIMS (4.2)."""

    reference = models.CharField(max_length=20, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=PartyKind.choices, default=PartyKind.OTHER)
    description = models.TextField(blank=True)
    watch = models.TextField(blank=True, help_text="How one learns that a requirement changed")
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    matters = models.BooleanField(default=True)
    next_review_date = models.DateField(null=True, blank=True)
    last_reviewed_on = models.DateField(null=True, blank=True)
    review_note = models.TextField(blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(PartyQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="party_reference_once"),
            models.UniqueConstraint(fields=["organization", "name"], name="party_name_once"),
        ]
        ordering = ["reference"]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("party", args=[self.organization_slug, self.pk])


@tracked
class PartyNeed(TenantModel):
    """A requirement of an interested party, and whether the AIMS takes it on as an obligation."""

    party = models.ForeignKey(InterestedParty, on_delete=models.CASCADE, related_name="needs")
    text = models.TextField()
    kind = models.CharField(max_length=12, choices=NeedKind.choices, default=NeedKind.EXPECTATION)
    where = models.CharField(max_length=300, blank=True, help_text="Law and article, contract and section")
    is_obligation = models.BooleanField(null=True, blank=True)
    reason = models.TextField(blank=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:80]
