from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import AIType, DiscoverySource, DiscoveryState, Sourcing
from inventory.models.systems import AISystem

OPEN = (DiscoveryState.DISCOVERED, DiscoveryState.TRIAGED)


class DiscoveredQuerySet(TenantQuerySet):
    def undecided(self) -> DiscoveredQuerySet:
        return self.filter(state__in=OPEN)


@tracked
class DiscoveredAI(TenantModel):
    """Something that may be an AI system in use, until somebody decided what it is (4.3, A.4.2, A.9.2)."""

    reference = models.CharField(max_length=20, editable=False)
    name = models.CharField(max_length=200)
    #: The name as it is compared; a second sighting of the same goes to this item.
    key = models.CharField(max_length=200, editable=False)
    vendor = models.CharField(max_length=200, blank=True)
    domain = models.CharField(max_length=200, blank=True)
    used_for = models.TextField(blank=True)
    known_service = models.CharField(max_length=60, blank=True)
    match_reason = models.CharField(max_length=300, blank=True)
    ai_type = models.CharField(max_length=20, choices=AIType.choices, blank=True)
    sourcing = models.CharField(max_length=10, choices=Sourcing.choices, blank=True)
    state = models.CharField(max_length=12, choices=DiscoveryState.choices, default=DiscoveryState.DISCOVERED)
    state_since = models.DateTimeField()
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    reported_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    discovered_at = models.DateTimeField()
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decision_reason = models.TextField(blank=True)
    system = models.ForeignKey(AISystem, null=True, on_delete=models.PROTECT, related_name="+")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(DiscoveredQuerySet)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="discovered_reference_once"),
            models.UniqueConstraint(fields=["organization", "key"], name="discovered_key_once"),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="discovered_state")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("discovered", args=[self.organization_slug, self.pk])


@tracked
class DiscoverySighting(TenantModel):
    """Where and when it was seen: of an item, or of a system that the inventory had already."""

    item = models.ForeignKey(DiscoveredAI, null=True, on_delete=models.CASCADE, related_name="sightings")
    system = models.ForeignKey(AISystem, null=True, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=12, choices=DiscoverySource.choices)
    seen_on = models.DateField()
    detail = models.CharField(max_length=400, blank=True)
    recorded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        indexes = [
            models.Index(fields=["organization", "source", "seen_on"], name="sighting_source"),
            models.Index(fields=["organization", "system"], name="sighting_system"),
        ]
        ordering = ["-seen_on", "-id"]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.seen_on}"


@tracked
class DiscoverySurvey(TenantModel):
    """A round in which people were asked which AI they use."""

    held_on = models.DateField()
    asked = models.CharField(max_length=300)
    result = models.TextField(blank=True)
    recorded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        ordering = ["-held_on", "-id"]

    def __str__(self) -> str:
        return f"Survey of {self.held_on}"
