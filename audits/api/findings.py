"""Findings in the API, on the same verbs as the pages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from aims.core.models import Member
from aims.core.rest.records import record
from audits.api.register import Register
from audits.enums import FindingState, Grade
from audits.models import Audit, Finding
from audits.services import findings
from controls.models import Control
from inventory.models import AISystem


class FindingOut(serializers.ModelSerializer):
    grade = serializers.ChoiceField(choices=Grade.choices, read_only=True, allow_blank=True)
    state = serializers.ChoiceField(choices=FindingState.choices, read_only=True)

    class Meta:
        model = Finding
        fields = (
            "id",
            "reference",
            "audit_id",
            "title",
            "grade",
            "requirement",
            "evidence_text",
            "statement",
            "system_id",
            "control_id",
            "auditee_id",
            "state",
            "due_date",
            "raised_at",
            "decision",
            "closed_at",
            "row_version",
        )
        read_only_fields = fields


class FindingIn(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    grade = serializers.ChoiceField(choices=Grade.choices, required=False, default="", allow_blank=True)
    requirement = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    evidence_text = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    statement = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    audit_id = serializers.IntegerField(required=False, allow_null=True)
    system_id = serializers.IntegerField(required=False, allow_null=True)
    control_id = serializers.IntegerField(required=False, allow_null=True)
    auditee_id = serializers.IntegerField(required=False, allow_null=True)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=FindingState.values),
            OpenApiParameter("grade", str, enum=Grade.values),
        ]
    )
)
class FindingViewSet(Register):
    """Findings of audits. A key can draft one; raising it is for a person."""

    has_past = True
    verbs = {
        "list": "audits.view_findings",
        "retrieve": "audits.view_findings",
        "create": "audits.draft_finding",
    }
    serializer_class = FindingOut

    def get_queryset(self) -> Any:
        found = Finding.objects.order_by("-id")
        state = self.request.query_params.get("state", "")
        grade = self.request.query_params.get("grade", "")
        if state in FindingState.values:
            found = found.filter(state=state)
        return found.filter(grade=grade) if grade in Grade.values else found

    @extend_schema(request=FindingIn, responses={201: FindingOut})
    def create(self, request: Any, **kwargs: Any) -> Response:
        values = self.clean(FindingIn)
        for name, model in (
            ("audit", Audit),
            ("system", AISystem),
            ("control", Control),
            ("auditee", Member),
        ):
            key = values.pop(f"{name}_id", None)
            values[name] = record(
                model.objects.all(), key, field=f"{name}_id", sentence="There is no such record."
            )
        finding = findings.draft_finding(actor=self.actor, now=self.now, **values)
        return Response(self.get_serializer(finding).data, status=201)
