from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import TenantModel
from aims.core.tracking import tracked
from inventory.enums import ChangeKind, PromptKind, PromptRole
from inventory.models.ai_models import AIModel
from inventory.models.resources import COMMON, Resource
from inventory.models.systems import AISystem


@tracked
class Prompt(Resource):
    """A version of a prompt or an agent: what it tells a model, what it may reach, and where it stops."""

    kind = models.CharField(max_length=12, choices=PromptKind.choices, default=PromptKind.PROMPT)
    text = models.TextField(blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    tools = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    limits = models.TextField(blank=True)
    ai_model = models.ForeignKey(AIModel, null=True, on_delete=models.PROTECT, related_name="+")
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    prefix: ClassVar[str] = "PRO"
    route: ClassVar[str] = "prompt"
    noun: ClassVar[str] = "prompt or agent"
    trail_name: ClassVar[str] = "prompt"
    written: ClassVar[tuple[str, ...]] = (
        "kind",
        "ai_model",
        "text",
        "text_sha256",
        "tools",
        "limits",
        *COMMON,
    )
    of_one_version: ClassVar[frozenset[str]] = Resource.of_one_version | {"text_sha256"}
    expects: ClassVar[tuple[str, ...]] = ()
    joined: ClassVar[tuple[str, ...]] = (*Resource.joined, "ai_model")
    roles: ClassVar[Any] = PromptRole
    kinds: ClassVar[Any] = PromptKind
    shown: ClassVar[tuple[str, ...]] = ("kind",)
    runs_as: ClassVar[tuple[str, ...]] = (PromptRole.OPERATION,)
    change_kind: ClassVar[str] = ChangeKind.VERSION

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="prompt_reference_once"),
            models.UniqueConstraint(fields=["organization", "name", "version"], name="prompt_once"),
            models.UniqueConstraint(fields=["organization", "supersedes"], name="prompt_superseded_once"),
        ]
        ordering = ["reference"]

    def get_absolute_url(self) -> str:
        return reverse(self.route, args=[self.organization.slug, self.pk])

    @property
    def summary(self) -> str:
        return self.limits


@tracked
class PromptSystem(TenantModel):
    """A system that a prompt or an agent works in."""

    resource = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="system_links")
    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, choices=PromptRole.choices)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "resource", "system", "role"], name="prompt_system_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "system"], name="prompt_system_system")]

    def __str__(self) -> str:
        return f"{self.resource_id} in {self.system_id}"
