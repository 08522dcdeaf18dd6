"""The model registry in the API: keys ask it; where it is, persons say."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.records import only_one
from aims.core.rest.views import TenantViewSet
from inventory import registry_reading
from inventory.api.imports import ImportOut
from inventory.models import ModelRegistry
from inventory.queries.model_registry import model_registry
from inventory.rules.model_registry import LONGEST_ADDRESS
from inventory.services import model_registry as services


class ModelRegistryOut(serializers.ModelSerializer):
    """The token is never told, only whether there is one."""

    has_token = serializers.BooleanField()

    class Meta:
        model = ModelRegistry
        fields = ("address", "user_name", "has_token", "all_versions", "row_version")
        read_only_fields = fields


class ModelRegistryIn(serializers.Serializer):
    """`row_version` is the one that was read, 0 before there is a connection; another one answers 409."""

    address = serializers.CharField(max_length=LONGEST_ADDRESS)
    user_name = serializers.CharField(required=False, allow_blank=True, max_length=services.LONGEST_NAME)
    token = serializers.CharField(
        required=False, allow_blank=True, max_length=services.LONGEST_TOKEN, write_only=True
    )
    all_versions = serializers.BooleanField(required=False)
    row_version = serializers.IntegerField(min_value=0)


@extend_schema(tags=["imports"])
class ModelRegistryViewSet(TenantViewSet):
    """The MLflow server of the organization."""

    serializer_class = ModelRegistryOut
    pagination_class = None
    verbs = {
        "list": "inventory.view_model_registry",
        "create": services.KEEP,
        "remove": services.KEEP,
        "read": "inventory.import_systems",
    }

    @extend_schema(operation_id="model_registry_retrieve", responses=only_one(ModelRegistryOut))
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Where it is and how it is entered, without the token; answers 404 before it is connected."""
        registry = model_registry()
        if registry is None:
            raise Http404
        return Response(ModelRegistryOut(registry).data)

    @extend_schema(
        operation_id="model_registry_write", request=ModelRegistryIn, responses={200: ModelRegistryOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Connect the registry, or change the connection. An empty token leaves the one that is stored."""
        registry = services.write_registry(actor=self.actor, now=self.now, **self.clean(ModelRegistryIn))
        return Response(ModelRegistryOut(registry).data, status=status.HTTP_200_OK)

    @extend_schema(operation_id="model_registry_read", request=None, responses={202: ImportOut})
    @action(detail=False, methods=["post"])
    def read(self, request: Any, **kwargs: Any) -> Response:
        """Ask the registry now; the answer is an import whose preview comes when a worker has read it."""
        upload = registry_reading.start_reading(actor=self.actor, now=self.now)
        return Response(ImportOut(upload).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="model_registry_remove", request=None, responses={204: None})
    @action(detail=False, methods=["post"])
    def remove(self, request: Any, **kwargs: Any) -> Response:
        """Forget the connection and its token."""
        services.remove_registry(actor=self.actor, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)
