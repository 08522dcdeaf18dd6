"""Incidents and complaints in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.enums import (
    CheckAnswer,
    ClockUnit,
    IncidentKind,
    IncidentSeverity,
    IncidentState,
    NoticeKind,
    SeriousIncident,
)
from inventory.models import AISystem, Incident, NoticeClause
from inventory.queries import incidents as queries
from inventory.services import clocks
from inventory.services import incidents as services

Word = serializers.CharField


def text(longest: int = 10_000) -> Any:
    return Word(required=False, allow_blank=True, max_length=longest)


class IncidentLine(serializers.Serializer):
    """One line of the register."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    kind = serializers.ChoiceField(choices=IncidentKind.choices)
    title = serializers.CharField()
    severity = serializers.CharField()
    harm_type = serializers.CharField()
    state = serializers.ChoiceField(choices=IncidentState.choices)
    owner_id = serializers.IntegerField(allow_null=True)
    noticed_at = serializers.DateTimeField()
    reported_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True)
    system_count = serializers.IntegerField()
    row_version = serializers.IntegerField()


class InvolvedOut(serializers.Serializer):
    id = serializers.IntegerField()
    system_id = serializers.IntegerField()
    version = serializers.CharField()


class NoticeOut(serializers.Serializer):
    id = serializers.IntegerField(source="notice.id")
    kind = serializers.ChoiceField(choices=NoticeKind.choices, source="notice.kind")
    rule = serializers.CharField(source="notice.rule")
    clause_id = serializers.IntegerField(allow_null=True, source="notice.clause_id")
    title = serializers.CharField(source="notice.title")
    owed_to = serializers.CharField(source="notice.owed_to")
    source = serializers.CharField(source="notice.source")  # type: ignore[assignment]  # a field may be called so
    starts_at = serializers.DateTimeField(allow_null=True, source="notice.starts_at")
    due_at = serializers.DateTimeField(allow_null=True, source="notice.due_at")
    sent_at = serializers.DateTimeField(allow_null=True, source="notice.sent_at")
    proof = serializers.CharField(source="notice.proof")
    evidence_id = serializers.IntegerField(allow_null=True, source="notice.evidence_id")
    waived_reason = serializers.CharField(source="notice.waived_reason")
    standing = serializers.CharField(help_text="running, overdue, met, late, waived, open or sent")


class TimelineOut(serializers.Serializer):
    at = serializers.DateTimeField()
    action = serializers.CharField()
    text = serializers.CharField()
    member_id = serializers.IntegerField(allow_null=True)


class IncidentOut(serializers.ModelSerializer):
    """The whole record."""

    state = serializers.ChoiceField(choices=IncidentState.choices)
    systems = serializers.SerializerMethodField()
    notices = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    evidence_ids = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields = (
            "id",
            "reference",
            *services.EDITABLE[:-1],
            "owner_id",
            "answer",
            "answered_at",
            "source",
            "reporter_id",
            "reported_at",
            "state",
            "state_since",
            "resolved_by_id",
            "resolved_at",
            "closed_at",
            "row_version",
            "systems",
            "notices",
            "timeline",
            "evidence_ids",
        )
        read_only_fields = fields

    @property
    def detail(self) -> queries.IncidentDetail:
        found: queries.IncidentDetail = self.context["detail"]
        return found

    @extend_schema_field(InvolvedOut(many=True))
    def get_systems(self, incident: Incident) -> Any:
        return InvolvedOut(self.detail.systems, many=True).data

    @extend_schema_field(NoticeOut(many=True))
    def get_notices(self, incident: Incident) -> Any:
        return NoticeOut(self.detail.notices, many=True).data

    @extend_schema_field(TimelineOut(many=True))
    def get_timeline(self, incident: Incident) -> Any:
        return TimelineOut(self.detail.entries, many=True).data

    def get_evidence_ids(self, incident: Incident) -> list[int]:
        return [link.evidence_id for link in self.detail.evidence]


class ReportFields(serializers.Serializer):
    kind = serializers.ChoiceField(choices=IncidentKind.choices, required=False)
    happened_at = serializers.DateTimeField(required=False, allow_null=True)
    place = text(200)
    affected_people = text()
    affected_count = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2_147_483_647
    )


class IncidentIn(ReportFields):
    title = Word(max_length=200)
    description = Word(max_length=10_000)
    noticed_at = serializers.DateTimeField(help_text="Legal clocks run from this moment.")
    system_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=100)


class IncidentChange(ReportFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    row_version = serializers.IntegerField(min_value=1)
    title = Word(required=False, max_length=200)
    description = Word(required=False, max_length=10_000)
    noticed_at = serializers.DateTimeField(required=False)
    systems_note = text()
    severity = serializers.ChoiceField(choices=IncidentSeverity.choices, required=False, allow_blank=True)
    harm_type = text(60)
    serious = serializers.ChoiceField(choices=SeriousIncident.choices, required=False, allow_blank=True)
    data_breach = serializers.ChoiceField(choices=CheckAnswer.choices, required=False, allow_blank=True)
    contract_duty = serializers.ChoiceField(choices=CheckAnswer.choices, required=False, allow_blank=True)
    containment = text()
    evidence_note = text()
    cause = text()
    fix = text()
    lessons = text()
    needs_correction = serializers.ChoiceField(choices=CheckAnswer.choices, required=False, allow_blank=True)
    correction_reason = text()
    owner_id = serializers.IntegerField(required=False, allow_null=True)


class IncidentStepIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=list(services.VERBS))
    reason = text(2000)


class InvolvedIn(serializers.Serializer):
    system_id = serializers.IntegerField()
    version = text(160)


class InvolvedSystemIn(serializers.Serializer):
    system_id = serializers.IntegerField()


class IncidentEvidenceIn(serializers.Serializer):
    evidence_id = serializers.IntegerField()


class IncidentEntryIn(serializers.Serializer):
    at = serializers.DateTimeField()
    text = Word(max_length=5000)


class ReporterAnswerIn(serializers.Serializer):
    answer = Word(max_length=10_000)


class ContractClockIn(serializers.Serializer):
    clause_id = serializers.IntegerField()


class PlannedNoticeIn(serializers.Serializer):
    title = Word(max_length=200)
    kind = serializers.ChoiceField(choices=["users", "other"], required=False)
    owed_to = text(200)
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class NoticeSentIn(serializers.Serializer):
    notice_id = serializers.IntegerField()
    sent_at = serializers.DateTimeField()
    proof = text(5000)
    evidence_id = serializers.IntegerField(required=False, allow_null=True)


class NoticeWaivedIn(serializers.Serializer):
    notice_id = serializers.IntegerField()
    reason = Word(max_length=2000)


class NoticeClauseOut(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    owed_to = serializers.CharField()
    where = serializers.CharField()
    amount = serializers.IntegerField()
    unit = serializers.ChoiceField(choices=ClockUnit.choices)
    is_active = serializers.BooleanField()


class NoticeClauseIn(serializers.Serializer):
    title = Word(max_length=200)
    owed_to = Word(max_length=200)
    where = Word(max_length=200)
    amount = serializers.IntegerField(min_value=1, max_value=8760)
    unit = serializers.ChoiceField(choices=ClockUnit.choices)


VIEW, KEEP = "inventory.view_incidents", "inventory.keep_incident"
CLAUSES = "inventory.keep_notice_clauses"
NOT_HERE = "There is no such record."
DETAIL: dict[str, Any] = {"parameters": [ID], "responses": IncidentOut}


@extend_schema_view(
    list=extend_schema(
        operation_id="incidents_list",
        responses=IncidentLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in reference, title or description"),
            OpenApiParameter("kind", str, enum=IncidentKind.values),
            OpenApiParameter("state", str, enum=IncidentState.values),
            OpenApiParameter("severity", str, enum=IncidentSeverity.values),
            OpenApiParameter("system", int, description="Number of an AI system"),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
        ],
    ),
    retrieve=extend_schema(operation_id="incidents_retrieve", parameters=[ID], responses=IncidentOut),
)
@extend_schema(tags=["incidents"])
class IncidentViewSet(TenantViewSet):
    """Incidents and complaints: reported by anybody, kept and moved by those who answer for them."""

    serializer_class = IncidentOut
    has_past = True
    verbs = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": "inventory.report_incident",
        "partial_update": KEEP,
        "step": "inventory.move_incident",
        "answer": KEEP,
        "link_system": KEEP,
        "unlink_system": KEEP,
        "link_evidence": KEEP,
        "unlink_evidence": KEEP,
        "add_entry": KEEP,
        "start_contract_clock": KEEP,
        "plan_notice": KEEP,
        "notice_sent": KEEP,
        "waive_notice": KEEP,
    }

    def get_queryset(self) -> Any:
        return Incident.objects.select_related("owner", "reporter", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        texts = {key: asked.get(key, "") for key in ("view", "q", "kind", "state", "severity", "system")}
        found = queries.rows(queries.incidents(queries.IncidentFilters(**texts)))
        found = in_order(found, asked.get("sort", ""), sorts=queries.SORTS, default="id")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(IncidentLine(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @extend_schema(operation_id="incidents_create", request=IncidentIn, responses={201: IncidentLine})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Report an incident or complaint. Whoever reports gets the line of the register, not the record."""
        values = self.clean(IncidentIn)
        systems = AISystem.objects.select_related("owner")
        found = [
            self._record(systems, number, "system_ids")
            for number in dict.fromkeys(values.pop("system_ids", []))
        ]
        incident = services.report_incident(actor=self.actor, systems=found, now=self.now, **values)
        line = queries.rows(Incident.objects.filter(pk=incident.pk)).get()
        return Response(IncidentLine(line).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="incidents_update", request=IncidentChange, **DETAIL)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = self.clean(IncidentChange)
        if "owner_id" in values:
            number = values.pop("owner_id")
            sentence = f"There is no member {number}."
            values["owner"] = record(Member.objects.active(), number, field="owner_id", sentence=sentence)
        incident = services.edit_incident(
            actor=self.actor,
            incident=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return self._answer(incident)

    @extend_schema(request=IncidentStepIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def step(self, request: Any, **kwargs: Any) -> Response:
        """Take a step of the life cycle. Persons do; a key reports and keeps."""
        incident = services.move_incident(
            actor=self.actor, incident=self.get_object(), now=self.now, **self.clean(IncidentStepIn)
        )
        return self._answer(incident)

    @extend_schema(request=ReporterAnswerIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def answer(self, request: Any, **kwargs: Any) -> Response:
        """What whoever reported it is told."""
        return self._done(services.answer_complaint, **self.clean(ReporterAnswerIn))

    @extend_schema(request=InvolvedIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="link-system")
    def link_system(self, request: Any, **kwargs: Any) -> Response:
        values = self.clean(InvolvedIn)
        systems = AISystem.objects.select_related("owner")
        system = self._record(systems, values.pop("system_id"), "system_id")
        return self._done(services.link_system, system=system, **values)

    @extend_schema(request=InvolvedSystemIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="unlink-system")
    def unlink_system(self, request: Any, **kwargs: Any) -> Response:
        links = self.get_object().system_links.select_related("incident", "system")
        link = links.filter(system_id=self.clean(InvolvedSystemIn)["system_id"]).first()
        return self._undone(services.unlink_system, link, "system_id")

    @extend_schema(request=IncidentEvidenceIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="link-evidence")
    def link_evidence(self, request: Any, **kwargs: Any) -> Response:
        number = self.clean(IncidentEvidenceIn)["evidence_id"]
        evidence = self._record(visible_evidence(self.actor), number, "evidence_id")
        return self._done(services.link_evidence, evidence=evidence)

    @extend_schema(request=IncidentEvidenceIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="unlink-evidence")
    def unlink_evidence(self, request: Any, **kwargs: Any) -> Response:
        links = self.get_object().evidence_links.select_related("incident", "evidence")
        link = links.filter(evidence_id=self.clean(IncidentEvidenceIn)["evidence_id"]).first()
        return self._undone(services.unlink_evidence, link, "evidence_id")

    @extend_schema(request=IncidentEntryIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="add-entry")
    def add_entry(self, request: Any, **kwargs: Any) -> Response:
        """What was seen or done, for the timeline."""
        return self._done(services.add_entry, **self.clean(IncidentEntryIn))

    @extend_schema(request=ContractClockIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="start-contract-clock")
    def start_contract_clock(self, request: Any, **kwargs: Any) -> Response:
        number = self.clean(ContractClockIn)["clause_id"]
        clause = self._record(NoticeClause.objects.all(), number, "clause_id")
        return self._done(clocks.start_contract_clock, clause=clause)

    @extend_schema(request=PlannedNoticeIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="plan-notice")
    def plan_notice(self, request: Any, **kwargs: Any) -> Response:
        return self._done(clocks.plan_notice, **self.clean(PlannedNoticeIn))

    @extend_schema(request=NoticeSentIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="notice-sent")
    def notice_sent(self, request: Any, **kwargs: Any) -> Response:
        """When a notice went out, and how one sees that."""
        incident, values = self.get_object(), self.clean(NoticeSentIn)
        number = values.pop("evidence_id", None)
        evidence = self._record(visible_evidence(self.actor), number, "evidence_id") if number else None
        notice = self._notice(incident, values.pop("notice_id"))
        clocks.record_sent(
            actor=self.actor, notice=notice, evidence=evidence, now=self.now, **{"proof": "", **values}
        )
        return self._answer(incident)

    @extend_schema(request=NoticeWaivedIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="waive-notice")
    def waive_notice(self, request: Any, **kwargs: Any) -> Response:
        incident, values = self.get_object(), self.clean(NoticeWaivedIn)
        notice = self._notice(incident, values["notice_id"])
        clocks.waive_notice(actor=self.actor, notice=notice, reason=values["reason"], now=self.now)
        return self._answer(incident)

    def _notice(self, incident: Incident, number: int) -> Any:
        return self._record(incident.notices.select_related("incident"), number, "notice_id")

    def _record(self, rows: Any, number: int, field: str) -> Any:
        return record(rows, number, field=field, sentence=NOT_HERE)

    def _done(self, verb: Any, **values: Any) -> Response:
        incident = self.get_object()
        verb(actor=self.actor, incident=incident, now=self.now, **values)
        return self._answer(incident)

    def _undone(self, verb: Any, link: Any, field: str) -> Response:
        if link is None:
            raise exceptions.ValidationError({field: ["This is not linked here."]})
        verb(actor=self.actor, link=link, now=self.now)
        return self._answer(self.get_object())

    def _answer(self, incident: Incident, **options: Any) -> Response:
        detail = queries.detail_of(incident, now=self.now)
        context = {**self.get_serializer_context(), "detail": detail}
        return Response(IncidentOut(incident, context=context).data, **options)


@extend_schema_view(
    list=extend_schema(operation_id="notice_clauses_list", responses=NoticeClauseOut(many=True)),
)
@extend_schema(tags=["incidents"])
class NoticeClauseViewSet(TenantViewSet):
    """Contracts that ask for notices of incidents."""

    serializer_class = NoticeClauseOut
    has_past = True
    verbs = {"list": VIEW, "create": CLAUSES, "end": CLAUSES}

    def get_queryset(self) -> Any:
        return queries.clauses()

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(NoticeClauseOut(page, many=True).data)

    @extend_schema(
        operation_id="notice_clauses_create", request=NoticeClauseIn, responses={201: NoticeClauseOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        clause = clocks.add_clause(actor=self.actor, now=self.now, **self.clean(NoticeClauseIn))
        return Response(NoticeClauseOut(clause).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, parameters=[ID], responses=NoticeClauseOut)
    @action(detail=True, methods=["post"])
    def end(self, request: Any, **kwargs: Any) -> Response:
        """It is not in force any more; clocks that run go on."""
        clause = clocks.end_clause(actor=self.actor, clause=self.get_object(), now=self.now)
        return Response(NoticeClauseOut(clause).data)
