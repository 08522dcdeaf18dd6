from __future__ import annotations

from typing import ClassVar

from django.db import models

from aims.core.tenancy.models import AuditorSees, TenantModel
from aims.core.tracking import tracked


@tracked
class AdoptedSector(TenantModel):
    """A sector template that the organization works by; what it brings stands in the catalog."""

    sector = models.CharField(max_length=30)
    # Of the catalog, on the day it was adopted.
    version = models.CharField(max_length=20)
    adopted_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "sector"], name="sector_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.sector)
