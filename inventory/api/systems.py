"""AI systems in the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.copies import copy_line
from aims.core.days import local_today
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Member
from aims.core.pdf import PdfUnavailable
from aims.core.rest.filters import number
from aims.core.rest.records import ID, record
from aims.core.sorting import both_ways, in_order
from inventory.api.bulk import body_of, chosen_in
from inventory.api.gates import StageReads
from inventory.api.origins import OriginOut, Origins
from inventory.api.register_files import BINARY, file_schema, requested, workbook
from inventory.enums import AIType, AutomationDegree, OrganizationRole, Sourcing, SystemStage
from inventory.exports.files import KINDS, Kind, export
from inventory.exports.losses import WHOLE_FILE, losses
from inventory.models import AISystem
from inventory.queries import exports as exporting
from inventory.queries import sheets
from inventory.queries import systems as queries
from inventory.register_files import SHEET
from inventory.rules import systems as rules
from inventory.services import bulk
from inventory.services import systems as services

Word = serializers.CharField
PEOPLE = ("owner", "risk_owner")
KIND = OpenApiParameter("kind", str, enum=list(KINDS))


class SystemLine(serializers.Serializer):
    """One line of the register. Describes the list; the rows come as plain values."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    owner_id = serializers.IntegerField(allow_null=True)
    risk_owner_id = serializers.IntegerField(allow_null=True)
    organization_roles = serializers.ListField(child=serializers.CharField())
    ai_type = serializers.CharField()
    sourcing = serializers.CharField()
    supplier = serializers.CharField()
    stage = serializers.ChoiceField(choices=SystemStage.choices)
    is_in_scope = serializers.BooleanField(allow_null=True)
    next_review_date = serializers.DateField(allow_null=True)
    custom = serializers.DictField(help_text="What it says in the organization's own fields, by their key")
    row_version = serializers.IntegerField()


class MeasureOut(serializers.Serializer):
    """What a file says was measured, in its own words."""

    metric = serializers.CharField()
    value = serializers.CharField()
    slice = serializers.CharField()
    lower = serializers.CharField(help_text="Of the interval, as upper")
    upper = serializers.CharField()


class ComponentOut(serializers.Serializer):
    kind = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    supplier = serializers.CharField()
    licence = serializers.CharField()
    hashes = serializers.DictField(child=serializers.CharField())
    description = serializers.CharField()
    details = serializers.DictField(help_text="What else the file says: a text or a list of them, by key")
    measures = MeasureOut(many=True)
    ai_model_id = serializers.IntegerField(allow_null=True, help_text="The record that this model is")
    data_set_id = serializers.IntegerField(allow_null=True, help_text="The record that this data set is")


class SystemOut(serializers.ModelSerializer):
    """The whole record."""

    stage = serializers.ChoiceField(choices=SystemStage.choices)
    custom = serializers.DictField(help_text="What it says in the organization's own fields, by their key")
    oversight_ids = serializers.SerializerMethodField()
    components = serializers.SerializerMethodField()
    evidence_ids = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()
    namesakes = serializers.ListField(
        child=serializers.CharField(),
        source="namesake_references",
        help_text="The references of other systems of the same name and version",
    )

    class Meta:
        model = AISystem
        fields = (
            "id",
            "reference",
            "external_id",
            "name",
            "version",
            "purpose",
            "intended_use",
            "excluded_uses",
            "business_process",
            "owner_id",
            "risk_owner_id",
            "oversight_ids",
            "organization_roles",
            "ai_type",
            "sourcing",
            "supplier",
            "model_name",
            "model_version",
            "data_classes",
            "special_categories",
            "affected_people",
            "affected_count",
            "automation_degree",
            "places",
            "languages",
            "stage",
            "stage_since",
            "live_since",
            "is_in_scope",
            "scope_reason",
            "next_review_date",
            "custom",
            "source",
            "registered_at",
            "row_version",
            "components",
            "evidence_ids",
            "missing",
            "namesakes",
        )
        read_only_fields = fields

    @property
    def detail(self) -> queries.SystemDetail:
        found: queries.SystemDetail = self.context["detail"]
        return found

    def get_oversight_ids(self, system: AISystem) -> list[int]:
        return [person.id for person in self.detail.oversight]

    @extend_schema_field(ComponentOut(many=True))
    def get_components(self, system: AISystem) -> Any:
        return ComponentOut(self.detail.components, many=True).data

    def get_evidence_ids(self, system: AISystem) -> list[int]:
        return [item.id for item in self.detail.evidence]

    def get_missing(self, system: AISystem) -> list[str]:
        """The minimum fields that are not recorded yet."""
        lacking = rules.missing_fields(system, has_oversight=bool(self.detail.oversight))
        return [field.key for field in lacking]


class LossOut(serializers.Serializer):
    field = serializers.CharField()
    reason = serializers.CharField()


class ExportFormat(serializers.Serializer):
    """`losses` names each field that does not come back; `not_importable` says why none does."""

    kind = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    of_one = serializers.BooleanField()
    not_importable = serializers.CharField()
    losses = LossOut(many=True)


class SystemFields(serializers.Serializer):
    """What may be written. The stage is moved by gates."""

    version = Word(required=False, allow_blank=True, max_length=60)
    external_id = Word(required=False, allow_blank=True, max_length=200)
    purpose = Word(required=False, allow_blank=True, max_length=10_000)
    intended_use = Word(required=False, allow_blank=True, max_length=10_000)
    excluded_uses = Word(required=False, allow_blank=True, max_length=10_000)
    business_process = Word(required=False, allow_blank=True, max_length=200)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    risk_owner_id = serializers.IntegerField(required=False, allow_null=True)
    oversight_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=50)
    organization_roles = serializers.ListField(
        child=serializers.ChoiceField(choices=OrganizationRole.choices), required=False, max_length=3
    )
    ai_type = serializers.ChoiceField(choices=AIType.choices, required=False, allow_blank=True)
    sourcing = serializers.ChoiceField(choices=Sourcing.choices, required=False, allow_blank=True)
    supplier = Word(required=False, allow_blank=True, max_length=200)
    model_name = Word(required=False, allow_blank=True, max_length=200)
    model_version = Word(required=False, allow_blank=True, max_length=100)
    data_classes = serializers.ListField(child=Word(max_length=60), required=False, max_length=100)
    special_categories = serializers.ListField(child=Word(max_length=60), required=False, max_length=100)
    affected_people = Word(required=False, allow_blank=True, max_length=10_000)
    affected_count = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2_147_483_647
    )
    automation_degree = serializers.ChoiceField(
        choices=AutomationDegree.choices, required=False, allow_blank=True
    )
    places = serializers.ListField(child=Word(max_length=60), required=False, max_length=100)
    languages = serializers.ListField(child=Word(max_length=30), required=False, max_length=100)
    is_in_scope = serializers.BooleanField(required=False, allow_null=True)
    scope_reason = Word(required=False, allow_blank=True, max_length=10_000)
    next_review_date = serializers.DateField(required=False, allow_null=True)
    custom = serializers.DictField(
        required=False,
        help_text="By the key of the organization's own fields; null takes a value away, others stay.",
    )


class SystemIn(SystemFields):
    name = Word(max_length=200)
    stage = serializers.ChoiceField(choices=SystemStage.choices, required=False)
    stage_since = serializers.DateField(required=False, allow_null=True)
    live_since = serializers.DateField(required=False, allow_null=True)


class SystemChange(SystemFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    name = Word(required=False, max_length=200)
    row_version = serializers.IntegerField(min_value=1)


SystemsChange = body_of(bulk.SYSTEMS, SystemFields)
TEXT_FILTERS = ("view", "q", "stage", "ai_type", "sourcing", "in_scope", "role")
FILTERS = [
    OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
    OpenApiParameter("q", str, description="Part of name, reference, identifier, supplier, model or process"),
    OpenApiParameter("stage", str, enum=SystemStage.values),
    OpenApiParameter("ai_type", str, enum=AIType.values),
    OpenApiParameter("sourcing", str, enum=Sourcing.values),
    OpenApiParameter("in_scope", str, enum=list(queries.SCOPE_ANSWERS)),
    OpenApiParameter("role", str, enum=[*OrganizationRole.values, queries.NO_ROLE]),
    OpenApiParameter("owner", int),
    OpenApiParameter(
        "custom",
        str,
        many=True,
        description="`key:value` of an own field: equal, or for texts and addresses a part",
    ),
]


@extend_schema_view(
    list=extend_schema(
        operation_id="systems_list",
        responses=SystemLine(many=True),
        parameters=[*FILTERS, OpenApiParameter("sort", str, enum=both_ways(queries.SORTS))],
    ),
    retrieve=extend_schema(operation_id="systems_retrieve", parameters=[ID], responses=SystemOut),
    origins=extend_schema(
        operation_id="systems_origins_list", parameters=[ID], responses=OriginOut(many=True)
    ),
)
@extend_schema(tags=["systems"])
class SystemViewSet(Origins, StageReads):
    """AI systems: the inventory and the record of each."""

    serializer_class = SystemOut
    has_past = True
    verbs = {
        "list": "inventory.view_systems",
        "retrieve": "inventory.view_system",
        "create": "inventory.register_system",
        "partial_update": "inventory.edit_system",
        "edit_many": "inventory.edit_system",
        "export": "inventory.view_system",
        "export_one": "inventory.view_system",
        "export_formats": "inventory.view_system",
        "sheet": "inventory.view_system",
        "files": "inventory.view_system",
        **Origins.origin_verbs,
        **StageReads.stage_verbs,
    }

    def get_queryset(self) -> Any:
        return AISystem.objects.all()

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        found = in_order(
            self._found(), request.query_params.get("sort", ""), sorts=queries.SORTS, default="id"
        )
        page = self.paginate_queryset(queries.system_list_for_api(found))
        return self.get_paginated_response(page)

    def _found(self) -> queries.Systems:
        """What the filters leave."""
        return queries.systems(self._filters(), on=local_today(self.now))

    def _filters(self) -> queries.SystemFilters:
        asked = self.request.query_params
        texts = {key: asked.get(key, "") for key in TEXT_FILTERS}
        custom = [_pair(text) for text in asked.getlist("custom") if text]
        return queries.SystemFilters(**texts, owner=number(asked, "owner"), custom=custom)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.kwargs["pk"])

    @extend_schema(operation_id="systems_create", request=SystemIn, responses={201: SystemOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Register a system; everything but the name may follow later. `namesakes` may be the same one."""
        values = _with_people(self.clean(SystemIn))
        system = services.register_system(actor=self.actor, now=self.now, **values)
        return self._answer(system.pk, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="systems_update", parameters=[ID], request=SystemChange, responses=SystemOut)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = _with_people(self.clean(SystemChange))
        system = services.edit_system(
            actor=self.actor,
            system=self.get_object(),
            row_version=values.pop("row_version"),
            oversight=values.pop("oversight", None),
            custom=values.pop("custom", None),
            changes=values,
            now=self.now,
        )
        return self._answer(system.pk)

    @extend_schema(operation_id="systems_edit_many", request=SystemsChange, responses=SystemLine(many=True))
    @action(detail=False, methods=["post"], url_path="edit-many", pagination_class=None)
    def edit_many(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say the same of many systems, each in the version that was read: all of them, or none."""
        values = self.clean(SystemsChange)
        changes = _with_people(values["changes"])
        changed = bulk.edit_many(
            actor=self.actor,
            chosen=chosen_in(bulk.SYSTEMS, values),
            custom=changes.pop("custom", None),
            changes=changes,
            now=self.now,
        )
        found = AISystem.objects.filter(pk__in=[system.pk for system in changed]).order_by("id")
        return Response(list(queries.system_list_for_api(found)))

    @extend_schema(
        operation_id="systems_export",
        parameters=[*FILTERS, KIND],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    @action(detail=False, methods=["get"], url_path="export", pagination_class=None)
    def export(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the filters leave, in the format of others; `kind` says which (CycloneDX if not said)."""
        return self._file(self._found(), is_one=False)

    @extend_schema(
        operation_id="systems_export_one",
        parameters=[ID, KIND],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    @action(detail=True, methods=["get"], url_path="export")
    def export_one(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """One system in the format of others; `kind` says which (CycloneDX if not said)."""
        return self._file(AISystem.objects.filter(pk=self.get_object().pk), is_one=True)

    @extend_schema(operation_id="systems_sheet", parameters=FILTERS, responses=BINARY)
    @action(detail=False, methods=["get"], pagination_class=None)
    def sheet(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """A workbook to edit offline and upload as an import; see its changes and take-over."""
        return workbook(self.actor, sheets.SYSTEMS, self._found())

    @file_schema("systems", sheets.SYSTEMS, FILTERS)
    @action(detail=False, methods=["post"], pagination_class=None)
    def files(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Have a worker write what the filters leave, however much: see the job, then the register files."""
        kind = request.query_params.get("kind") or SHEET
        return requested(self.actor, sheets.SYSTEMS, asdict(self._filters()), kind=kind, now=self.now)

    @extend_schema(operation_id="systems_export_formats", responses=ExportFormat(many=True))
    @action(detail=False, methods=["get"], url_path="export-formats", pagination_class=None)
    def export_formats(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The formats, and what an import of each does not take back."""
        return Response([_format(kind) for kind in KINDS.values()])

    def _file(self, found: Any, *, is_one: bool) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        kind = KINDS.get(self.request.query_params.get("kind", "cyclonedx"))
        if kind is None:
            raise exceptions.ValidationError({"kind": [f"Ask for one of: {', '.join(KINDS)}."]})
        exporting.check_fits(kind, found, is_one=is_one)
        try:
            made = export(
                kind,
                exporting.register_of(found, now=self.now, is_one=is_one),
                copy_for=copy_line(self.actor, self.now),
            )
        except PdfUnavailable as missing:
            raise RuleBroken(str(missing)) from missing
        disposition = f'attachment; filename="{made.name}"'
        return HttpResponse(
            made.content, content_type=made.media_type, headers={"Content-Disposition": disposition}
        )

    def _answer(self, pk: Any, **options: Any) -> Response:
        system = get_object_or_404(queries.with_namesakes(queries.systems_with_parts()), pk=pk)
        context = {**self.get_serializer_context(), "detail": queries.detail_of(system)}
        return Response(SystemOut(system, context=context).data, **options)


def _format(kind: Kind) -> dict[str, Any]:
    return {
        "kind": kind.key,
        "name": kind.label,
        "media_type": kind.media_type,
        "of_one": kind.of_one,
        "not_importable": WHOLE_FILE.get(kind.key, ""),
        "losses": [{"field": loss.field, "reason": loss.reason} for loss in losses(kind.key)],
    }


def _pair(text: str) -> tuple[str, str]:
    key, colon, value = text.partition(":")
    if not colon or not value:
        raise exceptions.ValidationError({"custom": ["Ask by key:value, such as criticality:high."]})
    return key, value


def _with_people(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of people become people; a number that is nobody here is refused by name."""
    for role in PEOPLE:
        if f"{role}_id" in values:
            values[role] = _member(values.pop(f"{role}_id"), field=f"{role}_id")
    if "oversight_ids" in values:
        values["oversight"] = [
            _member(number, field="oversight_ids") for number in values.pop("oversight_ids")
        ]
    return values


def _member(number: int | None, *, field: str) -> Member | None:
    sentence = f"There is no member {number}."
    member: Member | None = record(Member.objects.active(), number, field=field, sentence=sentence)
    return member
