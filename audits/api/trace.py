"""The trace of an AI system in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from audits.queries.trace import trace_of
from inventory.models import AISystem

#: How the picture's tone is said of a record.
STATES = {"ok": "ok", "bad": "needs_attention", "gap": "missing"}


class TracedOut(serializers.Serializer):
    """`reference` names the record in the links; of what is missing it stands for nothing else."""

    reference = serializers.CharField(source="key")
    name = serializers.CharField(source="label")
    state = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=sorted(STATES.values())))
    def get_state(self, node: Any) -> str:
        return STATES[node.tone]


class TraceColumnOut(serializers.Serializer):
    heading = serializers.CharField()
    records = TracedOut(source="nodes", many=True)


class TraceGapOut(serializers.Serializer):
    title = serializers.CharField(source="label")
    references = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_references(self, gap: Any) -> list[str]:
        return [record.reference for record in gap.records]


class TraceOut(serializers.Serializer):
    """From the system over risks and controls to evidence and findings; a link is a pair of references."""

    columns = TraceColumnOut(many=True)
    links = serializers.ListField(source="edges", child=serializers.ListField(child=serializers.CharField()))
    gaps = TraceGapOut(many=True)
    is_whole = serializers.BooleanField(
        help_text="Whether all controls and evidence may be read; what is missing is told only then"
    )


@extend_schema(tags=["systems"])
class TraceViewSet(TenantViewSet):
    """What is linked to an AI system, and what is missing."""

    serializer_class = TraceOut
    has_past = True
    verbs = {"trace": "risk.view_risks"}

    def get_queryset(self) -> Any:
        return AISystem.objects.all()

    @extend_schema(operation_id="systems_trace", parameters=[ID], responses=TraceOut)
    @action(detail=True, methods=["get"])
    def trace(self, request: Any, **kwargs: Any) -> Response:
        """What the scopes of the key cover: controls, evidence and findings need one of their own."""
        found = trace_of(self.actor, self.get_object(), on=local_today(self.now))
        return Response(TraceOut(found).data)
