from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import TenantModel
from aims.core.tracking import tracked
from inventory.enums import ProvisionalClass, ScreeningHint, SupplierTier
from inventory.models.discovery import DiscoveredAI
from inventory.models.systems import AISystem


@tracked
class Intake(TenantModel):
    """Three questions answered about a use of AI, and what follows for the time being; a new row each time.

    The class, the hint and the tier are provisional: the legal classification, the screening and the due
    diligence ask everything and are decided on by people.
    """

    item = models.ForeignKey(DiscoveredAI, null=True, on_delete=models.CASCADE, related_name="+")
    system = models.ForeignKey(AISystem, null=True, on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField()
    catalog_version = models.CharField(max_length=20)
    ai_act_class = models.CharField(max_length=12, choices=ProvisionalClass.choices, blank=True)
    #: The class as a number, to find the gravest of several.
    gravity = models.PositiveSmallIntegerField(default=0)
    needs_legal_review = models.BooleanField(default=False)
    screening = models.CharField(max_length=20, choices=ScreeningHint.choices, blank=True)
    tier = models.CharField(max_length=8, choices=SupplierTier.choices, blank=True)
    reasons = models.JSONField(default=list)
    answered_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(item=None, system__isnull=False) | Q(item__isnull=False, system=None),
                name="intake_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "item"], name="intake_item"),
            models.Index(fields=["organization", "system"], name="intake_system"),
        ]
        ordering = ["-answered_at", "-id"]

    def __str__(self) -> str:
        return f"Intake of {self.item or self.system}"

    def get_absolute_url(self) -> str:
        return reverse("intake", args=[self.organization_slug, self.pk])
