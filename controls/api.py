"""Controls, clauses and the Statement of Applicability by API, on the same verbs as the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from controls import library, queries, rules, services, soa, statement
from controls.competence_api import CompetenceViewSet
from controls.enums import ImplementationState, ReasonKind, SoAState
from controls.models import Control, SoAEntry, StatementOfApplicability

ACTIONS = ("plan", "start", "complete", "verify", "degrade", "repair")


def register(router: SimpleRouter) -> None:
    router.register("controls", ControlViewSet, basename="api-controls")
    router.register("clauses", ClauseViewSet, basename="api-clauses")
    router.register("competence", CompetenceViewSet, basename="api-competence")
    router.register("soa", StatementViewSet, basename="api-soa")


class ControlOut(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=ImplementationState.choices, read_only=True)
    owner = serializers.CharField(source="owner.name", default="", read_only=True)

    class Meta:
        model = Control
        fields = (
            "id",
            "reference",
            "title",
            "origin",
            "description",
            "owner",
            "owner_id",
            "state",
            "how_implemented",
            "applies_to",
            "target_date",
            "last_review_date",
            "next_review_date",
            "test_record",
            "row_version",
        )
        read_only_fields = fields


class LinkedEvidenceOut(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    reference = serializers.CharField()
    state = serializers.CharField()
    light = serializers.CharField(help_text="current, expiring, expired or waiting")
    valid_until = serializers.DateField(allow_null=True)


class ControlDetailOut(ControlOut):
    evidence = LinkedEvidenceOut(many=True, read_only=True, source="linked_evidence")
    risks = serializers.ListField(child=serializers.CharField(), read_only=True, source="treated_risks")

    class Meta:
        model = Control
        fields = (*ControlOut.Meta.fields, "evidence", "risks")
        read_only_fields = fields


class OwnControlIn(serializers.Serializer):
    reference = serializers.CharField(max_length=20)
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    applies_to = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    owner_id = serializers.IntegerField(required=False, allow_null=True, default=None)


class ControlIn(serializers.Serializer):
    row_version = serializers.IntegerField(help_text="The version that was read; another one answers 409")
    title = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    how_implemented = serializers.CharField(required=False, allow_blank=True)
    applies_to = serializers.CharField(required=False, allow_blank=True, max_length=200)
    target_date = serializers.DateField(required=False, allow_null=True)
    next_review_date = serializers.DateField(required=False, allow_null=True)
    licensed_text = serializers.CharField(required=False, allow_blank=True)
    owner_id = serializers.IntegerField(required=False, allow_null=True)


class ControlActionIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=ACTIONS)
    test_record = serializers.CharField(required=False, allow_blank=True, help_text="For verify")
    cause = serializers.ChoiceField(
        choices=("evidence_expired", "test_failed", "finding_raised"), required=False, help_text="For degrade"
    )
    reason = serializers.CharField(required=False, allow_blank=True, help_text="For degrade")


class EvidenceLinkIn(serializers.Serializer):
    evidence_id = serializers.IntegerField()


def _member(pk: int | None) -> Member | None:
    sentence = "There is no such member."
    found: Member | None = record(Member.objects.active(), pk, field="owner_id", sentence=sentence)
    return found


@extend_schema_view(
    list=extend_schema(
        operation_id="controls_list",
        parameters=[
            OpenApiParameter("state", str, enum=ImplementationState.values),
            OpenApiParameter("q", str, description="Words in reference or title"),
        ],
    )
)
@extend_schema(tags=["controls"])
class ControlViewSet(mixins.ListModelMixin, TenantViewSet):
    """The controls of Annex A and the organization's own, and how far they are implemented."""

    serializer_class = ControlOut
    has_past = True
    verbs = {
        "list": "controls.view_controls",
        "retrieve": "controls.view_controls",
        "create": "controls.add_control",
        "partial_update": "controls.edit_control",
        "act": "controls.act",
        "link_evidence": "controls.link_evidence",
    }

    def get_queryset(self) -> Any:
        query = self.request.query_params
        found: Any = Control.objects.select_related("owner").order_by("position", "id")
        if query.get("state"):
            found = found.filter(state=query["state"])
        if query.get("q"):
            found = queries.named(found, query["q"])
        return found

    def _answer(self, control: Control, code: int = status.HTTP_200_OK) -> Response:
        on = local_today(self.now)
        shown: Any = control
        shown.linked_evidence = queries.evidence_of_controls(on=on, control_ids=[control.pk]).get(
            control.pk, ()
        )
        risks = queries.risks_of_controls([control.pk]).get(control.pk, ())
        shown.treated_risks = [risk.reference for risk in risks]
        return Response(ControlDetailOut(shown).data, status=code)

    @extend_schema(operation_id="controls_retrieve", parameters=[ID], responses=ControlDetailOut)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @extend_schema(operation_id="controls_create", request=OwnControlIn, responses={201: ControlDetailOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Add a control of the organization's own."""
        given = self.clean(OwnControlIn)
        owner = _member(given.pop("owner_id"))
        control = services.add_control(actor=self.actor, owner=owner, now=self.now, **given)
        return self._answer(control, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="controls_update", parameters=[ID], request=ControlIn, responses=ControlDetailOut
    )
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change what is said of a control; its state moves by actions."""
        changes = self.clean(ControlIn)
        row_version = changes.pop("row_version")
        if "owner_id" in changes:
            changes["owner"] = _member(changes.pop("owner_id"))
        control = services.edit_control(
            actor=self.actor,
            control=self.get_object(),
            changes=changes,
            row_version=row_version,
            now=self.now,
        )
        return self._answer(control)

    @extend_schema(
        operation_id="controls_act", parameters=[ID], request=ControlActionIn, responses=ControlDetailOut
    )
    @action(detail=True, methods=["post"], url_path="actions")
    def act(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take one step of the control's life cycle."""
        given = self.clean(ControlActionIn)
        name = given["action"]
        words = {"verify": ("test_record",), "degrade": ("cause", "reason")}.get(name, ())
        said = {word: given.get(word, "") for word in words}
        control = self.get_object()
        services.VERBS[name](actor=self.actor, control=control, now=self.now, **said)
        return self._answer(control)

    @extend_schema(
        operation_id="controls_link_evidence",
        parameters=[ID],
        request=EvidenceLinkIn,
        responses=ControlDetailOut,
    )
    @action(detail=True, methods=["post"], url_path="evidence")
    def link_evidence(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that an evidence item shows this control to work."""
        control = self.get_object()
        evidence = get_object_or_404(
            visible_evidence(self.actor), pk=self.clean(EvidenceLinkIn)["evidence_id"]
        )
        services.link_evidence(actor=self.actor, control=control, evidence=evidence, now=self.now)
        return self._answer(control)


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
