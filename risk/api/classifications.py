"""Legal classifications in the API. They are decided on by people."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from inventory.models import AISystem
from risk import queries
from risk.enums import ClassificationState, ProhibitedResult
from risk.models import LegalClassification
from risk.services import classification as verbs


class ClassificationOut(serializers.Serializer):
    id = serializers.IntegerField()
    system_id = serializers.IntegerField()
    system_version = serializers.CharField()
    state = serializers.ChoiceField(choices=ClassificationState.choices)
    result = serializers.CharField(help_text="prohibited, not_prohibited, unclear, or empty while open")
    answers = serializers.DictField(child=serializers.CharField())
    rule_set = serializers.CharField()
    legal_review = serializers.CharField()
    comment = serializers.CharField()
    approved_by_id = serializers.IntegerField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    row_version = serializers.IntegerField()


class ClassificationIn(serializers.Serializer):
    """All answers by the id of their question; `row_version` is the one that was read, 1 for the first."""

    system_id = serializers.IntegerField()
    row_version = serializers.IntegerField(min_value=1)
    answers = serializers.DictField(child=serializers.CharField(max_length=20))
    submit = serializers.BooleanField(required=False)


class ApproveClassificationIn(serializers.Serializer):
    legal_review = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class ReturnClassificationIn(serializers.Serializer):
    comment = serializers.CharField(max_length=2000)


@extend_schema_view(
    list=extend_schema(
        operation_id="classifications_list",
        responses=ClassificationOut(many=True),
        parameters=[
            OpenApiParameter("state", str, enum=ClassificationState.values),
            OpenApiParameter("result", str, enum=ProhibitedResult.values),
        ],
    ),
    retrieve=extend_schema(
        operation_id="classifications_retrieve", parameters=[ID], responses=ClassificationOut
    ),
)
@extend_schema(tags=["classifications"])
class ClassificationViewSet(TenantViewSet):
    """Whether the use of each system is a prohibited practice, answered and decided on."""

    serializer_class = ClassificationOut
    has_past = True
    verbs = {
        "list": "risk.view_classification",
        "retrieve": "risk.view_classification",
        "create": "risk.answer_classification",
        "approve": "risk.decide_classification",
        "return_": "risk.decide_classification",
    }

    def get_queryset(self) -> Any:
        return LegalClassification.objects.select_related("system__owner", "system__risk_owner", "author")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        texts = {key: request.query_params.get(key, "") for key in ("state", "result")}
        page = self.paginate_queryset(queries.classifications(**texts))
        return self.get_paginated_response(ClassificationOut(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(ClassificationOut(self.get_object()).data)

    @extend_schema(
        operation_id="classifications_answer", request=ClassificationIn, responses=ClassificationOut
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write the answers for a system, as a draft or handed on for a decision."""
        values = self.clean(ClassificationIn)
        systems = AISystem.objects.select_related("owner")
        sentence = "There is no such AI system."
        system = record(systems, values.pop("system_id"), field="system_id", sentence=sentence)
        found = verbs.answer_classification(actor=self.actor, system=system, now=self.now, **values)
        return Response(ClassificationOut(found).data)

    @extend_schema(parameters=[ID], request=ApproveClassificationIn, responses=ClassificationOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Any, **kwargs: Any) -> Response:
        values = self.clean(ApproveClassificationIn)
        return self._decided(verbs.approve_classification, **values)

    @extend_schema(parameters=[ID], request=ReturnClassificationIn, responses=ClassificationOut)
    @action(detail=True, methods=["post"], url_path="return")
    def return_(self, request: Any, **kwargs: Any) -> Response:
        return self._decided(verbs.return_classification, **self.clean(ReturnClassificationIn))

    def _decided(self, verb: Any, **values: Any) -> Response:
        found = self.get_object()
        verb(actor=self.actor, classification=found, now=self.now, **values)
        return Response(ClassificationOut(found).data)
