"""The clauses of the standard in the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from aims.core.rest.views import TenantViewSet
from controls import library


class ClauseOut(serializers.Serializer):
    ref = serializers.CharField()
    title = serializers.CharField()
    parent = serializers.CharField()  # type: ignore[assignment]  # a field may be called so
    pdca = serializers.CharField()
    summary = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())
    documents = serializers.ListField(child=serializers.CharField())
    related_controls = serializers.ListField(child=serializers.CharField())


@extend_schema(tags=["controls"])
class ClauseViewSet(TenantViewSet):
    """The clauses that are audited, in the portal's own words."""

    serializer_class = ClauseOut
    has_past = True
    verbs = {"list": "controls.view_clauses"}

    @extend_schema(operation_id="clauses_list", responses=ClauseOut(many=True), filters=False)
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(library.clauses())
        return self.get_paginated_response([ClauseOut(asdict(each)).data for each in page or ()])
