"""The life cycle of a system in the API: what its gates need, the steps, the records of its stages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from inventory import gates, what_changed
from inventory.enums import (
    ChangeKind,
    CriteriaMet,
    ReevaluationTrigger,
    StageRecordKind,
    StageRecordState,
    SystemStage,
)
from inventory.models import AISystem
from inventory.queries import changes as change_queries
from inventory.queries import gates as queries
from inventory.services import gate_records, stage_records

Word = serializers.CharField
ACTIONS = list(gates.VERBS)


class MissingThingOut(serializers.Serializer):
    sentence = serializers.CharField()
    url = serializers.CharField(help_text="Where it is mended")


class RequirementOut(serializers.Serializer):
    guard = serializers.CharField()
    is_met = serializers.BooleanField()
    sentence = serializers.CharField(help_text="What was seen, or what is missing")
    url = serializers.CharField(help_text="Where it is mended")
    missing = MissingThingOut(many=True, help_text="Each thing that is missing, with where it is mended")


class GateOut(serializers.Serializer):
    action = serializers.ChoiceField(choices=ACTIONS)
    target = serializers.ChoiceField(choices=SystemStage.choices)
    who = serializers.CharField()
    may = serializers.BooleanField(help_text="Whether you may take it once nothing is missing")
    requirements = RequirementOut(many=True)


class StageRecordOut(serializers.Serializer):
    kind = serializers.ChoiceField(choices=StageRecordKind.choices)
    text = serializers.CharField()
    evidence_id = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=StageRecordState.choices)
    criteria_met = serializers.CharField()
    deviation = serializers.CharField()
    deviation_approved_at = serializers.DateTimeField(allow_null=True)
    reopened_because = serializers.CharField()
    written_at = serializers.DateTimeField()
    row_version = serializers.IntegerField()


class SeenOut(serializers.Serializer):
    guard = serializers.CharField()
    seen = serializers.CharField()


class GateRecordOut(serializers.Serializer):
    id = serializers.IntegerField()
    action = serializers.CharField()
    from_stage = serializers.ChoiceField(choices=SystemStage.choices)
    to_stage = serializers.ChoiceField(choices=SystemStage.choices)
    passed_by_id = serializers.IntegerField(allow_null=True)
    passed_at = serializers.DateTimeField()
    reason = serializers.CharField()
    trigger = serializers.CharField()
    related = serializers.CharField()
    seen = SeenOut(many=True)
    sha256 = serializers.CharField(source="snapshot.sha256")


class GateIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=ACTIONS)
    reason = Word(required=False, allow_blank=True, max_length=2000)
    trigger = serializers.ChoiceField(choices=ReevaluationTrigger.choices, required=False)
    related = Word(required=False, allow_blank=True, max_length=200)


class StageRecordIn(serializers.Serializer):
    """`row_version` is the one that was read; 0 or nothing for the first."""

    kind = serializers.ChoiceField(choices=StageRecordKind.choices)
    row_version = serializers.IntegerField(min_value=0, required=False)
    text = Word(required=False, allow_blank=True, max_length=20_000)
    evidence_id = serializers.IntegerField(required=False, allow_null=True)
    criteria_met = serializers.ChoiceField(choices=CriteriaMet.choices, required=False, allow_blank=True)
    deviation = Word(required=False, allow_blank=True, max_length=10_000)
    is_complete = serializers.BooleanField(required=False)


class RecordChangeIn(serializers.Serializer):
    """`chosen` are keys of what is stale after such a change; without any, the reason says why."""

    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    text = Word(max_length=2000)
    chosen = serializers.ListField(child=Word(max_length=60), required=False, max_length=500)
    re_evaluates = serializers.BooleanField(required=False)
    reason = Word(required=False, allow_blank=True, max_length=2000)


class StaleOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field may be called so
    why = serializers.CharField()
    url = serializers.CharField()


class ProposedOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field may be called so
    why = serializers.CharField()
    chosen = serializers.BooleanField()


class ChangeReviewOut(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    text = serializers.CharField()
    proposed = ProposedOut(many=True)
    re_evaluates = serializers.BooleanField()
    reason = serializers.CharField()
    recorded_by_id = serializers.IntegerField(allow_null=True)
    recorded_at = serializers.DateTimeField()


class GoLiveIn(serializers.Serializer):
    text = Word(max_length=5000)


class StageReads(TenantViewSet):
    """What is read of a system's life beside its record; as of a past day too."""

    stage_verbs = {
        "steps": "inventory.view_system",
        "changes": "inventory.view_system",
        "stage_records": "inventory.view_system",
    }

    @extend_schema(parameters=[ID], responses=ChangeReviewOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def changes(self, request: Any, **kwargs: Any) -> Response:
        """What changed about the system, and what was opened again, the newest first."""
        found = change_queries.reviews_of(self.get_object())
        return Response(ChangeReviewOut(found, many=True).data)

    @extend_schema(parameters=[ID], responses=GateRecordOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def steps(self, request: Any, **kwargs: Any) -> Response:
        """The steps taken, the newest first, with what was seen at each."""
        return Response(GateRecordOut(queries.steps_of(self.get_object()), many=True).data)

    @extend_schema(parameters=[ID], responses=StageRecordOut(many=True))
    @action(detail=True, methods=["get"], url_path="stage-records", pagination_class=None)
    def stage_records(self, request: Any, **kwargs: Any) -> Response:
        return Response(StageRecordOut(queries.stage_records(self.get_object()), many=True).data)


@extend_schema(tags=["systems"])
class GateViewSet(TenantViewSet):
    """What the gates of a system need today, and the steps. A key starts a re-evaluation only."""

    serializer_class = GateOut
    verbs = {
        "gates": "inventory.view_system",
        "gate": "inventory.move_system",
        "write_stage_record": "inventory.write_stage_record",
        "approve_deviation": "inventory.approve_deviation",
        "stale": "inventory.foresee_change",
        "record_change": "inventory.record_change",
        "request_go_live": "inventory.request_go_live",
        "withdraw_go_live": "inventory.request_go_live",
    }

    def get_queryset(self) -> Any:
        return AISystem.objects.select_related("owner", "registered_by", "organization")

    @extend_schema(parameters=[ID], responses=GateOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def gates(self, request: Any, **kwargs: Any) -> Response:
        """Every way on from where the system stands, with what is done and what is missing."""
        system = self.get_object()
        if self.actor.is_auditor:  # it looks into registers that are none of an external auditor's
            return Response([])
        found = gates.gates_of(actor=self.actor, system=system, now=self.now)
        return Response([_gate(each) for each in found])

    @extend_schema(parameters=[ID], request=GateIn, responses=GateRecordOut)
    @action(detail=True, methods=["post"])
    def gate(self, request: Any, **kwargs: Any) -> Response:
        """Take a step of the life cycle. What is missing is named at once, and nothing changes."""
        values = self.clean(GateIn)
        passed = gates.pass_gate(actor=self.actor, system=self.get_object(), now=self.now, **values)
        return Response(GateRecordOut(passed).data)

    @extend_schema(parameters=[ID], request=StageRecordIn, responses=StageRecordOut)
    @action(detail=True, methods=["post"], url_path="write-stage-record")
    def write_stage_record(self, request: Any, **kwargs: Any) -> Response:
        """Write the one record of a kind, as a draft or complete."""
        values = self.clean(StageRecordIn)
        number = values.pop("evidence_id", None)
        sentence = "There is no such evidence item."
        evidence = record(visible_evidence(self.actor), number, field="evidence_id", sentence=sentence)
        written = stage_records.write_stage_record(
            actor=self.actor, system=self.get_object(), evidence=evidence, now=self.now, **values
        )
        return Response(StageRecordOut(written).data)

    @extend_schema(parameters=[ID], request=None, responses=StageRecordOut)
    @action(detail=True, methods=["post"], url_path="approve-deviation")
    def approve_deviation(self, request: Any, **kwargs: Any) -> Response:
        found = queries.stage_record(self.get_object(), StageRecordKind.VALIDATION)
        if found is None:
            raise serializers.ValidationError({"kind": ["No result of a validation is written."]})
        approved = stage_records.approve_deviation(actor=self.actor, record=found, now=self.now)
        return Response(StageRecordOut(approved).data)

    @extend_schema(
        parameters=[ID, OpenApiParameter("kind", str, enum=ChangeKind.values, required=True)],
        responses=StaleOut(many=True),
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def stale(self, request: Any, **kwargs: Any) -> Response:
        """What may no longer hold after a change of this kind, and why."""
        kind = request.query_params.get("kind", "")
        found = what_changed.foresee(actor=self.actor, system=self.get_object(), kind=kind)
        return Response(StaleOut(found, many=True).data)

    @extend_schema(parameters=[ID], request=RecordChangeIn, responses={201: ChangeReviewOut})
    @action(detail=True, methods=["post"], url_path="record-change")
    def record_change(self, request: Any, **kwargs: Any) -> Response:
        """Record what changed, and open again what was chosen."""
        values = self.clean(RecordChangeIn)
        made = what_changed.record_change(actor=self.actor, system=self.get_object(), now=self.now, **values)
        return Response(ChangeReviewOut(made).data, status=201)

    @extend_schema(parameters=[ID], request=GoLiveIn, responses={204: None})
    @action(detail=True, methods=["post"], url_path="request-go-live")
    def request_go_live(self, request: Any, **kwargs: Any) -> Response:
        """Ask others to let the system go live."""
        values = self.clean(GoLiveIn)
        gate_records.request_go_live(actor=self.actor, system=self.get_object(), now=self.now, **values)
        return Response(status=204)

    @extend_schema(parameters=[ID], request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="withdraw-go-live")
    def withdraw_go_live(self, request: Any, **kwargs: Any) -> Response:
        gate_records.withdraw_go_live(actor=self.actor, system=self.get_object(), now=self.now)
        return Response(status=204)


def _gate(gate: gates.Gate) -> dict[str, Any]:
    return {
        "action": gate.action,
        "target": gate.target,
        "who": gate.who,
        "may": gate.may,
        "requirements": [
            {
                "guard": answer.guard,
                "is_met": answer.is_met,
                "sentence": str(answer.refusal) if answer.refusal else answer.seen,
                "url": answer.refusal.url if answer.refusal else "",
                "missing": MissingThingOut(
                    gates.problems_of(answer.refusal) if answer.refusal else [], many=True
                ).data,
            }
            for answer in gate.answers
        ],
    }
