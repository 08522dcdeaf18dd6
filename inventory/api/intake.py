"""Intakes in the API: the questions, the answers, and what follows for the time being."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core import permissions
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from inventory.intake_questions import intake_parts, intake_questions, version
from inventory.models import AISystem, DiscoveredAI, Intake
from inventory.queries import intake as queries
from inventory.services import intake as services

NOT_HERE = "There is no such record."


class IntakeAnswersIn(serializers.Serializer):
    """Part → the choices taken in it; the parts and choices are those of `intakes/questions`."""

    def get_fields(self) -> dict[str, Any]:
        return {
            part.id: serializers.ListField(
                child=serializers.ChoiceField(choices=[choice.id for choice in part.choices]),
                help_text=part.label,
                max_length=len(part.choices),
            )
            for part in intake_parts()
        }


class IntakeReasonOut(serializers.Serializer):
    about = serializers.ChoiceField(choices=list(queries.HEADINGS))
    answer = serializers.CharField()
    rule = serializers.CharField()
    sentence = serializers.CharField()


class IntakeOut(serializers.ModelSerializer):
    """What three answered questions point to. Provisional: nothing of it is decided."""

    provisional = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Intake
        fields = (
            "id",
            "item_id",
            "system_id",
            "provisional",
            "ai_act_class",
            "needs_legal_review",
            "screening",
            "tier",
            "reasons",
            "answers",
            "catalog_version",
            "answered_at",
        )
        read_only_fields = fields

    def get_provisional(self, intake: Intake) -> bool:
        """Always true: the legal classification decides."""
        return True

    @extend_schema_field(serializers.DictField(child=serializers.ListField(child=serializers.CharField())))
    def get_answers(self, intake: Intake) -> Any:
        return intake.answers

    @extend_schema_field(IntakeReasonOut(many=True))
    def get_reasons(self, intake: Intake) -> Any:
        return IntakeReasonOut(intake.reasons, many=True).data


class IntakeIn(serializers.Serializer):
    """Answers about a discovered item or an AI system; one of the two is named."""

    item_id = serializers.IntegerField(required=False, allow_null=True)
    system_id = serializers.IntegerField(required=False, allow_null=True)
    answers = IntakeAnswersIn()


class IntakeChoiceOut(serializers.Serializer):
    id = serializers.CharField()
    label: Any = serializers.CharField()
    alone = serializers.BooleanField(help_text="Fits no other choice of its part.")


class IntakePartOut(serializers.Serializer):
    id = serializers.CharField()
    label: Any = serializers.CharField()
    several = serializers.BooleanField()
    choices = IntakeChoiceOut(many=True)


class IntakeQuestionOut(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    parts = IntakePartOut(many=True)


class IntakeQuestionsOut(serializers.Serializer):
    version = serializers.CharField()
    questions = IntakeQuestionOut(many=True)


@extend_schema_view(
    list=extend_schema(
        operation_id="intakes_list",
        responses=IntakeOut(many=True),
        parameters=[OpenApiParameter("item", int), OpenApiParameter("system", int)],
    ),
    retrieve=extend_schema(operation_id="intakes_retrieve", parameters=[ID], responses=IntakeOut),
)
@extend_schema(tags=["intakes"])
class IntakeViewSet(TenantViewSet):
    """Three plain questions about a use of AI, and the provisional class that follows."""

    serializer_class = IntakeOut
    has_past = True
    verbs = {
        "list": "inventory.view_discovery",
        "retrieve": "inventory.view_intake",
        "questions": "inventory.view_intake",
        "create": "inventory.answer_intake",
    }

    def get_queryset(self) -> Any:
        return queries.intakes()

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = {name: request.query_params.get(name) for name in ("item", "system")}
        numbers = {name: int(text) for name, text in asked.items() if text}
        page = self.paginate_queryset(queries.intakes(**numbers).order_by("id"))
        return self.get_paginated_response(IntakeOut(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        intake = self.get_object()
        permissions.require(self.actor, "inventory.view_intake", intake)
        return Response(IntakeOut(intake).data)

    @extend_schema(operation_id="intakes_questions", responses=IntakeQuestionsOut)
    @action(detail=False, methods=["get"])
    def questions(self, request: Any, **kwargs: Any) -> Response:
        """What is asked, and which answers are offered."""
        return Response(IntakeQuestionsOut({"version": version(), "questions": intake_questions()}).data)

    @extend_schema(operation_id="intakes_create", request=IntakeIn, responses={201: IntakeOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer the questions about an item or a system; answered anew, the earlier answers stay."""
        values = self.clean(IntakeIn)
        found = {
            "item": record(
                DiscoveredAI.objects.all(), values.get("item_id"), field="item_id", sentence=NOT_HERE
            ),
            "system": record(
                AISystem.objects.all(), values.get("system_id"), field="system_id", sentence=NOT_HERE
            ),
        }
        intake = services.answer_intake(actor=self.actor, answers=values["answers"], now=self.now, **found)
        return Response(IntakeOut(intake).data, status=status.HTTP_201_CREATED)
