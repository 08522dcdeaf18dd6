from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import TenantModel
from aims.core.tracking import tracked
from inventory.enums import ChangeKind, ModelKind, ModelRole
from inventory.models.resources import COMMON, Resource
from inventory.models.systems import AISystem


@tracked
class AIModel(Resource):
    """A version of an AI model: where it comes from, what it was measured at, what it is not good for."""

    kind = models.CharField(max_length=12, choices=ModelKind.choices, default=ModelKind.OTHER)
    training_data = models.TextField(blank=True)
    intended_use = models.TextField(blank=True)
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    prefix: ClassVar[str] = "MOD"
    route: ClassVar[str] = "model"
    noun: ClassVar[str] = "AI model"
    trail_name: ClassVar[str] = "ai_model"
    written: ClassVar[tuple[str, ...]] = ("kind", *COMMON, "training_data", "intended_use")
    roles: ClassVar[Any] = ModelRole
    kinds: ClassVar[Any] = ModelKind
    shown: ClassVar[tuple[str, ...]] = ("kind",)
    runs_as: ClassVar[tuple[str, ...]] = (ModelRole.OPERATION, ModelRole.FALLBACK)
    change_kind: ClassVar[str] = ChangeKind.MODEL

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="ai_model_reference_once"),
            models.UniqueConstraint(fields=["organization", "name", "version"], name="ai_model_once"),
            models.UniqueConstraint(fields=["organization", "supersedes"], name="ai_model_superseded_once"),
        ]
        ordering = ["reference"]

    def get_absolute_url(self) -> str:
        return reverse(self.route, args=[self.organization.slug, self.pk])

    @property
    def summary(self) -> str:
        return self.intended_use


@tracked
class ModelSystem(TenantModel):
    """A system that a model is used in, and as what."""

    resource = models.ForeignKey(AIModel, on_delete=models.CASCADE, related_name="system_links")
    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, choices=ModelRole.choices)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "resource", "system", "role"], name="model_system_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "system"], name="model_system_system")]

    def __str__(self) -> str:
        return f"{self.resource_id} in {self.system_id}"
