from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, serializers

from aims.core.rest.views import TenantViewSet
from inventory.models import ScopeStatement


class ScopeOut(serializers.ModelSerializer):
    class Meta:
        model = ScopeStatement
        fields = (
            "id",
            "version",
            "statement",
            "boundaries",
            "author_id",
            "created_at",
            "approved_by_id",
            "approved_at",
        )
        read_only_fields = fields


@extend_schema_view(list=extend_schema(operation_id="scope_statements_list"))
@extend_schema(tags=["scope"])
class ScopeViewSet(mixins.ListModelMixin, TenantViewSet):
    """The scope of the AI management system by version; the newest approved one holds."""

    serializer_class = ScopeOut
    has_past = True
    verbs = {"list": "inventory.view_scope"}

    def get_queryset(self) -> Any:
        return ScopeStatement.objects.order_by("-version")
