"""AI models in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from inventory.api.bulk import body_of
from inventory.api.resource_exports import ResourceExports
from inventory.api.resources import (
    KEEP,
    VIEW,
    ResourceFields,
    ResourceLine,
    ResourceOut,
    ResourceViewSet,
    Word,
    described,
    fields_of,
    text,
)
from inventory.enums import ModelKind, ModelRole
from inventory.models import AIModel
from inventory.queries.components import RECORDS, NamedPart, parts_to_adopt
from inventory.services.bulk import MODELS
from inventory.services.components import adopt_components


class ModelLine(ResourceLine):
    kind = serializers.ChoiceField(choices=ModelKind.choices)


class ModelUse(serializers.Serializer):
    system_id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=ModelRole.choices)


class ModelOut(ResourceOut):
    """The whole record of a model version."""

    kind = serializers.ChoiceField(choices=ModelKind.choices)

    class Meta:
        model = AIModel
        fields = fields_of(AIModel)
        read_only_fields = fields

    @extend_schema_field(ModelUse(many=True))
    def get_systems(self, resource: Any) -> Any:
        return ModelUse(self.context["detail"].systems, many=True).data


class ModelFields(ResourceFields):
    kind = serializers.ChoiceField(choices=ModelKind.choices, required=False)
    training_data = text()
    intended_use = text()


class ModelIn(ModelFields):
    name = Word(max_length=200)


class ModelChange(ModelFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    name = Word(required=False, max_length=200)
    row_version = serializers.IntegerField(min_value=1)


class PartOut(serializers.Serializer):
    """A version of a model or a data set that files name, and the record that has it already."""

    kind = serializers.ChoiceField(choices=list(RECORDS))
    name = serializers.CharField()
    version = serializers.CharField()
    system_ids = serializers.SerializerMethodField()
    record_id = serializers.SerializerMethodField()

    def get_system_ids(self, part: NamedPart) -> list[int]:
        return sorted({component.system_id for component in part.components})

    def get_record_id(self, part: NamedPart) -> int | None:
        return part.known.pk if part.known else None


class PartsOnRecordOut(serializers.Serializer):
    registered = serializers.IntegerField(help_text="New records")
    recognized = serializers.IntegerField(help_text="Found on record")
    left = serializers.IntegerField(help_text="Still waiting")


@described("models", "models")
class ModelViewSet(ResourceExports, ResourceViewSet):
    """The register of AI models: each record is one version."""

    serializer_class = ModelOut
    model = AIModel
    line = ModelLine
    use = ModelUse
    new = ModelIn
    change = ModelChange
    change_many = body_of(MODELS, ModelFields)
    verbs = {
        **ResourceViewSet.verbs,
        **ResourceExports.export_verbs,
        "components": VIEW,
        "adopt_components": KEEP,
    }

    @extend_schema(operation_id="models_components_list", responses=PartOut(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def components(self, request: Any, **kwargs: Any) -> Response:
        """Models and data sets that imported files name and no record stands for."""
        return Response(PartOut(parts_to_adopt(self.actor), many=True).data)

    @extend_schema(operation_id="models_adopt_components_create", request=None, responses=PartsOnRecordOut)
    @action(detail=False, methods=["post"], url_path="adopt-components")
    def adopt_components(self, request: Any, **kwargs: Any) -> Response:
        """Make records of them, at most 200 in one act; those on record by name and version are found."""
        return Response(PartsOnRecordOut(adopt_components(actor=self.actor, now=self.now)).data)
