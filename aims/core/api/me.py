"""Who acts, in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from aims.core.rest.records import only_one
from aims.core.rest.views import TenantViewSet


class MeOut(serializers.Serializer):
    kind = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())


@extend_schema(tags=["me"])
class MeViewSet(TenantViewSet):
    """Who acts, and with which roles or scopes."""

    serializer_class = MeOut
    pagination_class = None
    verbs = {"list": "core.view_self"}

    @extend_schema(operation_id="me_retrieve", responses={200: only_one(MeOut)})
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        actor = self.actor
        return Response(
            {
                "kind": actor.kind,
                "name": actor.name,
                "roles": sorted(actor.roles),
                "scopes": sorted(actor.scopes),
            }
        )
