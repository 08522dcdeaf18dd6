"""Impact assessments in the API. They are decided on by people."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.rest.filters import number
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from inventory.models import AISystem
from risk import queries, screening
from risk.api.assessment_bodies import (
    AnswersIn,
    AssessmentIn,
    AssessmentLine,
    AssessmentOut,
    FinishIn,
    ScoreOut,
)
from risk.api.impact_forms import FormActions
from risk.enums import AssessmentState
from risk.models import ImpactAssessment
from risk.services import assessments


@extend_schema_view(
    list=extend_schema(
        operation_id="impact_assessments_list",
        responses=AssessmentLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[key for key, _ in queries.ASSESSMENT_VIEWS if key]),
            OpenApiParameter("state", str, enum=AssessmentState.values),
            OpenApiParameter("system", int),
        ],
    ),
    retrieve=extend_schema(
        operation_id="impact_assessments_retrieve", parameters=[ID], responses=AssessmentOut
    ),
)
@extend_schema(tags=["impact-assessments"])
class AssessmentViewSet(FormActions, mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Impact assessments: the screening, the form that may follow, and the decision."""

    serializer_class = AssessmentLine
    has_past = True
    verbs = {
        "list": "risk.view_assessments",
        "retrieve": "risk.view_assessments",
        "create": "risk.start_assessment",
        "answers": "risk.answer_assessment",
        "score": "risk.view_assessments",
        "finish": "risk.finish_screening",
        **FormActions.form_verbs,
    }

    def get_serializer_class(self) -> Any:
        return AssessmentOut if self.action == "retrieve" else AssessmentLine

    def get_queryset(self) -> Any:
        if self.action != "list":
            return ImpactAssessment.objects.select_related("system__owner", "organization")
        query = self.request.query_params
        found = ImpactAssessment.objects.order_by("-id")
        if query.get("view"):
            found = found.filter(queries.assessment_filter(query["view"], today=local_today(self.now)))
        if query.get("state"):
            found = found.filter(state=query["state"])
        if system := number(query, "system"):
            found = found.filter(system_id=system)
        return found

    @extend_schema(
        operation_id="impact_assessments_create", request=AssessmentIn, responses={201: AssessmentOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Start the screening of a system."""
        pk = self.clean(AssessmentIn)["system_id"]
        system: AISystem = get_object_or_404(AISystem.objects.select_related("owner"), pk=pk)
        made = assessments.start_assessment(actor=self.actor, system=system, now=self.now)
        return Response(AssessmentOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="impact_assessments_answers",
        parameters=[ID],
        request=AnswersIn,
        responses=AssessmentOut,
    )
    @action(detail=True, methods=["post"])
    def answers(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep one answer or several; an empty value takes an answer back."""
        given = self.clean(AnswersIn)
        assessment = self.get_object()
        assessments.save_answers(actor=self.actor, assessment=assessment, now=self.now, **given)
        return Response(AssessmentOut(assessment).data)

    @extend_schema(operation_id="impact_assessments_score", parameters=[ID], responses=ScoreOut)
    @action(detail=True, methods=["get"])
    def score(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The score of the answers so far, with its reasons and the questions."""
        answers = self.get_object().answers
        return Response(ScoreOut(screening.evaluate(assessments.screening_part(answers))).data)

    @extend_schema(
        operation_id="impact_assessments_finish",
        parameters=[ID],
        request=FinishIn,
        responses=AssessmentOut,
    )
    @action(detail=True, methods=["post"])
    def finish(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Close the answers; a second person decides on the result. Not by key."""
        assessment = self.get_object()
        reason = self.clean(FinishIn)["reason"]
        assessments.finish_screening(actor=self.actor, assessment=assessment, reason=reason, now=self.now)
        return Response(AssessmentOut(assessment).data)
