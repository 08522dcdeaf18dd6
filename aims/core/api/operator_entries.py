"""Operators' entries in the API: who, when, why and what was read; an administrator ends one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.models import OperatorEntry
from aims.core.queries.operator_entries import reads_of
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from aims.core.services.operator_entries import end_entry_of_operator


class OperatorEntryOut(serializers.ModelSerializer):
    operator = serializers.CharField(source="operator_name", read_only=True)
    runs = serializers.SerializerMethodField()
    ended_by = serializers.CharField(source="ended_by.name", default="", read_only=True)

    class Meta:
        model = OperatorEntry
        fields = (
            "id",
            "operator",
            "reason",
            "ticket",
            "opens_files",
            "begins_at",
            "ends_at",
            "runs",
            "ended_at",
            "ended_how",
            "ended_by",
        )
        read_only_fields = fields

    def get_runs(self, entry: OperatorEntry) -> bool:
        return entry.runs(at=self.context["view"].now)


class EntryReadOut(serializers.Serializer):
    at = serializers.DateTimeField()
    what = serializers.CharField()
    seq = serializers.IntegerField(allow_null=True, help_text="The line of the trail")


@extend_schema_view(
    list=extend_schema(operation_id="operator_entries_list"),
    retrieve=extend_schema(operation_id="operator_entries_retrieve", parameters=[ID]),
)
@extend_schema(tags=["people"])
class OperatorEntryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Entries of operators of the installation into this organization: read-only, for a few hours."""

    serializer_class = OperatorEntryOut
    verbs = {
        "list": "core.view_operator_entries",
        "retrieve": "core.view_operator_entries",
        "reads": "core.view_operator_entries",
        "end": "core.end_operator_entry",
    }

    def get_queryset(self) -> Any:
        return OperatorEntry.objects.select_related("ended_by").order_by("-pk")

    @extend_schema(
        operation_id="operator_entries_reads",
        parameters=[ID],
        responses={200: EntryReadOut(many=True)},
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def reads(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Every page and answer that was read, the newest first."""
        return Response(EntryReadOut(reads_of(self.get_object()), many=True).data)

    @extend_schema(
        operation_id="operator_entries_end", parameters=[ID], request=None, responses={200: OperatorEntryOut}
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The operator's next request finds nothing."""
        entry = self.get_object()
        end_entry_of_operator(actor=self.actor, entry=entry, now=self.now)
        return Response(self.get_serializer(entry).data)
