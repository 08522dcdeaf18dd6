"""Prompts and agents in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inventory.api.bulk import body_of
from inventory.api.resources import (
    ResourceFields,
    ResourceLine,
    ResourceOut,
    ResourceViewSet,
    Word,
    described,
    fields_of,
)
from inventory.api.resources import (
    text as words,
)
from inventory.enums import PromptKind, PromptRole
from inventory.models import Prompt
from inventory.services.bulk import PROMPTS


class PromptLine(ResourceLine):
    kind = serializers.ChoiceField(choices=PromptKind.choices)


class PromptUse(serializers.Serializer):
    system_id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=PromptRole.choices)


class PromptOut(ResourceOut):
    """The whole record of a version of a prompt or an agent."""

    kind = serializers.ChoiceField(choices=PromptKind.choices)
    ai_model_id = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Prompt
        fields = fields_of(Prompt)
        read_only_fields = fields

    @extend_schema_field(PromptUse(many=True))
    def get_systems(self, resource: Any) -> Any:
        return PromptUse(self.context["detail"].systems, many=True).data


class PromptFields(ResourceFields):
    kind = serializers.ChoiceField(choices=PromptKind.choices, required=False)
    ai_model_id = serializers.IntegerField(required=False, allow_null=True)
    text = words(100_000)
    text_sha256 = words(64)
    tools = serializers.ListField(child=Word(max_length=60), required=False, max_length=100)
    limits = words()


class PromptIn(PromptFields):
    name = Word(max_length=200)


class PromptChange(PromptFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    name = Word(required=False, max_length=200)
    row_version = serializers.IntegerField(min_value=1)


@described("prompts", "prompts")
class PromptViewSet(ResourceViewSet):
    """The register of prompts and agents: each record is one version."""

    serializer_class = PromptOut
    model = Prompt
    line = PromptLine
    use = PromptUse
    new = PromptIn
    change = PromptChange
    change_many = body_of(PROMPTS, PromptFields)
