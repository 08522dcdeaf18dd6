"""Audits, findings and the certification by API, on the same verbs as the pages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from audits import auditor_work_api, pack_api, portal_api
from audits.enums import AuditState, FindingState, Grade
from audits.models import Audit, Certificate, Finding
from audits.queries.certification import cycle_lines
from audits.services import findings
from controls.models import Control
from inventory.models import AISystem


def register(router: SimpleRouter) -> None:
    router.register("audits", AuditViewSet, basename="api-audits")
    router.register("findings", FindingViewSet, basename="api-findings")
    router.register("certificates", CertificateViewSet, basename="api-certificates")
    router.register("packs", pack_api.PackViewSet, basename="api-packs")
    portal_api.register(router)
    auditor_work_api.register(router)


class AuditOut(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=AuditState.choices, read_only=True)
    lead = serializers.CharField(source="lead.name", default="", read_only=True)

    class Meta:
        model = Audit
        fields = (
            "id",
            "reference",
            "title",
            "objectives",
            "criteria",
            "scope",
            "start_date",
            "end_date",
            "lead",
            "state",
            "conclusion",
            "effectiveness",
            "issued_at",
        )
        read_only_fields = fields


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


class DateOut(serializers.Serializer):
    name = serializers.CharField()
    day = serializers.DateField()
    rule = serializers.CharField()
    state = serializers.CharField()


class CertificateOut(serializers.ModelSerializer):
    dates = DateOut(many=True, read_only=True)

    class Meta:
        model = Certificate
        fields = (
            "id",
            "body",
            "number",
            "scope_text",
            "state",
            "stage1_date",
            "stage2_date",
            "decision_date",
            "expiry_date",
            "surveillance_dates",
            "dates",
        )
        read_only_fields = fields


@extend_schema_view(retrieve=extend_schema(parameters=[ID]))
class Register(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """List, newest first and 50 at a time, and one record."""


class AuditViewSet(Register):
    """Internal audits."""

    has_past = True
    verbs = {"list": "audits.view_audits", "retrieve": "audits.view_audits"}
    serializer_class = AuditOut

    def get_queryset(self) -> Any:
        return Audit.objects.select_related("lead").order_by("-id")


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


class CertificateViewSet(Register):
    """The certification with the dates of its cycle and the rule behind each."""

    has_past = True
    verbs = {"list": "audits.view_certification", "retrieve": "audits.view_certification"}
    serializer_class = CertificateOut

    def get_queryset(self) -> Any:
        return Certificate.objects.order_by("-id")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        shown = args[0] if args else ()
        for certificate in shown if isinstance(shown, list) else [shown]:
            if isinstance(certificate, Certificate):
                certificate.dates = cycle_lines(certificate, today=local_today(self.now))  # type: ignore[attr-defined]
        return super().get_serializer(*args, **kwargs)
