"""Concerns in the API: for persons only, no key reads or raises one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.models import Member
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from inventory.enums import ConcernOutcome, ConcernState
from inventory.queries import concerns as queries
from inventory.services import concerns as services

Word = serializers.CharField


def text() -> Any:
    return Word(required=False, allow_blank=True, max_length=services.LONGEST)


class ConcernLine(serializers.Serializer):
    """One line of what one handles or raised."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=ConcernState.choices)
    received_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    feedback_at = serializers.DateTimeField(allow_null=True)


class ConcernMessageOut(serializers.Serializer):
    at = serializers.DateTimeField()
    is_from_reporter = serializers.BooleanField()
    text = serializers.CharField()


class ConcernOut(ConcernLine):
    """For its handlers and whoever raised it with their name."""

    report = serializers.CharField()
    outcome = serializers.ChoiceField(choices=ConcernOutcome.choices, allow_blank=True)
    messages = ConcernMessageOut(many=True, source="messages.all")


class ConcernReceipt(serializers.Serializer):
    """`code` is empty unless it was raised without a name; it is answered once."""

    reference = serializers.CharField()
    code = serializers.CharField()


class ConcernIn(serializers.Serializer):
    text = Word(max_length=services.LONGEST)
    is_anonymous = serializers.BooleanField(required=False)
    about_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=100)


class ConcernStepIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=sorted(services.VERBS))
    late_reason = text()
    has_no_conflict = serializers.BooleanField(required=False)
    outcome = serializers.ChoiceField(choices=ConcernOutcome.choices, required=False)
    conclusion = text()
    measures = text()
    feedback = text()
    handover = text()


class ConcernMessageIn(serializers.Serializer):
    text = Word(max_length=services.LONGEST)


DETAIL: dict[str, Any] = {"parameters": [ID], "responses": ConcernOut}


@extend_schema_view(
    list=extend_schema(operation_id="concerns_list", responses=ConcernLine(many=True)),
    retrieve=extend_schema(operation_id="concerns_retrieve", parameters=[ID], responses=ConcernOut),
)
@extend_schema(tags=["concerns"])
class ConcernViewSet(TenantViewSet):
    """Concerns: one sees those one handles and those one raised, and learns of no other."""

    serializer_class = ConcernOut
    verbs = {
        "list": "inventory.view_concerns",
        "retrieve": "inventory.view_concerns",
        "create": "inventory.report_concern",
        "step": "inventory.handle_concern",
        "message": "inventory.view_concerns",
    }

    def get_queryset(self) -> Any:
        return queries.readable(self.actor).order_by("id")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ConcernLine(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(ConcernOut(self.get_object()).data)

    @extend_schema(operation_id="concerns_create", request=ConcernIn, responses={201: ConcernReceipt})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Raise a concern, with or without one's name."""
        values = self.clean(ConcernIn)
        about = [
            record(
                Member.objects.active(), number, field="about_ids", sentence=f"There is no member {number}."
            )
            for number in dict.fromkeys(values.pop("about_ids", []))
        ]
        concern, code = services.report_concern(actor=self.actor, about=about, now=self.now, **values)
        answer = ConcernReceipt({"reference": concern.reference, "code": code})
        return Response(answer.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ConcernStepIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def step(self, request: Any, **kwargs: Any) -> Response:
        """Take a step of the life cycle, as a named handler."""
        concern = services.move_concern(
            actor=self.actor, concern=self.get_object(), now=self.now, **self.clean(ConcernStepIn)
        )
        return Response(ConcernOut(concern).data)

    @extend_schema(request=ConcernMessageIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def message(self, request: Any, **kwargs: Any) -> Response:
        """Write to the other side."""
        concern, written = self.get_object(), self.clean(ConcernMessageIn)["text"]
        handles = queries.handles(self.actor, concern)
        verb = services.write_to_reporter if handles else services.write_as_reporter
        verb(actor=self.actor, concern=concern, text=written, now=self.now)
        return Response(ConcernOut(concern).data)
