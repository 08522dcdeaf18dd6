from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models

from aims.core.tenancy.models import AuditorSees, TenantModel


class Snapshot(TenantModel):
    """What was approved, word for word: a canonical JSON text and its SHA-256, never updated."""

    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    version = models.PositiveIntegerField(default=1)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")

    auditor_sees: ClassVar[str] = AuditorSees.GRANTED

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "object_id", "version"], name="snapshot_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} v{self.version}"

    @property
    def content(self) -> Any:
        return json.loads(self.text)
