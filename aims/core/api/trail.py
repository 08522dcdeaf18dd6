"""The trail in the API: read, and verified."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core import texts
from aims.core.api.jobs import JobOut
from aims.core.models import Job, TrailEvent
from aims.core.queries.trail import filtered_trail
from aims.core.rest.views import TenantViewSet
from aims.core.services.trail import verify_trail


class TrailTextOut(serializers.Serializer):
    text = serializers.CharField()
    key = serializers.CharField(allow_null=True)


class TrailOut(serializers.ModelSerializer):
    hash = serializers.SerializerMethodField()
    previous = serializers.SerializerMethodField()
    texts = serializers.SerializerMethodField(
        help_text="What people wrote, by mark; a mark in the body is HMAC-SHA256 of the text with its key."
    )

    class Meta:
        model = TrailEvent
        fields = (
            "seq",
            "body",
            "at",
            "actor",
            "action",
            "object_type",
            "object_id",
            "previous",
            "hash",
            "texts",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=TrailTextOut()))
    def get_texts(self, event: TrailEvent) -> dict[str, Any]:
        return texts.disclosed(event.body, self.context["texts"])

    def get_hash(self, event: TrailEvent) -> str:
        return bytes(event.hash or b"").hex()

    def get_previous(self, event: TrailEvent) -> str:
        return bytes(event.previous or b"").hex()


class TrailQuery(serializers.Serializer):
    actor = serializers.CharField(required=False, max_length=40)
    action = serializers.CharField(required=False, max_length=80)
    object_type = serializers.CharField(required=False, max_length=60)
    object_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    record = serializers.CharField(required=False, max_length=60)
    from_day = serializers.DateField(required=False)
    to_day = serializers.DateField(required=False)
    only_auditors = serializers.BooleanField(required=False)


class TrailReportOut(serializers.Serializer):
    intact = serializers.BooleanField()
    lines = serializers.IntegerField()
    head = serializers.CharField()
    first_bad_line = serializers.IntegerField(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())
    checked = serializers.ListField(child=serializers.CharField())
    not_shown = serializers.ListField(child=serializers.CharField())


@extend_schema_view(
    list=extend_schema(
        operation_id="trail_list",
        parameters=[
            OpenApiParameter("actor", str, description="As in the lines, such as member:5 or key:1"),
            OpenApiParameter("action", str, description="Words of the act"),
            OpenApiParameter("object_type", str, description="As in the lines, such as risk.risk"),
            OpenApiParameter("object_id", int),
            OpenApiParameter("record", str, description="A reference, such as R-012"),
            OpenApiParameter("from_day", OpenApiTypes.DATE),
            OpenApiParameter("to_day", OpenApiTypes.DATE),
            OpenApiParameter("only_auditors", bool),
        ],
    )
)
@extend_schema(tags=["trail"])
class TrailViewSet(mixins.ListModelMixin, TenantViewSet):
    """The append-only trail, newest first: hash = sha256(previous, seq as 8 bytes, body)."""

    serializer_class = TrailOut
    verbs = {"list": "core.view_trail", "verify": "core.verify_trail"}

    def get_queryset(self) -> Any:
        query = TrailQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return filtered_trail(**query.validated_data)

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page: Any = self.paginate_queryset(self.get_queryset())
        context = {**self.get_serializer_context(), "texts": texts.kept_texts(each.body for each in page)}
        return self.get_paginated_response(TrailOut(page, many=True, context=context).data)

    @extend_schema(
        operation_id="trail_verify", request=None, responses={200: TrailReportOut, 202: JobOut}, filters=False
    )
    @action(detail=False, methods=["post"])
    def verify(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Walk the chain against its checkpoints: the report, or for a long chain the job that makes it."""
        found = verify_trail(actor=self.actor, now=self.now)
        if isinstance(found, Job):
            return Response(JobOut(found).data, status=status.HTTP_202_ACCEPTED)
        return Response(found.as_json())
