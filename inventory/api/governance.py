"""Governance bodies, their meetings and decisions in the API (5.1, 5.3)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from aims.core.tenancy.context import current_actor
from inventory.api.context import text as words
from inventory.api.context import with_owner
from inventory.enums import BodyPart
from inventory.models import BodyDecision, BodyMeeting, BodySeat, GovernanceBody
from inventory.queries import governance as queries
from inventory.services import governance as services

Word = serializers.CharField
VIEW, KEEP = "inventory.view_context", "inventory.keep_context"


class SeatOut(serializers.ModelSerializer):
    class Meta:
        model = BodySeat
        fields = ("id", "person_id", "part", "since", "until")
        read_only_fields = fields


class BodyDecisionOut(serializers.ModelSerializer):
    class Meta:
        model = BodyDecision
        fields = ("id", "meeting_id", "text", "owner_id", "due_date", "done_on", "done_note", "done_by_id")
        read_only_fields = fields


class MeetingOut(serializers.ModelSerializer):
    """A meeting with what it decided."""

    minutes_evidence_id = serializers.IntegerField(source="evidence_id", allow_null=True)
    present_ids = serializers.SerializerMethodField()
    decisions = BodyDecisionOut(many=True)

    class Meta:
        model = BodyMeeting
        fields = (
            "id",
            "body_id",
            "held_on",
            "agenda",
            "guests",
            "minutes_evidence_id",
            "present_ids",
            "decisions",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_present_ids(self, meeting: BodyMeeting) -> list[int]:
        return [each.person_id for each in meeting.presences.all()]


class BodyOut(serializers.ModelSerializer):
    charter_evidence_id = serializers.IntegerField(source="evidence_id", allow_null=True)
    seats = SeatOut(many=True)

    class Meta:
        model = GovernanceBody
        fields = (
            "id",
            "name",
            "charter",
            "charter_evidence_id",
            "ended_on",
            "recorded_at",
            "row_version",
            "seats",
        )
        read_only_fields = fields


class BodyFields(serializers.Serializer):
    charter = words(20_000)
    charter_evidence_id = serializers.IntegerField(required=False, allow_null=True)
    ended_on = serializers.DateField(required=False, allow_null=True)


class BodyIn(BodyFields):
    name = Word(max_length=200)


class BodyChange(BodyFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    name = Word(max_length=200, required=False)
    row_version = serializers.IntegerField(min_value=1)


class SeatIn(serializers.Serializer):
    person_id = serializers.IntegerField()
    part = serializers.ChoiceField(choices=BodyPart.choices, required=False)
    since = serializers.DateField()
    until = serializers.DateField(required=False, allow_null=True)


class EndTermIn(serializers.Serializer):
    seat_id = serializers.IntegerField()
    until = serializers.DateField()


class MeetingIn(serializers.Serializer):
    held_on = serializers.DateField()
    agenda = Word(max_length=20_000)
    present_ids = serializers.ListField(child=serializers.IntegerField(), max_length=200)
    guests = words(500)
    minutes_evidence_id = serializers.IntegerField(required=False, allow_null=True)


class MinutesIn(serializers.Serializer):
    minutes_evidence_id = serializers.IntegerField()


class BodyDecisionIn(serializers.Serializer):
    text = Word(max_length=5000)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)


class DoneIn(serializers.Serializer):
    note = Word(max_length=2000)


BODY: dict[str, Any] = {"parameters": [ID], "responses": BodyOut}
MEETING: dict[str, Any] = {"parameters": [ID], "responses": MeetingOut}


@extend_schema_view(
    list=extend_schema(operation_id="governance_bodies_list"),
    retrieve=extend_schema(operation_id="governance_bodies_retrieve", **BODY),
)
@extend_schema(tags=["context"])
class BodyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Those who steer the AIMS together, by their charter, and who sits there."""

    serializer_class = BodyOut
    has_past = True
    verbs = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": KEEP,
        "partial_update": KEEP,
        "fill_seat": KEEP,
        "end_term": KEEP,
        "record_meeting": KEEP,
    }

    def get_queryset(self) -> Any:
        bodies = GovernanceBody.objects.select_related("organization")
        return bodies.prefetch_related("seats").order_by("name", "id")

    @extend_schema(operation_id="governance_bodies_create", request=BodyIn, responses={201: BodyOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Set up a body; seats and the charter may follow later."""
        body = services.set_up_body(actor=self.actor, now=self.now, **_with_charter(self.clean(BodyIn)))
        return self._answer(body.pk, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="governance_bodies_update", request=BodyChange, **BODY)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = _with_charter(self.clean(BodyChange))
        body = services.edit_body(
            actor=self.actor,
            body=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return self._answer(body.pk)

    @extend_schema(operation_id="governance_bodies_fill_seat", request=SeatIn, **BODY)
    @action(detail=True, methods=["post"], url_path="fill-seat")
    def fill_seat(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Somebody takes part in the body for a time; one seat each, and one chair."""
        values, body = self.clean(SeatIn), self.get_object()
        person = _person(values.pop("person_id"), "person_id")
        services.fill_seat(actor=self.actor, body=body, person=person, now=self.now, **values)
        return self._answer(body.pk)

    @extend_schema(operation_id="governance_bodies_end_term", request=EndTermIn, **BODY)
    @action(detail=True, methods=["post"], url_path="end-term")
    def end_term(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Somebody takes part no longer, from the day after; the seat stays on record."""
        values, body = self.clean(EndTermIn), self.get_object()
        rows = BodySeat.objects.filter(body=body).select_related("body")
        seat = record(rows, values["seat_id"], field="seat_id", sentence="There is no such seat here.")
        services.end_term(actor=self.actor, seat=seat, until=values["until"], now=self.now)
        return self._answer(body.pk)

    @extend_schema(
        operation_id="governance_bodies_record_meeting",
        request=MeetingIn,
        parameters=[ID],
        responses={201: MeetingOut},
    )
    @action(detail=True, methods=["post"], url_path="record-meeting")
    def record_meeting(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A meeting that took place, and who took part; the minutes are an item of evidence."""
        values = self.clean(MeetingIn)
        present = [_person(number, "present_ids") for number in values.pop("present_ids")]
        minutes = _item(values.pop("minutes_evidence_id", None), "minutes_evidence_id")
        meeting = services.record_meeting(
            actor=self.actor,
            body=self.get_object(),
            present=present,
            minutes=minutes,
            now=self.now,
            **values,
        )
        found = queries.meetings().get(pk=meeting.pk)
        return Response(MeetingOut(found).data, status=status.HTTP_201_CREATED)

    def _answer(self, pk: int, **options: Any) -> Response:
        return Response(BodyOut(self.get_queryset().get(pk=pk)).data, **options)


@extend_schema_view(
    list=extend_schema(
        operation_id="governance_meetings_list",
        parameters=[OpenApiParameter("body", int, description="Number of a governance body")],
    ),
    retrieve=extend_schema(operation_id="governance_meetings_retrieve", **MEETING),
)
@extend_schema(tags=["context"])
class MeetingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Meetings of governance bodies, the newest first."""

    serializer_class = MeetingOut
    has_past = True
    verbs = {"list": VIEW, "retrieve": VIEW, "file_minutes": KEEP, "record_decision": KEEP}

    def get_queryset(self) -> Any:
        found = queries.meetings().order_by("-held_on", "-id")
        asked = self.request.query_params.get("body")
        return found.filter(body_id=asked) if asked and self.action == "list" else found

    @extend_schema(operation_id="governance_meetings_file_minutes", request=MinutesIn, **MEETING)
    @action(detail=True, methods=["post"], url_path="file-minutes")
    def file_minutes(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Name the item of evidence that holds the minutes."""
        meeting = self.get_object()
        minutes = _item(self.clean(MinutesIn)["minutes_evidence_id"], "minutes_evidence_id")
        services.file_minutes(actor=self.actor, meeting=meeting, minutes=minutes, now=self.now)
        return self._answer(meeting.pk)

    @extend_schema(operation_id="governance_meetings_record_decision", request=BodyDecisionIn, **MEETING)
    @action(detail=True, methods=["post"], url_path="record-decision")
    def record_decision(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """With a day it stays open until it is done; somebody sees to it."""
        meeting = self.get_object()
        values = with_owner(self.clean(BodyDecisionIn))
        services.record_decision(actor=self.actor, meeting=meeting, now=self.now, **values)
        return self._answer(meeting.pk)

    def _answer(self, pk: int) -> Response:
        return Response(MeetingOut(self.get_queryset().get(pk=pk)).data)


@extend_schema_view(
    list=extend_schema(
        operation_id="governance_decisions_list",
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words of the decision, or of the name of the body"),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
        ],
    )
)
@extend_schema(tags=["context"])
class DecisionViewSet(mixins.ListModelMixin, TenantViewSet):
    """What governance bodies decided, and whether it is done."""

    serializer_class = BodyDecisionOut
    has_past = True
    verbs = {"list": VIEW, "finish": "inventory.finish_decision"}

    def get_queryset(self) -> Any:
        asked = {key: self.request.query_params.get(key, "") for key in ("view", "q", "sort")}
        sort = asked.pop("sort")
        found = queries.decisions(queries.DecisionFilters(**asked), on=local_today(self.now))
        return in_order(found, sort, sorts=queries.SORTS, default="-id")

    @extend_schema(
        operation_id="governance_decisions_finish", request=DoneIn, parameters=[ID], responses=BodyDecisionOut
    )
    @action(detail=True, methods=["post"])
    def finish(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that it is done, and how one sees that. Whoever sees to it may, and the compliance lead."""
        decision = services.finish_decision(
            actor=self.actor, decision=self.get_object(), now=self.now, **self.clean(DoneIn)
        )
        return Response(BodyDecisionOut(decision).data)


def _with_charter(values: dict[str, Any]) -> dict[str, Any]:
    if "charter_evidence_id" in values:
        values["evidence"] = _item(values.pop("charter_evidence_id"), "charter_evidence_id")
    return values


def _person(number: int, field: str) -> Any:
    return record(Member.objects.active(), number, field=field, sentence=f"There is no member {number}.")


def _item(number: int | None, field: str) -> Any:
    found = visible_evidence(current_actor())
    return record(found, number, field=field, sentence=f"There is no evidence {number}.")
