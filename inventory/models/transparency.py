from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import DisclosureAudience, DisclosureKind
from inventory.models.systems import AISystem


class DisclosureQuerySet(TenantQuerySet):
    def shown(self) -> DisclosureQuerySet:
        """Those that have not ended."""
        return self.filter(ended_on=None)


@tracked
class Disclosure(TenantModel):
    """What people are told about a system: to whom, in which language, where (A.8.2, A.8.5)."""

    reference = models.CharField(max_length=20, editable=False)
    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=DisclosureKind.choices)
    audience = models.CharField(max_length=20, choices=DisclosureAudience.choices)
    language = models.CharField(max_length=12, default="en", help_text="Code such as en or pt-BR")
    text = models.TextField()
    shown_where = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    review_date = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    is_on_page = models.BooleanField(default=False, help_text="Chosen for the transparency page")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(DisclosureQuerySet)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="disclosure_reference_once")
        ]
        indexes = [models.Index(fields=["organization", "system"], name="disclosure_system")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("disclosure", args=[self.organization_slug, self.pk])


@tracked
class DisclosureEvidence(TenantModel):
    """Proof that it was shown, and on which day."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, related_name="evidence_links")
    evidence = models.ForeignKey("core.Evidence", on_delete=models.CASCADE, related_name="+")
    shown_on = models.DateField()
    linked_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(auto_now_add=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "disclosure", "evidence"], name="disclosure_evidence_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "evidence"], name="disclosure_evidence_item")]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.disclosure_id}"


class TransparencyPage(TenantModel):
    """What outsiders may read about a system: a draft, and the number of the version that stands outside."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=43, blank=True, editable=False)
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200, help_text="What the organization calls itself there")
    language = models.CharField(max_length=12, default="en")
    intro = models.TextField(blank=True)
    fields = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    contact = models.TextField(blank=True)
    allows_search = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_public = models.BooleanField(default=False, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "system"], name="transparency_page_once")
        ]

    def __str__(self) -> str:
        return self.title
