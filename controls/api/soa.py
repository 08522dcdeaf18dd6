"""Statements of Applicability in the API. They are approved by people."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from controls import queries, rules, soa, statement
from controls.enums import ReasonKind, SoAState
from controls.models import SoAEntry, StatementOfApplicability


class StatementOut(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=SoAState.choices, read_only=True)
    author = serializers.CharField(source="author.name", read_only=True)
    approved_by = serializers.CharField(source="approved_by.name", default="", read_only=True)
    sha256 = serializers.CharField(source="snapshot.sha256", default="", read_only=True)

    class Meta:
        model = StatementOfApplicability
        fields = (
            "id",
            "version",
            "state",
            "scope",
            "author",
            "created_at",
            "submitted_at",
            "approved_by",
            "approved_at",
            "superseded_at",
            "comment",
            "sha256",
        )
        read_only_fields = fields


class DraftIn(serializers.Serializer):
    scope = serializers.CharField(required=False, allow_blank=True, default="")


class ReasonField(serializers.Serializer):
    kind = serializers.ChoiceField(choices=ReasonKind.choices)
    link = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)
    text = serializers.CharField(required=False, allow_blank=True, default="")


class EntryOut(serializers.Serializer):
    id = serializers.IntegerField(source="entry.pk")
    control = serializers.CharField(source="control.reference")
    title = serializers.CharField(source="control.title")
    included = serializers.BooleanField(source="entry.is_included", allow_null=True)
    reasons = ReasonField(many=True)
    justification = serializers.CharField(source="entry.justification")
    exclusion_link = serializers.CharField(source="entry.exclusion_link")
    proposal = serializers.CharField(help_text="What a person may confirm: the risks this control treats")
    risks = serializers.SerializerMethodField()
    evidence_light = serializers.CharField(source="standing.light")
    implementation_state = serializers.CharField(source="control.state")
    target_date = serializers.DateField(source="control.target_date", allow_null=True)
    row_version = serializers.IntegerField(source="entry.row_version")

    def get_risks(self, row: queries.StatementRow) -> list[str]:
        return [risk.reference for risk in row.risks]


class DecisionIn(serializers.Serializer):
    row_version = serializers.IntegerField(help_text="The version that was read; another one answers 409")
    included = serializers.BooleanField(allow_null=True)
    reasons = ReasonField(many=True, required=False)
    justification = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    exclusion_link = serializers.CharField(required=False, allow_blank=True, max_length=300)
    status = serializers.ChoiceField(
        choices=("not_started", "planned", "in_progress", "implemented"), required=False
    )
    target_date = serializers.DateField(required=False)


@extend_schema_view(
    list=extend_schema(operation_id="soa_list"),
    retrieve=extend_schema(operation_id="soa_retrieve", parameters=[ID]),
)
@extend_schema(tags=["soa"])
class StatementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Versions of the Statement of Applicability. Approving is a person's act, on the page."""

    serializer_class = StatementOut
    has_past = True
    verbs = {
        "list": "controls.view_soa",
        "retrieve": "controls.view_soa",
        "create": "controls.draft_soa",
        "entries": "controls.view_soa",
        "decide": "controls.decide_soa",
        "submit": "controls.submit_soa",
        "export": "controls.export_soa",
    }

    def get_queryset(self) -> Any:
        related = ("author", "submitted_by", "approved_by", "snapshot")
        return StatementOfApplicability.objects.select_related(*related).order_by("-version")

    @extend_schema(operation_id="soa_create", request=DraftIn, responses={201: StatementOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Draft the next version: every control, what the approved version decided taken over."""
        version = soa.draft_soa(actor=self.actor, now=self.now, **self.clean(DraftIn))
        return Response(StatementOut(version).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="soa_entries", parameters=[ID], responses=EntryOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def entries(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """All rows of a version in order."""
        rows = queries.statement_rows(self.get_object(), today=local_today(self.now))
        return Response(EntryOut(rows, many=True).data)

    @extend_schema(
        operation_id="soa_decide",
        parameters=[ID, OpenApiParameter("entry", int, OpenApiParameter.PATH)],
        request=DecisionIn,
        responses=EntryOut,
    )
    @action(detail=True, methods=["post"], url_path=r"entries/(?P<entry>[0-9]+)/decision")
    def decide(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Decide on one control of a draft."""
        version = self.get_object()
        entry = get_object_or_404(
            SoAEntry.objects.select_related("soa"), pk=self.kwargs["entry"], soa=version
        )
        given = self.clean(DecisionIn)
        reasons = given.get("reasons")
        row = soa.decide(
            actor=self.actor,
            entry=entry,
            decision=soa.Decision(
                included=given["included"],
                reasons=None if reasons is None else [rules.Reason(**reason) for reason in reasons],
                justification=given.get("justification"),
                exclusion_link=given.get("exclusion_link"),
                status=given.get("status", ""),
                target_date=given.get("target_date"),
            ),
            row_version=given["row_version"],
            now=self.now,
        )
        return Response(EntryOut(row).data)

    @extend_schema(operation_id="soa_submit", parameters=[ID], request=None, responses=StatementOut)
    @action(detail=True, methods=["post"])
    def submit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send a draft for approval; everything missing is listed in `problems`."""
        version = soa.submit_soa(actor=self.actor, soa=self.get_object(), now=self.now)
        return Response(StatementOut(version).data)

    @extend_schema(
        operation_id="soa_export",
        parameters=[ID],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    @action(detail=True, methods=["get"], url_path="export")
    def export(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The frozen copy byte for byte (its SHA-256 is that of the version), or the draft as it stands."""
        version = self.get_object()
        if version.snapshot is None and version.approved_at is not None:
            raise exceptions.NotFound()
        current = statement.frozen(version)
        if current is None:
            current = statement.content(version, queries.statement_rows(version, today=local_today(self.now)))
        text = statement.json_text(version, current)
        return HttpResponse(text.encode(), content_type="application/json")
