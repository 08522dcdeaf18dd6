"""Evidence in the API."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core import blobs, evidence
from aims.core.days import local_today
from aims.core.enums import EvidenceKind, EvidenceState
from aims.core.models import Evidence
from aims.core.queries import evidence as reads
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet


class EvidenceOut(serializers.ModelSerializer):
    sha256 = serializers.CharField(source="blob.sha256", default="", read_only=True)
    size = serializers.IntegerField(source="blob.size", default=None, allow_null=True, read_only=True)
    file_name = serializers.CharField(source="blob.file_name", default="", read_only=True)
    link = serializers.CharField(read_only=True)  # empty for a file
    submitted_by = serializers.CharField(source="submitted_by.name", default="", read_only=True)
    reviewed_by = serializers.CharField(source="reviewed_by.name", default="", read_only=True)

    class Meta:
        model = Evidence
        fields = (
            "id",
            "reference",
            "title",
            "kind",
            "description",
            "source",
            "link",
            "file_name",
            "size",
            "sha256",
            "period_from",
            "period_to",
            "valid_until",
            "is_confidential",
            "state",
            "submitted_by",
            "submitted_at",
            "reviewed_by",
            "reviewed_at",
            "review_note",
            "replaces_id",
        )
        read_only_fields = fields


class EvidenceIn(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=EvidenceKind.choices, default=EvidenceKind.RECORD)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]  # a field may be called so
    file = serializers.FileField(required=False, default=None, allow_null=True)
    link = serializers.URLField(required=False, allow_blank=True, default="", max_length=500)
    period_from = serializers.DateField()
    period_to = serializers.DateField(required=False, default=None, allow_null=True)
    valid_until = serializers.DateField(required=False, default=None, allow_null=True)
    is_confidential = serializers.BooleanField(required=False, default=False)


@extend_schema_view(
    list=extend_schema(
        operation_id="evidence_list",
        parameters=[
            OpenApiParameter("view", str, enum=list(reads.VIEWS)),
            OpenApiParameter("state", str, enum=EvidenceState.values),
            OpenApiParameter("q", str, description="Words in title, reference, description or source"),
        ],
    ),
    retrieve=extend_schema(operation_id="evidence_retrieve", parameters=[ID]),
)
@extend_schema(tags=["evidence"])
class EvidenceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Evidence items: what exists, for which period, until when it holds."""

    serializer_class = EvidenceOut
    has_past = True
    verbs = {
        "list": "core.view_evidence",
        "retrieve": "core.view_evidence",
        "create": "core.submit_evidence",
        "download": "core.view_evidence",
    }

    def get_queryset(self) -> Any:
        found = reads.visible_evidence(self.actor).select_related("blob", "submitted_by", "reviewed_by")
        query = self.request.query_params
        if query.get("state"):
            found = found.filter(state=query["state"])
        found = reads.search(found, query.get("q", ""))
        return reads.in_view(found, query.get("view", ""), today=local_today(self.now)).order_by("-pk")

    @extend_schema(
        operation_id="evidence_create",
        request={"multipart/form-data": EvidenceIn, "application/json": EvidenceIn},
        responses={201: EvidenceOut},
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hand in a file (multipart) or a link for review."""
        item = evidence.submit_evidence(actor=self.actor, now=self.now, **self.clean(EvidenceIn))
        return Response(EvidenceOut(item).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="evidence_download",
        parameters=[ID],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def download(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """The file as it was submitted; its hash is checked on the way out."""
        return blobs.serve(evidence.open_file(actor=self.actor, evidence=self.get_object()))
