"""Data sets in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inventory.api.bulk import body_of
from inventory.api.resource_exports import ResourceExports
from inventory.api.resources import (
    ResourceFields,
    ResourceLine,
    ResourceOut,
    ResourceViewSet,
    Word,
    described,
    fields_of,
    text,
)
from inventory.enums import DataRole
from inventory.models import DataSet
from inventory.services.bulk import DATA_SETS


class DataSetLine(ResourceLine):
    source = serializers.CharField()  # type: ignore[assignment]  # a field may be called so
    special_categories = serializers.ListField(child=serializers.CharField())


class DataSetUse(serializers.Serializer):
    system_id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=DataRole.choices)


class DataSetOut(ResourceOut):
    """The whole record of a data set version."""

    class Meta:
        model = DataSet
        fields = fields_of(DataSet)
        read_only_fields = fields

    @extend_schema_field(DataSetUse(many=True))
    def get_systems(self, resource: Any) -> Any:
        return DataSetUse(self.context["detail"].systems, many=True).data


class DataSetFields(ResourceFields):
    source = text(250)
    categories = serializers.ListField(child=Word(max_length=60), required=False, max_length=100)
    special_categories = serializers.ListField(child=Word(max_length=60), required=False, max_length=100)
    collected_from = serializers.DateField(required=False, allow_null=True)
    collected_until = serializers.DateField(required=False, allow_null=True)
    preparation = text()
    bias_checks = text()
    retention = text(250)


class DataSetIn(DataSetFields):
    name = Word(max_length=200)


class DataSetChange(DataSetFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    name = Word(required=False, max_length=200)
    row_version = serializers.IntegerField(min_value=1)


@described("data_sets", "data-sets")
class DataSetViewSet(ResourceExports, ResourceViewSet):
    """The register of data sets: each record is one version."""

    serializer_class = DataSetOut
    model = DataSet
    line = DataSetLine
    use = DataSetUse
    new = DataSetIn
    change = DataSetChange
    change_many = body_of(DATA_SETS, DataSetFields)
    verbs = {**ResourceViewSet.verbs, **ResourceExports.export_verbs}
