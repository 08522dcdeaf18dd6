"""The sector templates in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.views import TenantViewSet
from inventory.enums import FieldKind
from inventory.models import AdoptedSector
from inventory.queries import sectors as queries
from inventory.sectors import sectors
from inventory.services import sectors as services


class SectorFieldOut(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # not the label of the serializer
    kind = serializers.ChoiceField(choices=FieldKind.choices)
    choices = serializers.ListField(child=serializers.CharField())


class SectorDocumentOut(serializers.Serializer):
    title = serializers.CharField()
    why = serializers.CharField()
    controls = serializers.ListField(child=serializers.CharField())


class SectorOut(serializers.Serializer):
    """A template; `adopted_at` says since when the organization works by it, null while it does not."""

    key = serializers.CharField(source="sector.key")
    name = serializers.CharField(source="sector.name")
    intro = serializers.CharField(source="sector.intro")
    custom_fields = SectorFieldOut(source="sector.fields", many=True)
    risks = serializers.ListField(child=serializers.CharField(), source="sector.risks")
    metrics = serializers.ListField(child=serializers.CharField(), source="sector.metrics")
    documents = SectorDocumentOut(source="sector.documents", many=True)
    adopted_at = serializers.DateTimeField(source="adopted.adopted_at", default=None, allow_null=True)
    version = serializers.CharField(source="adopted.version", default="")


class SectorIn(serializers.Serializer):
    sector = serializers.ChoiceField(choices=[(each.key, each.name) for each in sectors()])


@extend_schema_view(
    list=extend_schema(operation_id="sectors_list", responses=SectorOut(many=True)),
)
@extend_schema(tags=["systems"])
class SectorViewSet(TenantViewSet):
    """What organizations of a sector usually ask of their AI systems."""

    serializer_class = SectorOut
    pagination_class = None
    verbs = {"list": "inventory.view_fields", "adopt": services.KEEP, "drop": services.KEEP}

    def get_queryset(self) -> Any:
        return AdoptedSector.objects.all()

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer()

    @extend_schema(operation_id="sectors_adopt", request=SectorIn, responses=SectorOut(many=True))
    @action(detail=False, methods=["post"])
    def adopt(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Every system's record has its fields from now on; its risks and metrics are proposed first."""
        services.adopt_sector(actor=self.actor, now=self.now, **self.clean(SectorIn))
        return self._answer()

    @extend_schema(operation_id="sectors_drop", request=SectorIn, responses=SectorOut(many=True))
    @action(detail=False, methods=["post"])
    def drop(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Its risks and metrics are proposed no more; its fields stay until they are retired."""
        services.drop_sector(actor=self.actor, now=self.now, **self.clean(SectorIn))
        return self._answer()

    def _answer(self) -> Response:
        return Response(SectorOut(queries.cards(), many=True).data)
