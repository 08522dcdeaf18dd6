from __future__ import annotations

from typing import ClassVar

from django.db import models

from aims.core.tenancy.models import TenantModel
from aims.core.tracking import tracked
from audits.models.records import Finding


@tracked
class IncidentFinding(TenantModel):
    """The finding that an incident led to (10.2)."""

    incident = models.ForeignKey("inventory.Incident", on_delete=models.CASCADE, related_name="+")
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="+")
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "incident", "finding"], name="incident_finding_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} after {self.incident_id}"
