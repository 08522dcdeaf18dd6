"""The organization's own fields in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from inventory.enums import FieldKind
from inventory.models import CustomField
from inventory.rules.custom_fields import LONGEST_CHOICE, MOST_CHOICES
from inventory.services import custom_fields as services


class FieldOut(serializers.ModelSerializer):
    """A field of every AI system's record; a system's value stands in its `custom` under `key`."""

    kind = serializers.ChoiceField(choices=FieldKind.choices)

    class Meta:
        model = CustomField
        fields = (
            "id",
            "key",
            "label",
            "kind",
            "choices",
            "help_text",
            "in_register",
            "template",
            "added_by_id",
            "added_at",
            "retired_at",
            "row_version",
        )
        read_only_fields = fields


class FieldFields(serializers.Serializer):
    # Serializers have a label and a help text of their own, which these are not.
    label = serializers.CharField(required=False, max_length=80)  # type: ignore[assignment]  # a field may be called so
    choices = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_CHOICE), required=False, max_length=MOST_CHOICES
    )
    help_text = serializers.CharField(  # type: ignore[assignment]  # a field may be called so
        required=False, allow_blank=True, max_length=200
    )
    in_register = serializers.BooleanField(required=False)


class FieldIn(FieldFields):
    """The key is made from the label and never changes."""

    label = serializers.CharField(max_length=80)  # type: ignore[assignment]  # as above
    kind = serializers.ChoiceField(choices=FieldKind.choices)


class FieldChange(FieldFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    row_version = serializers.IntegerField(min_value=1)


DETAIL: dict[str, Any] = {"parameters": [ID], "responses": FieldOut}


@extend_schema_view(
    list=extend_schema(operation_id="custom_fields_list", responses=FieldOut(many=True)),
)
@extend_schema(tags=["systems"])
class CustomFieldViewSet(TenantViewSet):
    """Fields that the organization adds to the record of every AI system, retired ones among them."""

    serializer_class = FieldOut
    verbs = {
        "list": "inventory.view_fields",
        "create": services.KEEP,
        "partial_update": services.KEEP,
        "retire": services.KEEP,
        "restore": services.KEEP,
    }

    def get_queryset(self) -> Any:
        return CustomField.objects.order_by("id")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(FieldOut(page, many=True).data)

    @extend_schema(operation_id="custom_fields_create", request=FieldIn, responses={201: FieldOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Add a field to the record of every AI system."""
        field = services.add_field(actor=self.actor, now=self.now, **self.clean(FieldIn))
        return Response(FieldOut(field).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="custom_fields_update", request=FieldChange, **DETAIL)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Another label, hint or choices. A choice that some system has taken stays one."""
        values = self.clean(FieldChange)
        field = services.edit_field(
            actor=self.actor,
            field=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return Response(FieldOut(field).data)

    @extend_schema(operation_id="custom_fields_retire", request=None, **DETAIL)
    @action(detail=True, methods=["post"])
    def retire(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nobody is asked for it any more; what systems say in it stays in store."""
        field = services.retire_field(actor=self.actor, field=self.get_object(), now=self.now)
        return Response(FieldOut(field).data)

    @extend_schema(operation_id="custom_fields_restore", request=None, **DETAIL)
    @action(detail=True, methods=["post"])
    def restore(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        field = services.restore_field(actor=self.actor, field=self.get_object(), now=self.now)
        return Response(FieldOut(field).data)
