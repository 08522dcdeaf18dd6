"""Discovered AI in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory import discovery_lists
from inventory.api.intake import IntakeAnswersIn, IntakeOut
from inventory.enums import AIType, DiscoverySource, DiscoveryState, ProvisionalClass, Sourcing
from inventory.models import AISystem, DiscoveredAI
from inventory.queries import discovery as queries
from inventory.rules.intake import class_of
from inventory.services import discovery as services

Word = serializers.CharField


def text(longest: int) -> Any:
    return Word(required=False, allow_blank=True, max_length=longest)


class DiscoveredLine(serializers.Serializer):
    """One line of the queue."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    ai_type = serializers.CharField()
    known_service = serializers.CharField()
    owner_id = serializers.IntegerField(allow_null=True)
    provisional = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=DiscoveryState.choices)
    sighting_count = serializers.IntegerField()
    last_seen = serializers.DateField(allow_null=True)
    discovered_at = serializers.DateTimeField()
    row_version = serializers.IntegerField()

    def get_provisional(self, row: Any) -> str:
        """The gravest class that an intake of it suspects; empty without an intake."""
        return class_of(row["gravity"])


class SightingOut(serializers.Serializer):
    item_id = serializers.IntegerField()
    source: Any = serializers.ChoiceField(choices=DiscoverySource.choices)
    seen_on = serializers.DateField()
    detail = serializers.CharField()


class DiscoveredOut(serializers.ModelSerializer):
    """One item with all that was seen of it."""

    state = serializers.ChoiceField(choices=DiscoveryState.choices)
    sightings = serializers.SerializerMethodField()

    class Meta:
        model = DiscoveredAI
        fields = (
            "id",
            "reference",
            "name",
            "vendor",
            "domain",
            "used_for",
            "known_service",
            "match_reason",
            "ai_type",
            "sourcing",
            "owner_id",
            "state",
            "state_since",
            "decision_reason",
            "system_id",
            "merged_into_id",
            "discovered_at",
            "row_version",
            "sightings",
        )
        read_only_fields = fields

    @extend_schema_field(SightingOut(many=True))
    def get_sightings(self, item: DiscoveredAI) -> Any:
        return SightingOut(queries.detail_of(item).sightings, many=True).data


class DiscoveredIn(serializers.Serializer):
    """Something that was seen in use."""

    name = Word(max_length=200)
    vendor = text(200)
    address = text(200)
    used_for = text(2000)
    answers = IntakeAnswersIn(required=False, help_text="The three questions of the intake, answered whole.")


class ReportedOut(serializers.Serializer):
    """Where the report went: to an item, or to a system that the inventory has already."""

    is_new = serializers.BooleanField()
    item_id = serializers.IntegerField(allow_null=True)
    system_id = serializers.IntegerField(allow_null=True)
    intake = IntakeOut(allow_null=True)


class DiscoveredChange(serializers.Serializer):
    """`row_version` is the one that was read; another one in store answers 409."""

    row_version = serializers.IntegerField(min_value=1)
    name = Word(required=False, max_length=200)
    vendor = text(200)
    used_for = text(10_000)
    ai_type = serializers.ChoiceField(choices=AIType.choices, required=False, allow_blank=True)
    sourcing = serializers.ChoiceField(choices=Sourcing.choices, required=False, allow_blank=True)
    owner_id = serializers.IntegerField(required=False, allow_null=True)


class DiscoveryStepIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=list(services.VERBS))
    reason = text(2000)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    merged_into_id = serializers.IntegerField(required=False, allow_null=True)
    system_id = serializers.IntegerField(required=False, allow_null=True)


class DiscoveryListIn(serializers.Serializer):
    kind = serializers.ChoiceField(choices=list(discovery_lists.KINDS))
    file = serializers.FileField()
    take = serializers.BooleanField(
        required=False, default=False, help_text="Without it, the answer says what taking the list would do."
    )


class ListRowOut(serializers.Serializer):
    row = serializers.IntegerField(source="row.number")
    name = serializers.CharField(source="row.name")
    outcome = serializers.ChoiceField(choices=["new", "seen", "in_inventory", "unknown", "problem"])
    taken_for = serializers.SerializerMethodField()
    why = serializers.SerializerMethodField()
    problem = serializers.CharField(source="row.problem")

    def get_taken_for(self, planned: Any) -> str:
        return planned.match.service.id if planned.match else ""

    def get_why(self, planned: Any) -> str:
        return planned.match.why if planned.match else ""


class ListOut(serializers.Serializer):
    taken = serializers.BooleanField()
    rows = ListRowOut(many=True)


class SourceOut(serializers.Serializer):
    source: Any = serializers.CharField()
    last_day = serializers.DateField(allow_null=True)
    is_fresh = serializers.BooleanField()


class CoverageOut(serializers.Serializer):
    """Decided of all discovered items; the newest survey; sources something was entered from in 90 days."""

    total = serializers.IntegerField()
    decided = serializers.IntegerField()
    last_survey = serializers.DateField(allow_null=True)
    sources = SourceOut(many=True)


NOT_HERE = "There is no such record."
KEEP = "inventory.keep_discovery"


@extend_schema_view(
    list=extend_schema(
        operation_id="discovered_list",
        responses=DiscoveredLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in name, reference, vendor or use"),
            OpenApiParameter("state", str, enum=DiscoveryState.values),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
            OpenApiParameter("source", str, enum=DiscoverySource.values),
            OpenApiParameter("provisional", str, enum=ProvisionalClass.values),
        ],
    ),
    retrieve=extend_schema(operation_id="discovered_retrieve", parameters=[ID], responses=DiscoveredOut),
)
@extend_schema(tags=["discovered"])
class DiscoveredViewSet(TenantViewSet):
    """What may be AI in use: reported, found in lists, and decided."""

    serializer_class = DiscoveredOut
    has_past = True
    verbs = {
        "list": "inventory.view_discovery",
        "retrieve": "inventory.view_discovery",
        "coverage": "inventory.view_discovery",
        "create": "inventory.report_tool",
        "partial_update": KEEP,
        "step": "inventory.move_discovery",
        "look_in_list": "inventory.import_discovery",
    }

    def get_queryset(self) -> Any:
        return DiscoveredAI.objects.select_related("owner", "reported_by", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        texts = {key: asked.get(key, "") for key in ("view", "q", "state", "source", "provisional")}
        found = queries.rows(queries.discovered(queries.DiscoveryFilters(**texts)))
        found = in_order(found, asked.get("sort", ""), sorts=queries.SORTS, default="id")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(DiscoveredLine(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(DiscoveredOut(self.get_object()).data)

    @extend_schema(operation_id="discovered_coverage", responses=CoverageOut)
    @action(detail=False, methods=["get"])
    def coverage(self, request: Any, **kwargs: Any) -> Response:
        """How far discovery reaches."""
        return Response(CoverageOut(queries.coverage(on=local_today(self.now))).data)

    @extend_schema(operation_id="discovered_create", request=DiscoveredIn, responses={201: ReportedOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Report something in use; what is on record already gets one more sighting."""
        values = self.clean(DiscoveredIn)
        answers = values.pop("answers", None)
        found = services.report_tool(actor=self.actor, answers=answers, now=self.now, **values)
        answer = {
            "is_new": found.is_new,
            "item_id": found.item.pk if found.item else None,
            "system_id": found.system.pk if found.system else None,
            "intake": IntakeOut(found.intake).data if found.intake else None,
        }
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="discovered_update", parameters=[ID], request=DiscoveredChange, responses=DiscoveredOut
    )
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Describe an open item; the version is the one that was read."""
        values = self.clean(DiscoveredChange)
        if "owner_id" in values:
            values["owner"] = self._record(Member.objects.active(), values.pop("owner_id"), "owner_id")
        item = services.edit_discovered(
            actor=self.actor,
            item=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return Response(DiscoveredOut(item).data)

    @extend_schema(
        operation_id="discovered_step_create",
        parameters=[ID],
        request=DiscoveryStepIn,
        responses=DiscoveredOut,
    )
    @action(detail=True, methods=["post"])
    def step(self, request: Any, **kwargs: Any) -> Response:
        """Take up an item or decide what it is. Both are for persons: a key is refused."""
        item, values = self.get_object(), self.clean(DiscoveryStepIn)
        found = {
            "owner": self._record(Member.objects.active(), values.pop("owner_id", None), "owner_id"),
            "merged_into": self._record(
                DiscoveredAI.objects.all(), values.pop("merged_into_id", None), "merged_into_id"
            ),
            "system": self._record(AISystem.objects.all(), values.pop("system_id", None), "system_id"),
        }
        item = services.move_discovered(actor=self.actor, item=item, now=self.now, **values, **found)
        return Response(DiscoveredOut(item).data)

    @extend_schema(
        operation_id="discovered_look_in_list",
        request={"multipart/form-data": DiscoveryListIn},
        responses=ListOut,
    )
    @action(detail=False, methods=["post"], url_path="look-in-list")
    def look_in_list(self, request: Any, **kwargs: Any) -> Response:
        """Read a list of applications or expenses; with `take`, queue what is recognized in it."""
        values = self.clean(DiscoveryListIn)
        rows = discovery_lists.read_upload(values["file"], kind=values["kind"], today=local_today(self.now))
        planned = discovery_lists.plan_list(rows)
        if values["take"]:
            discovery_lists.take_list(actor=self.actor, kind=values["kind"], rows=rows, now=self.now)
        return Response(ListOut({"taken": values["take"], "rows": planned}).data)

    def _record(self, rows: Any, number: int | None, field: str) -> Any:
        return record(rows, number, field=field, sentence=NOT_HERE)
