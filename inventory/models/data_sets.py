from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import TenantModel
from aims.core.tracking import tracked
from inventory.enums import ChangeKind, DataRole
from inventory.models.resources import COMMON, Resource
from inventory.models.systems import AISystem


@tracked
class DataSet(Resource):
    """A version of a data set: its source, what is in it, how it was prepared and looked at (A.7)."""

    source = models.CharField(max_length=250, blank=True)
    categories = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    special_categories = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    collected_from = models.DateField(null=True, blank=True)
    collected_until = models.DateField(null=True, blank=True)
    preparation = models.TextField(blank=True)
    bias_checks = models.TextField(blank=True)
    retention = models.CharField(max_length=250, blank=True)
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    prefix: ClassVar[str] = "DAT"
    route: ClassVar[str] = "data_set"
    noun: ClassVar[str] = "data set"
    trail_name: ClassVar[str] = "data_set"
    written: ClassVar[tuple[str, ...]] = (
        "source",
        "categories",
        "special_categories",
        "collected_from",
        "collected_until",
        *COMMON,
        "preparation",
        "bias_checks",
        "retention",
    )
    roles: ClassVar[Any] = DataRole
    shown: ClassVar[tuple[str, ...]] = ("source", "special_categories")
    runs_as: ClassVar[tuple[str, ...]] = (DataRole.OPERATION,)
    change_kind: ClassVar[str] = ChangeKind.DATA

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="data_set_reference_once"),
            models.UniqueConstraint(fields=["organization", "name", "version"], name="data_set_once"),
            models.UniqueConstraint(fields=["organization", "supersedes"], name="data_set_superseded_once"),
        ]
        ordering = ["reference"]

    def get_absolute_url(self) -> str:
        return reverse(self.route, args=[self.organization.slug, self.pk])

    @property
    def summary(self) -> str:
        return self.source


@tracked
class DataSetSystem(TenantModel):
    """A system that a data set is used for, and for what."""

    resource = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="system_links")
    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, choices=DataRole.choices)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "resource", "system", "role"], name="data_set_system_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "system"], name="data_set_system_system")]

    def __str__(self) -> str:
        return f"{self.resource_id} for {self.system_id}"
