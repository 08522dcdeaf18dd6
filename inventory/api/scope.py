from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.copies import copy_line
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.pdf import PdfUnavailable
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from aims.core.tenancy.context import current_organization
from inventory.exports import scope as exports
from inventory.models import ScopeStatement
from inventory.queries import scope as queries
from inventory.rules.context import LONGEST, MOST_ROWS
from inventory.services import scope as services


class SiteRow(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST)
    place = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True)
    activities = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True)


class ExclusionRow(serializers.Serializer):
    what = serializers.CharField(max_length=LONGEST)
    reason = serializers.CharField(max_length=LONGEST)


class ScopeOut(serializers.ModelSerializer):
    sites = SiteRow(many=True)
    exclusions = ExclusionRow(many=True)

    class Meta:
        model = ScopeStatement
        fields = (
            "id",
            "version",
            "statement",
            "boundaries",
            "sites",
            "exclusions",
            "change_note",
            "author_id",
            "created_at",
            "approved_by_id",
            "approved_at",
        )
        read_only_fields = fields


class ScopeIn(serializers.Serializer):
    statement = serializers.CharField(max_length=20_000)
    boundaries = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    sites = serializers.ListField(child=SiteRow(), required=False, max_length=MOST_ROWS)
    exclusions = serializers.ListField(child=ExclusionRow(), required=False, max_length=MOST_ROWS)
    change_note = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True)


FILE_KINDS = ("json", "pdf")


@extend_schema_view(list=extend_schema(operation_id="scope_statements_list"))
@extend_schema(tags=["scope"])
class ScopeViewSet(mixins.ListModelMixin, TenantViewSet):
    """The scope of the AI management system by version; the newest approved one holds."""

    serializer_class = ScopeOut
    has_past = True
    verbs = {
        "list": "inventory.view_scope",
        "create": "inventory.write_scope",
        "approve": "inventory.approve_scope",
        "export": "inventory.view_scope",
    }

    def get_queryset(self) -> Any:
        return queries.readable_statements(self.actor).order_by("-version")

    @extend_schema(operation_id="scope_statements_create", request=ScopeIn, responses={201: ScopeOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write the next version; somebody of top management approves it."""
        scope = services.write_scope_statement(actor=self.actor, now=self.now, **self.clean(ScopeIn))
        return Response(ScopeOut(scope).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="scope_statements_approve", parameters=[ID], request=None, responses=ScopeOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Approve the newest version, and freeze it. Nobody approves what they wrote."""
        scope = services.approve_scope_statement(actor=self.actor, scope=self.get_object(), now=self.now)
        return Response(ScopeOut(scope).data)

    @extend_schema(
        operation_id="scope_statements_export",
        parameters=[ID, OpenApiParameter("kind", str, enum=FILE_KINDS)],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/pdf"): OpenApiTypes.BINARY,
        },
    )
    @action(detail=True, methods=["get"])
    def export(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """One version as a file: the frozen JSON (if nothing is said) or a PDF."""
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        scope = self.get_object()
        frozen = queries.frozen(scope)
        try:
            made = exports.export(
                request.query_params.get("kind") or FILE_KINDS[0],
                scope,
                organization=current_organization().name,
                frozen_text=frozen.text if frozen else "",
                copy_for=copy_line(self.actor, self.now),
            )
        except PdfUnavailable as missing:
            raise RuleBroken(str(missing)) from missing
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return HttpResponse(made.content, content_type=made.media_type, headers=headers)
