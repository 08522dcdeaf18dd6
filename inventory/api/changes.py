"""Change requests in the API. They are assessed and decided on by people."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.enums import ChangeRequestState, ClauseAnswer
from inventory.models import AISystem, ChangeRequest
from inventory.queries import changes as queries
from inventory.rules.changes import EFFECTS
from inventory.services import changes as services

STEPS = list(services.VERBS)
Word = serializers.CharField


class EffectOut(serializers.Serializer):
    answer = serializers.CharField()
    text = serializers.CharField()


class ChangeOut(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    title = serializers.CharField()
    system_id = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField()
    effects = serializers.DictField(child=EffectOut())
    state = serializers.ChoiceField(choices=ChangeRequestState.choices)
    decided_by_id = serializers.IntegerField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision = serializers.CharField()
    done_on = serializers.DateField(allow_null=True)
    done_text = serializers.CharField()
    evidence_id = serializers.IntegerField(allow_null=True)
    review = serializers.CharField()
    created_at = serializers.DateTimeField()
    row_version = serializers.IntegerField()


class EffectIn(serializers.Serializer):
    on = serializers.ChoiceField(choices=list(EFFECTS.items()))
    answer = serializers.ChoiceField(choices=ClauseAnswer.choices)
    text = Word(required=False, allow_blank=True, max_length=1000)


class ChangeFields(serializers.Serializer):
    system_id = serializers.IntegerField(required=False, allow_null=True)
    purpose = Word(required=False, allow_blank=True, max_length=5000)
    effects = EffectIn(many=True, required=False, help_text="Replaces all of them.")


class ChangeIn(ChangeFields):
    title = Word(max_length=200)


class ChangeChange(ChangeFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    title = Word(required=False, max_length=200)
    row_version = serializers.IntegerField(min_value=1)


class ChangeStepIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=STEPS)
    reason = Word(required=False, allow_blank=True, max_length=2000)
    done_on = serializers.DateField(required=False, allow_null=True)
    done_text = Word(required=False, allow_blank=True, max_length=5000)
    evidence_id = serializers.IntegerField(required=False, allow_null=True)
    review = Word(required=False, allow_blank=True, max_length=5000)


@extend_schema_view(
    list=extend_schema(
        operation_id="changes_list",
        responses=ChangeOut(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in title, reference or purpose"),
            OpenApiParameter("state", str, enum=ChangeRequestState.values),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
        ],
    ),
    retrieve=extend_schema(operation_id="changes_retrieve", parameters=[ID], responses=ChangeOut),
)
@extend_schema(tags=["changes"])
class ChangeViewSet(TenantViewSet):
    """Planned changes with their effects, from draft to the review of what they did."""

    serializer_class = ChangeOut
    has_past = True
    verbs = {
        "list": "inventory.view_changes",
        "retrieve": "inventory.view_changes",
        "create": "inventory.keep_change",
        "partial_update": "inventory.keep_change",
        "step": "inventory.move_change",
    }

    def get_queryset(self) -> Any:
        return ChangeRequest.objects.select_related("system", "author", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        texts = {key: request.query_params.get(key, "") for key in ("view", "q", "state")}
        found = queries.changes(**texts)
        found = in_order(found, request.query_params.get("sort", ""), sorts=queries.SORTS, default="id")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(ChangeOut(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(ChangeOut(self.get_object()).data)

    @extend_schema(operation_id="changes_create", request=ChangeIn, responses={201: ChangeOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        made = services.draft_change(actor=self.actor, now=self.now, **_written(self.clean(ChangeIn)))
        return Response(ChangeOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="changes_update", parameters=[ID], request=ChangeChange, responses=ChangeOut)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of a draft in the version that was read."""
        values = _written(self.clean(ChangeChange))
        changed = services.edit_change(
            actor=self.actor,
            change=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return Response(ChangeOut(changed).data)

    @extend_schema(parameters=[ID], request=ChangeStepIn, responses=ChangeOut)
    @action(detail=True, methods=["post"])
    def step(self, request: Any, **kwargs: Any) -> Response:
        """Take a step. Not by key."""
        values = self.clean(ChangeStepIn)
        number = values.pop("evidence_id", None)
        sentence = "There is no such evidence item."
        evidence = record(visible_evidence(self.actor), number, field="evidence_id", sentence=sentence)
        moved = services.move_change(
            actor=self.actor, change=self.get_object(), evidence=evidence, now=self.now, **values
        )
        return Response(ChangeOut(moved).data)


def _written(values: dict[str, Any]) -> dict[str, Any]:
    if "system_id" in values:
        systems = AISystem.objects.select_related("owner")
        sentence = "There is no such AI system."
        values["system"] = record(systems, values.pop("system_id"), field="system_id", sentence=sentence)
    if "effects" in values:
        values["effects"] = {
            each["on"]: {"answer": each["answer"], "text": each.get("text", "")} for each in values["effects"]
        }
    return values
