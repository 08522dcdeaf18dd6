from __future__ import annotations

from typing import ClassVar

from django.db import models

from aims.core.tenancy.models import AuditorSees, TenantModel
from aims.core.tracking import tracked


@tracked
class ScopeStatement(TenantModel):
    """The scope of the AI management system (4.3), by version; the newest approved one holds."""

    version = models.PositiveIntegerField()
    statement = models.TextField()
    boundaries = models.TextField(blank=True, help_text="Units, processes, and where others take over")
    sites = models.JSONField(default=list, blank=True, help_text="Each with name, place and activities")
    exclusions = models.JSONField(default=list, blank=True, help_text="Each with what is left out and why")
    change_note = models.TextField(blank=True, help_text="What changed against the version before, and why")
    author = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = "approved_at IS NOT NULL"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "version"], name="scope_version_once")]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"Scope statement v{self.version}"
