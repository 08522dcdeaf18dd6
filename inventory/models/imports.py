from __future__ import annotations

from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import TenantModel
from inventory.enums import ImportState


class InventoryImport(TenantModel):
    """One uploaded inventory file: its preview, and what applying it did. Applied whole or not at all."""

    file_name = models.CharField(max_length=150)
    format = models.CharField(max_length=20, blank=True)
    spec_version = models.CharField(max_length=20, blank=True)
    blob = models.ForeignKey("core.Blob", null=True, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=ImportState.choices, default=ImportState.UPLOADED)
    preview = models.JSONField(default=dict)
    system_count = models.PositiveIntegerField(default=0)
    resource_count = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    refusal = models.TextField(blank=True)
    job = models.ForeignKey("core.Job", null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("import", args=[self.organization_slug, self.pk])
