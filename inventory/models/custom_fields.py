from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import FieldKind


class CustomFieldQuerySet(TenantQuerySet):
    def in_use(self) -> CustomFieldQuerySet:
        return self.filter(retired_at=None)


@tracked
class CustomField(TenantModel):
    """A field of its own that the organization adds to the record of every AI system.

    What a system says in it stands in `AISystem.custom` under the key. A retired field is asked for no more;
    what was said in it stays.
    """

    key = models.CharField(max_length=40, editable=False)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=FieldKind.choices)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    help_text = models.CharField(max_length=200, blank=True)
    in_register = models.BooleanField(default=False)
    # The sector template that it came with, else nothing.
    template = models.CharField(max_length=30, blank=True, editable=False)
    added_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(CustomFieldQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="custom_field_key_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.label)
