"""Competence records in the API. Their steps are people's."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from controls import competence_queries as queries
from controls.enums import CompetenceState, CompetenceTopic
from controls.models import CompetenceRecord
from controls.services import competence as services

COMPETENCE_STEPS = list(services.VERBS)


class CompetenceOut(serializers.Serializer):
    id = serializers.IntegerField()
    person_id = serializers.IntegerField()
    topic = serializers.ChoiceField(choices=CompetenceTopic.choices)
    why = serializers.CharField()
    state = serializers.ChoiceField(choices=CompetenceState.choices)
    proof = serializers.CharField()
    evidence_id = serializers.IntegerField(allow_null=True)
    completed_on = serializers.DateField(allow_null=True)
    assessor_id = serializers.IntegerField(allow_null=True)
    check_result = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    row_version = serializers.IntegerField()


class CompetenceIn(serializers.Serializer):
    person_id = serializers.IntegerField()
    topic = serializers.ChoiceField(choices=CompetenceTopic.choices)
    why = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class CompetenceStepIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=COMPETENCE_STEPS)
    proof = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    evidence_id = serializers.IntegerField(required=False, allow_null=True)
    check_result = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    valid_until = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


@extend_schema_view(
    list=extend_schema(
        operation_id="competence_list",
        responses=CompetenceOut(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in the person's name, the proof or what for"),
            OpenApiParameter("topic", str, enum=CompetenceTopic.values),
            OpenApiParameter("state", str, enum=CompetenceState.values),
        ],
    ),
    retrieve=extend_schema(operation_id="competence_retrieve", parameters=[ID], responses=CompetenceOut),
)
@extend_schema(tags=["competence"])
class CompetenceViewSet(TenantViewSet):
    """Who can do what a role with AI asks, by which proof, checked by whom, until when."""

    serializer_class = CompetenceOut
    has_past = True
    verbs = {
        "list": "controls.view_competence",
        "retrieve": "controls.view_competence",
        "create": "controls.require_competence",
        "step": "controls.move_competence",
    }

    def get_queryset(self) -> Any:
        return CompetenceRecord.objects.select_related("person", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        texts = {key: request.query_params.get(key, "") for key in ("view", "q", "topic", "state")}
        page = self.paginate_queryset(queries.records(**texts).order_by("id"))
        return self.get_paginated_response(CompetenceOut(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(CompetenceOut(self.get_object()).data)

    @extend_schema(operation_id="competence_create", request=CompetenceIn, responses={201: CompetenceOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that somebody needs to be able to do something."""
        values = self.clean(CompetenceIn)
        sentence = "There is no such member."
        person = record(
            Member.objects.active(), values.pop("person_id"), field="person_id", sentence=sentence
        )
        made = services.require_competence(actor=self.actor, person=person, now=self.now, **values)
        return Response(CompetenceOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[ID], request=CompetenceStepIn, responses=CompetenceOut)
    @action(detail=True, methods=["post"])
    def step(self, request: Any, **kwargs: Any) -> Response:
        """Take a step. A key hands in proofs only, as training systems do."""
        values = self.clean(CompetenceStepIn)
        number = values.pop("evidence_id", None)
        sentence = "There is no such evidence item."
        evidence = record(visible_evidence(self.actor), number, field="evidence_id", sentence=sentence)
        moved = services.move_competence(
            actor=self.actor, record=self.get_object(), evidence=evidence, now=self.now, **values
        )
        return Response(CompetenceOut(moved).data)
