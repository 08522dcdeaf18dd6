"""Controls in the API, on the same verbs as the pages."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from controls import queries, services
from controls.enums import ImplementationState
from controls.models import Control

ACTIONS = ("plan", "start", "complete", "verify", "degrade", "repair")


class ControlOut(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=ImplementationState.choices, read_only=True)
    owner = serializers.CharField(source="owner.name", default="", read_only=True)

    class Meta:
        model = Control
        fields = (
            "id",
            "reference",
            "title",
            "origin",
            "description",
            "owner",
            "owner_id",
            "state",
            "how_implemented",
            "applies_to",
            "target_date",
            "last_review_date",
            "next_review_date",
            "test_record",
            "row_version",
        )
        read_only_fields = fields


class LinkedEvidenceOut(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    reference = serializers.CharField()
    state = serializers.CharField()
    light = serializers.CharField(help_text="current, expiring, expired or waiting")
    valid_until = serializers.DateField(allow_null=True)


class ControlDetailOut(ControlOut):
    evidence = LinkedEvidenceOut(many=True, read_only=True, source="linked_evidence")
    risks = serializers.ListField(child=serializers.CharField(), read_only=True, source="treated_risks")

    class Meta:
        model = Control
        fields = (*ControlOut.Meta.fields, "evidence", "risks")
        read_only_fields = fields


class OwnControlIn(serializers.Serializer):
    reference = serializers.CharField(max_length=20)
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    applies_to = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    owner_id = serializers.IntegerField(required=False, allow_null=True, default=None)


class ControlIn(serializers.Serializer):
    row_version = serializers.IntegerField(help_text="The version that was read; another one answers 409")
    title = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    how_implemented = serializers.CharField(required=False, allow_blank=True)
    applies_to = serializers.CharField(required=False, allow_blank=True, max_length=200)
    target_date = serializers.DateField(required=False, allow_null=True)
    next_review_date = serializers.DateField(required=False, allow_null=True)
    licensed_text = serializers.CharField(required=False, allow_blank=True)
    owner_id = serializers.IntegerField(required=False, allow_null=True)


class ControlActionIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=ACTIONS)
    test_record = serializers.CharField(required=False, allow_blank=True, help_text="For verify")
    cause = serializers.ChoiceField(
        choices=("evidence_expired", "test_failed", "finding_raised"), required=False, help_text="For degrade"
    )
    reason = serializers.CharField(required=False, allow_blank=True, help_text="For degrade")


class EvidenceLinkIn(serializers.Serializer):
    evidence_id = serializers.IntegerField()


def _member(pk: int | None) -> Member | None:
    sentence = "There is no such member."
    found: Member | None = record(Member.objects.active(), pk, field="owner_id", sentence=sentence)
    return found


@extend_schema_view(
    list=extend_schema(
        operation_id="controls_list",
        parameters=[
            OpenApiParameter("state", str, enum=ImplementationState.values),
            OpenApiParameter("q", str, description="Words in reference or title"),
        ],
    )
)
@extend_schema(tags=["controls"])
class ControlViewSet(mixins.ListModelMixin, TenantViewSet):
    """The controls of Annex A and the organization's own, and how far they are implemented."""

    serializer_class = ControlOut
    has_past = True
    verbs = {
        "list": "controls.view_controls",
        "retrieve": "controls.view_controls",
        "create": "controls.add_control",
        "partial_update": "controls.edit_control",
        "act": "controls.act",
        "link_evidence": "controls.link_evidence",
    }

    def get_queryset(self) -> Any:
        query = self.request.query_params
        found: Any = Control.objects.select_related("owner").order_by("position", "id")
        if query.get("state"):
            found = found.filter(state=query["state"])
        if query.get("q"):
            found = queries.named(found, query["q"])
        return found

    def _answer(self, control: Control, code: int = status.HTTP_200_OK) -> Response:
        on = local_today(self.now)
        shown: Any = control
        shown.linked_evidence = queries.evidence_of_controls(on=on, control_ids=[control.pk]).get(
            control.pk, ()
        )
        risks = queries.risks_of_controls([control.pk]).get(control.pk, ())
        shown.treated_risks = [risk.reference for risk in risks]
        return Response(ControlDetailOut(shown).data, status=code)

    @extend_schema(operation_id="controls_retrieve", parameters=[ID], responses=ControlDetailOut)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @extend_schema(operation_id="controls_create", request=OwnControlIn, responses={201: ControlDetailOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Add a control of the organization's own."""
        given = self.clean(OwnControlIn)
        owner = _member(given.pop("owner_id"))
        control = services.add_control(actor=self.actor, owner=owner, now=self.now, **given)
        return self._answer(control, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="controls_update", parameters=[ID], request=ControlIn, responses=ControlDetailOut
    )
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change what is said of a control; its state moves by actions."""
        changes = self.clean(ControlIn)
        row_version = changes.pop("row_version")
        if "owner_id" in changes:
            changes["owner"] = _member(changes.pop("owner_id"))
        control = services.edit_control(
            actor=self.actor,
            control=self.get_object(),
            changes=changes,
            row_version=row_version,
            now=self.now,
        )
        return self._answer(control)

    @extend_schema(
        operation_id="controls_act", parameters=[ID], request=ControlActionIn, responses=ControlDetailOut
    )
    @action(detail=True, methods=["post"], url_path="actions")
    def act(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take one step of the control's life cycle."""
        given = self.clean(ControlActionIn)
        name = given["action"]
        words = {"verify": ("test_record",), "degrade": ("cause", "reason")}.get(name, ())
        said = {word: given.get(word, "") for word in words}
        control = self.get_object()
        services.VERBS[name](actor=self.actor, control=control, now=self.now, **said)
        return self._answer(control)

    @extend_schema(
        operation_id="controls_link_evidence",
        parameters=[ID],
        request=EvidenceLinkIn,
        responses=ControlDetailOut,
    )
    @action(detail=True, methods=["post"], url_path="evidence")
    def link_evidence(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that an evidence item shows this control to work."""
        control = self.get_object()
        evidence = get_object_or_404(
            visible_evidence(self.actor), pk=self.clean(EvidenceLinkIn)["evidence_id"]
        )
        services.link_evidence(actor=self.actor, control=control, evidence=evidence, now=self.now)
        return self._answer(control)
