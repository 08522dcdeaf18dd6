"""Alerts and re-evaluations in the API. Keys read them; steps are taken by people."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.filters import number
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.api.metrics import VIEW, Word
from inventory.enums import AlertKind, AlertSeverity, AlertState, ReEvaluationAnswer
from inventory.models import Alert, ReEvaluationProposal
from inventory.queries import alerts as queries
from inventory.re_evaluation import answer_re_evaluation
from inventory.services import alerts as services

ACTIONS = tuple(services.VERBS)


class AlertLine(serializers.Serializer):
    """One line of the register."""

    id = serializers.IntegerField()
    reference = Word()
    kind = serializers.ChoiceField(choices=AlertKind.choices)
    metric_id = serializers.IntegerField()
    system_id = serializers.IntegerField()
    group = Word()
    severity = serializers.ChoiceField(choices=AlertSeverity.choices)
    state = serializers.ChoiceField(choices=AlertState.choices)
    happened_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    breach_count = serializers.IntegerField()
    recurrences = serializers.IntegerField()
    row_version = serializers.IntegerField()


class ReEvaluationOut(serializers.ModelSerializer):
    answer = serializers.ChoiceField(choices=ReEvaluationAnswer.choices)

    class Meta:
        model = ReEvaluationProposal
        fields = (
            "id",
            "alert_id",
            "system_id",
            "proposed_at",
            "answer",
            "reason",
            "decided_by_id",
            "decided_at",
        )
        read_only_fields = fields


class AlertOut(serializers.ModelSerializer):
    """The whole record."""

    state = serializers.ChoiceField(choices=AlertState.choices)
    system_id = serializers.IntegerField(source="metric.system_id")
    re_evaluations = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = (
            "id",
            "reference",
            "kind",
            "metric_id",
            "system_id",
            "group",
            "severity",
            "state",
            "state_since",
            "happened_at",
            "reading_id",
            "breach_count",
            "recurrences",
            "opened_at",
            "due_at",
            "acknowledged_by_id",
            "acknowledged_at",
            "escalated_at",
            "action",
            "action_due_date",
            "incident",
            "dismissal_agreed_by_id",
            "finished_at",
            "finding",
            "row_version",
            "re_evaluations",
        )
        read_only_fields = fields

    @extend_schema_field(ReEvaluationOut(many=True))
    def get_re_evaluations(self, alert: Alert) -> Any:
        return ReEvaluationOut(queries.proposals_of(alert), many=True).data


class AlertStepIn(serializers.Serializer):
    """`measure` with `due_date`, or `incident`, for act; `reason` for dismiss and resolve."""

    action = serializers.ChoiceField(choices=ACTIONS)
    reason = Word(required=False, allow_blank=True, max_length=2000)
    measure = Word(required=False, allow_blank=True, max_length=2000)
    due_date = serializers.DateField(required=False, allow_null=True)
    incident = Word(required=False, allow_blank=True, max_length=200)


class ConsentIn(serializers.Serializer):
    reason = Word(max_length=2000)


class ReEvaluationIn(serializers.Serializer):
    answer = serializers.ChoiceField(choices=[ReEvaluationAnswer.ACCEPTED, ReEvaluationAnswer.DECLINED])
    reason = Word(max_length=2000)


@extend_schema_view(
    list=extend_schema(
        operation_id="alerts_list",
        responses=AlertLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in reference, metric, system or group"),
            OpenApiParameter("state", str, enum=AlertState.values),
            OpenApiParameter("severity", str, enum=AlertSeverity.values),
            OpenApiParameter("kind", str, enum=AlertKind.values),
            OpenApiParameter("metric", int),
            OpenApiParameter("system", int),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
        ],
    ),
    retrieve=extend_schema(operation_id="alerts_retrieve", parameters=[ID], responses=AlertOut),
)
@extend_schema(tags=["alerts"])
class AlertViewSet(TenantViewSet):
    """Alerts on metrics, and the steps of their life cycle."""

    serializer_class = AlertOut
    has_past = True
    verbs = {
        "list": VIEW,
        "retrieve": VIEW,
        "step": "inventory.move_alert",
        "agree_dismissal": "inventory.agree_dismissal",
    }

    def get_queryset(self) -> Any:
        return queries.with_parts()

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        texts = {key: asked.get(key, "") for key in ("view", "q", "state", "severity", "kind")}
        filters = queries.AlertFilters(
            **texts, metric=number(asked, "metric"), system=number(asked, "system")
        )
        found = queries.rows(queries.alerts(filters, now=self.now))
        page = self.paginate_queryset(
            in_order(found, asked.get("sort", ""), sorts=queries.SORTS, default="id")
        )
        return self.get_paginated_response(AlertLine(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(AlertOut(self.get_object()).data)

    @extend_schema(request=AlertStepIn, parameters=[ID], responses=AlertOut)
    @action(detail=True, methods=["post"])
    def step(self, request: Any, **kwargs: Any) -> Response:
        """Acknowledge it, say what is done, dismiss or resolve it."""
        alert = services.move_alert(
            actor=self.actor, alert=self.get_object(), now=self.now, **self.clean(AlertStepIn)
        )
        return Response(AlertOut(alert).data)

    @extend_schema(request=ConsentIn, parameters=[ID], responses=AlertOut)
    @action(detail=True, methods=["post"], url_path="agree-dismissal")
    def agree_dismissal(self, request: Any, **kwargs: Any) -> Response:
        """The compliance lead agrees that a critical alert is a false alarm."""
        alert = services.agree_dismissal(
            actor=self.actor, alert=self.get_object(), now=self.now, **self.clean(ConsentIn)
        )
        return Response(AlertOut(alert).data)


@extend_schema_view(
    list=extend_schema(
        operation_id="re_evaluations_list",
        parameters=[
            OpenApiParameter("answer", str, enum=ReEvaluationAnswer.values),
            OpenApiParameter("system", int),
        ],
    ),
    retrieve=extend_schema(operation_id="re_evaluations_retrieve", parameters=[ID]),
)
@extend_schema(tags=["alerts"])
class ReEvaluationViewSet(TenantViewSet):
    """Proposals to evaluate a system again, with their answers."""

    serializer_class = ReEvaluationOut
    has_past = True
    verbs = {"list": VIEW, "retrieve": VIEW, "answer": "inventory.answer_re_evaluation"}

    def get_queryset(self) -> Any:
        return queries.proposals().select_related("alert__metric__system", "system")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        answer = asked.get("answer", "")
        if answer not in ("", *ReEvaluationAnswer.values):
            raise exceptions.ValidationError({"answer": ["Choose one of the answers."]})
        found = queries.proposals(answer=answer, system=number(asked, "system")).order_by("id")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(ReEvaluationOut(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(ReEvaluationOut(self.get_object()).data)

    @extend_schema(request=ReEvaluationIn, parameters=[ID], responses=ReEvaluationOut)
    @action(detail=True, methods=["post"])
    def answer(self, request: Any, **kwargs: Any) -> Response:
        """Yes or no, with a reason."""
        proposal = answer_re_evaluation(
            actor=self.actor, proposal=self.get_object(), now=self.now, **self.clean(ReEvaluationIn)
        )
        return Response(ReEvaluationOut(proposal).data)
