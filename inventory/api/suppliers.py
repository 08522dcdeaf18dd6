"""Suppliers in the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.api.bulk import body_of, chosen_in
from inventory.api.register_files import BINARY, file_schema, requested, workbook
from inventory.enums import (
    ClauseAnswer,
    ReviewTrigger,
    SupplierEventKind,
    SupplierKind,
    SupplierState,
    SupplierTier,
)
from inventory.models import AISystem, Supplier
from inventory.queries import sheets
from inventory.queries import suppliers as queries
from inventory.rules.suppliers import CLAUSES
from inventory.services import bulk
from inventory.services import supplier_parts as parts
from inventory.services import suppliers as services

Word = serializers.CharField


def text(longest: int = 10_000) -> Any:
    return Word(required=False, allow_blank=True, max_length=longest)


class SupplierLine(serializers.Serializer):
    """One line of the register."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=SupplierKind.choices)
    tier = serializers.CharField()
    owner_id = serializers.IntegerField(allow_null=True)
    contact = serializers.CharField()
    contact_email = serializers.CharField()
    state = serializers.ChoiceField(choices=SupplierState.choices)
    next_review_date = serializers.DateField(allow_null=True)
    row_version = serializers.IntegerField()
    system_count = serializers.IntegerField()


class ServedOut(serializers.Serializer):
    id = serializers.IntegerField()
    system_id = serializers.IntegerField()
    delivers = serializers.CharField()
    model_name = serializers.CharField()
    model_version = serializers.CharField()


class ConditionOut(serializers.Serializer):
    id = serializers.IntegerField()
    text = serializers.CharField()
    due_date = serializers.DateField()
    is_blocking = serializers.BooleanField()
    met_on = serializers.DateField(allow_null=True)
    met_note = serializers.CharField()


class EventOut(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=SupplierEventKind.choices)
    happened_on = serializers.DateField()
    text = serializers.CharField()
    due_date = serializers.DateField(allow_null=True)
    answer = serializers.CharField()
    accepted_at = serializers.DateTimeField(allow_null=True)


class SupplierOut(serializers.ModelSerializer):
    """The whole record."""

    state = serializers.ChoiceField(choices=SupplierState.choices)
    systems = serializers.SerializerMethodField()
    conditions = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    evidence_ids = serializers.SerializerMethodField()
    sub_supplier_ids = serializers.SerializerMethodField()
    proposed_tier = serializers.SerializerMethodField()

    class Meta:
        model = Supplier
        fields = (
            "id",
            "reference",
            "name",
            "kind",
            "tier",
            "tier_reason",
            "proposed_tier",
            "owner_id",
            "contact",
            "contact_email",
            "services",
            "terms",
            "duties",
            "contract",
            "exit_plan",
            "exit_done_on",
            "state",
            "state_since",
            "next_review_date",
            "registered_at",
            "row_version",
            "systems",
            "conditions",
            "events",
            "evidence_ids",
            "sub_supplier_ids",
        )
        read_only_fields = fields

    @property
    def detail(self) -> queries.SupplierDetail:
        found: queries.SupplierDetail = self.context["detail"]
        return found

    @extend_schema_field(ServedOut(many=True))
    def get_systems(self, supplier: Supplier) -> Any:
        return ServedOut(self.detail.systems, many=True).data

    @extend_schema_field(ConditionOut(many=True))
    def get_conditions(self, supplier: Supplier) -> Any:
        return ConditionOut(self.detail.conditions, many=True).data

    @extend_schema_field(EventOut(many=True))
    def get_events(self, supplier: Supplier) -> Any:
        return EventOut(self.detail.events, many=True).data

    def get_evidence_ids(self, supplier: Supplier) -> list[int]:
        return [link.evidence_id for link in self.detail.certificates]

    def get_sub_supplier_ids(self, supplier: Supplier) -> list[int]:
        return [link.sub_supplier_id for link in self.detail.sub_suppliers]

    def get_proposed_tier(self, supplier: Supplier) -> str:
        """From the systems it serves; a person sets the tier."""
        return self.detail.proposed_tier


class ClauseIn(serializers.Serializer):
    topic = serializers.ChoiceField(choices=list(CLAUSES.items()))
    answer = serializers.ChoiceField(choices=ClauseAnswer.choices)
    where = text(300)


class SupplierFields(serializers.Serializer):
    """What may be written. The state is moved by steps."""

    kind = serializers.ChoiceField(choices=SupplierKind.choices, required=False)
    tier = serializers.ChoiceField(choices=SupplierTier.choices, required=False, allow_blank=True)
    tier_reason = text()
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    contact = text(200)
    contact_email = serializers.EmailField(required=False, allow_blank=True)
    services = text()
    terms = text()
    duties = text()
    contract = ClauseIn(many=True, required=False, help_text="Replaces the whole checklist.")
    exit_plan = text()
    exit_done_on = serializers.DateField(required=False, allow_null=True)
    next_review_date = serializers.DateField(required=False, allow_null=True)


class SupplierIn(SupplierFields):
    name = Word(max_length=200)


class SupplierChange(SupplierFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    name = Word(required=False, max_length=200)
    row_version = serializers.IntegerField(min_value=1)


SuppliersChange = body_of(bulk.SUPPLIERS, SupplierFields)


class StepIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=list(services.VERBS))
    reason = text(2000)
    trigger = serializers.ChoiceField(choices=ReviewTrigger.choices, required=False)


class ServedIn(serializers.Serializer):
    system_id = serializers.IntegerField()
    delivers = text(200)
    model_name = text(200)
    model_version = text(100)


class ServedSystemIn(serializers.Serializer):
    system_id = serializers.IntegerField()


class SubSupplierIn(serializers.Serializer):
    sub_supplier_id = serializers.IntegerField()


class ConditionIn(serializers.Serializer):
    text = Word(max_length=2000)
    due_date = serializers.DateField()
    is_blocking = serializers.BooleanField(required=False)


class MetIn(serializers.Serializer):
    condition_id = serializers.IntegerField()
    note = Word(max_length=2000)


class EventIn(serializers.Serializer):
    kind = serializers.ChoiceField(choices=SupplierEventKind.choices)
    happened_on = serializers.DateField()
    text = Word(max_length=5000)
    due_date = serializers.DateField(required=False, allow_null=True)


class AnswerIn(serializers.Serializer):
    event_id = serializers.IntegerField()
    answer = Word(max_length=5000)


class SupplierEvidenceIn(serializers.Serializer):
    evidence_id = serializers.IntegerField()


class LinkedOut(serializers.Serializer):
    linked = serializers.IntegerField()


KEEP = "inventory.keep_supplier"
NOT_HERE = "There is no such record."
DETAIL: dict[str, Any] = {"parameters": [ID], "responses": SupplierOut}


TEXT_FILTERS = ("view", "q", "state", "kind", "tier")
FILTERS = [
    OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
    OpenApiParameter("q", str, description="Words in name, reference, services or contact"),
    OpenApiParameter("state", str, enum=SupplierState.values),
    OpenApiParameter("kind", str, enum=SupplierKind.values),
    OpenApiParameter("tier", str, enum=SupplierTier.values),
]


@extend_schema_view(
    list=extend_schema(
        operation_id="suppliers_list",
        responses=SupplierLine(many=True),
        parameters=[*FILTERS, OpenApiParameter("sort", str, enum=both_ways(queries.SORTS))],
    ),
    retrieve=extend_schema(operation_id="suppliers_retrieve", parameters=[ID], responses=SupplierOut),
)
@extend_schema(tags=["suppliers"])
class SupplierViewSet(TenantViewSet):
    """Suppliers of AI: the register, the record of each, and the steps of its life cycle."""

    serializer_class = SupplierOut
    has_past = True
    verbs = {
        "list": "inventory.view_suppliers",
        "retrieve": "inventory.view_suppliers",
        "create": KEEP,
        "partial_update": KEEP,
        "edit_many": KEEP,
        "sheet": "inventory.view_suppliers",
        "files": "inventory.view_suppliers",
        "step": "inventory.move_supplier",
        "link_names": KEEP,
        "link_system": KEEP,
        "unlink_system": KEEP,
        "add_sub_supplier": KEEP,
        "remove_sub_supplier": KEEP,
        "add_condition": KEEP,
        "meet_condition": KEEP,
        "record_event": KEEP,
        "accept_answer": KEEP,
        "link_evidence": KEEP,
        "unlink_evidence": KEEP,
    }

    def get_queryset(self) -> Any:
        return Supplier.objects.select_related("owner", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params.get("sort", "")
        found = in_order(self._found(), asked, sorts=queries.SORTS, default="id")
        page = self.paginate_queryset(queries.rows(found))
        return self.get_paginated_response(SupplierLine(page, many=True).data)

    def _found(self) -> Any:
        """What the filters leave."""
        return queries.suppliers(self._filters(), on=local_today(self.now))

    def _filters(self) -> queries.SupplierFilters:
        asked = self.request.query_params
        return queries.SupplierFilters(**{key: asked.get(key, "") for key in TEXT_FILTERS})

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @extend_schema(operation_id="suppliers_create", request=SupplierIn, responses={201: SupplierOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Register a supplier; everything but the name may follow later."""
        values = _written(self.clean(SupplierIn))
        supplier = services.register_supplier(actor=self.actor, now=self.now, **values)
        return self._answer(supplier, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="suppliers_update", request=SupplierChange, **DETAIL)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = _written(self.clean(SupplierChange))
        supplier = services.edit_supplier(
            actor=self.actor,
            supplier=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return self._answer(supplier)

    @extend_schema(
        operation_id="suppliers_edit_many", request=SuppliersChange, responses=SupplierLine(many=True)
    )
    @action(detail=False, methods=["post"], url_path="edit-many", pagination_class=None)
    def edit_many(self, request: Any, **kwargs: Any) -> Response:
        """Say the same of many suppliers, each in the version that was read: all of them, or none."""
        values = self.clean(SuppliersChange)
        changed = bulk.edit_many(
            actor=self.actor,
            register=bulk.SUPPLIERS,
            chosen=chosen_in(bulk.SUPPLIERS, values),
            changes=_written(values["changes"]),
            now=self.now,
        )
        found = Supplier.objects.filter(pk__in=[supplier.pk for supplier in changed]).order_by("id")
        return Response(SupplierLine(queries.rows(found), many=True).data)

    @extend_schema(operation_id="suppliers_sheet", parameters=FILTERS, responses=BINARY)
    @action(detail=False, methods=["get"], pagination_class=None)
    def sheet(self, request: Any, **kwargs: Any) -> HttpResponse:
        """A workbook to edit offline and upload as an import; see its changes and take-over."""
        return workbook(self.actor, sheets.SUPPLIERS, self._found())

    @file_schema("suppliers", sheets.SUPPLIERS, FILTERS)
    @action(detail=False, methods=["post"], pagination_class=None)
    def files(self, request: Any, **kwargs: Any) -> Response:
        """Have a worker write what the filters leave, however much: see the job, then the register files."""
        return requested(self.actor, sheets.SUPPLIERS, asdict(self._filters()), now=self.now)

    @extend_schema(request=StepIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def step(self, request: Any, **kwargs: Any) -> Response:
        """Take a step of the life cycle. A key acts as the system, which may only start a review."""
        supplier = services.move_supplier(
            actor=self.actor, supplier=self.get_object(), now=self.now, **self.clean(StepIn)
        )
        return self._answer(supplier)

    @extend_schema(request=None, responses=LinkedOut)
    @action(detail=False, methods=["post"], url_path="link-names")
    def link_names(self, request: Any, **kwargs: Any) -> Response:
        """Make linked records of the supplier names that systems carry as text."""
        return Response({"linked": parts.link_names(actor=self.actor, now=self.now)})

    @extend_schema(request=ServedIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="link-system")
    def link_system(self, request: Any, **kwargs: Any) -> Response:
        """Say that it serves a system, or change what it delivers there; what is blank stays as it is."""
        values = self.clean(ServedIn)
        system = self._record(AISystem.objects.all(), values.pop("system_id"), "system_id")
        return self._done(parts.link_system, system=system, **values)

    @extend_schema(request=ServedSystemIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="unlink-system")
    def unlink_system(self, request: Any, **kwargs: Any) -> Response:
        links = self.get_object().system_links.select_related("supplier", "system")
        number = self.clean(ServedSystemIn)["system_id"]
        link = links.filter(system_id=number).first()
        return self._undone(parts.unlink_system, link, "system_id")

    @extend_schema(request=SubSupplierIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="add-sub-supplier")
    def add_sub_supplier(self, request: Any, **kwargs: Any) -> Response:
        number = self.clean(SubSupplierIn)["sub_supplier_id"]
        other = self._record(Supplier.objects.all(), number, "sub_supplier_id")
        return self._done(parts.add_sub_supplier, sub_supplier=other)

    @extend_schema(request=SubSupplierIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="remove-sub-supplier")
    def remove_sub_supplier(self, request: Any, **kwargs: Any) -> Response:
        number = self.clean(SubSupplierIn)["sub_supplier_id"]
        link = queries.sub_supplier_link(self.get_object(), number)
        return self._undone(parts.remove_sub_supplier, link, "sub_supplier_id")

    @extend_schema(request=ConditionIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="add-condition")
    def add_condition(self, request: Any, **kwargs: Any) -> Response:
        return self._done(parts.add_condition, **self.clean(ConditionIn))

    @extend_schema(request=MetIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="meet-condition")
    def meet_condition(self, request: Any, **kwargs: Any) -> Response:
        supplier, values = self.get_object(), self.clean(MetIn)
        rows = supplier.conditions.select_related("supplier")
        condition = self._record(rows, values["condition_id"], "condition_id")
        parts.meet_condition(actor=self.actor, condition=condition, note=values["note"], now=self.now)
        return self._answer(supplier)

    @extend_schema(request=EventIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="record-event")
    def record_event(self, request: Any, **kwargs: Any) -> Response:
        """A notice from the supplier, or a request to it."""
        return self._done(parts.record_event, **self.clean(EventIn))

    @extend_schema(request=AnswerIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="accept-answer")
    def accept_answer(self, request: Any, **kwargs: Any) -> Response:
        """Take the answer to a request as enough."""
        supplier, values = self.get_object(), self.clean(AnswerIn)
        event = self._record(supplier.notices.select_related("supplier"), values["event_id"], "event_id")
        parts.accept_answer(actor=self.actor, event=event, answer=values["answer"], now=self.now)
        return self._answer(supplier)

    @extend_schema(request=SupplierEvidenceIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="link-evidence")
    def link_evidence(self, request: Any, **kwargs: Any) -> Response:
        number = self.clean(SupplierEvidenceIn)["evidence_id"]
        evidence = self._record(visible_evidence(self.actor), number, "evidence_id")
        return self._done(parts.link_certificate, evidence=evidence)

    @extend_schema(request=SupplierEvidenceIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="unlink-evidence")
    def unlink_evidence(self, request: Any, **kwargs: Any) -> Response:
        links = self.get_object().evidence_links.select_related("supplier", "evidence")
        link = links.filter(evidence_id=self.clean(SupplierEvidenceIn)["evidence_id"]).first()
        return self._undone(parts.unlink_certificate, link, "evidence_id")

    def _record(self, rows: Any, number: int, field: str) -> Any:
        return record(rows, number, field=field, sentence=NOT_HERE)

    def _done(self, verb: Any, **values: Any) -> Response:
        supplier = self.get_object()
        verb(actor=self.actor, supplier=supplier, now=self.now, **values)
        return self._answer(supplier)

    def _undone(self, verb: Any, link: Any, field: str) -> Response:
        if link is None:
            raise exceptions.ValidationError({field: ["This is not linked here."]})
        verb(actor=self.actor, link=link, now=self.now)
        return self._answer(self.get_object())

    def _answer(self, supplier: Supplier, **options: Any) -> Response:
        context = {**self.get_serializer_context(), "detail": queries.detail_of(supplier)}
        return Response(SupplierOut(supplier, context=context).data, **options)


def _written(values: dict[str, Any]) -> dict[str, Any]:
    if "owner_id" in values:
        number = values.pop("owner_id")
        sentence = f"There is no member {number}."
        values["owner"] = record(Member.objects.active(), number, field="owner_id", sentence=sentence)
    if "contract" in values:
        values["contract"] = {
            each["topic"]: {"answer": each["answer"], "where": each.get("where", "")}
            for each in values["contract"]
        }
    return values
