"""What the registers of AI models, data sets and prompts have in common in the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.models import Member
from aims.core.rest.records import ID, record
from aims.core.sorting import both_ways, in_order
from inventory.api.bulk import chosen_in
from inventory.api.origins import OriginOut, Origins
from inventory.api.register_files import BINARY, file_schema, requested, workbook
from inventory.api.resource_exports import ResourceExportFormat, ResourceExports
from inventory.models import AIModel, AISystem, Supplier
from inventory.queries import resources as queries
from inventory.queries import sheets
from inventory.rules.resources import DIGITS
from inventory.services import bulk
from inventory.services import resources as services

VIEW, KEEP = "inventory.view_resources", "inventory.keep_resource"
NOT_HERE = "There is no such record."
Word = serializers.CharField


def text(longest: int = 10_000) -> Any:
    return Word(required=False, allow_blank=True, max_length=longest)


class HashLine(serializers.Serializer):
    algorithm = serializers.ChoiceField(choices=list(DIGITS))
    value = Word(max_length=128)


class MeasureLine(serializers.Serializer):
    metric = Word(max_length=200)
    slice = Word(required=False, allow_blank=True, max_length=200, default="")
    value = serializers.FloatField()


class ResourceLine(serializers.Serializer):
    """What a line of both registers holds."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    supplier_id = serializers.IntegerField(allow_null=True)
    owner_id = serializers.IntegerField(allow_null=True)
    licence = serializers.CharField()
    is_superseded = serializers.BooleanField()
    system_count = serializers.IntegerField()
    row_version = serializers.IntegerField()


OUT = ("id", "reference", "name", "version")
END = ("supersedes_id", "superseded_by_id", "systems", "registered_at", "row_version")


class ResourceOut(serializers.ModelSerializer):
    hashes = HashLine(many=True)
    measures = MeasureLine(many=True)
    supplier_id = serializers.IntegerField(allow_null=True)
    owner_id = serializers.IntegerField(allow_null=True)
    supersedes_id = serializers.IntegerField(allow_null=True)
    superseded_by_id = serializers.SerializerMethodField()
    systems = serializers.SerializerMethodField()

    def get_superseded_by_id(self, resource: Any) -> int | None:
        successor = self.context["detail"].successor
        return successor.pk if successor else None


def fields_of(model: Any) -> tuple[str, ...]:
    """The columns of a whole record, people and other records by their number."""
    numbers = {name: f"{name}_id" for name in ("supplier", "owner", "ai_model")}
    return (*OUT, *(numbers.get(name, name) for name in model.written), *END)


class ResourceFields(serializers.Serializer):
    version = text(100)
    supplier_id = serializers.IntegerField(required=False, allow_null=True)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    licence = text(200)
    provenance = text()
    hashes = HashLine(many=True, required=False)
    measures = MeasureLine(many=True, required=False)
    limitations = text()


class VersionIn(serializers.Serializer):
    version = Word(max_length=100)


class ResourceViewSet(Origins):
    """What both registers do."""

    has_past = True
    verbs = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": KEEP,
        "partial_update": KEEP,
        "edit_many": KEEP,
        "sheet": VIEW,
        "files": VIEW,
        "new_version": KEEP,
        "link_system": KEEP,
        "unlink_system": KEEP,
        **Origins.origin_verbs,
    }
    model: ClassVar[Any]
    line: ClassVar[Any]
    use: ClassVar[Any]
    new: ClassVar[Any]
    change: ClassVar[Any]
    change_many: ClassVar[Any]

    def get_queryset(self) -> Any:
        return self.model.objects.select_related(*self.model.joined)

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params.get("sort", "")
        found = in_order(self._found(), asked, sorts=queries.SORTS, default="id")
        page = self.paginate_queryset(queries.rows(self.model, found))
        return self.get_paginated_response(self.line(page, many=True).data)

    def _found(self) -> Any:
        """What the filters leave."""
        return queries.resources(self.model, self._filters())

    def _filters(self) -> queries.ResourceFilters:
        asked = self.request.query_params
        return queries.ResourceFilters(**{key: asked.get(key, "") for key in ("view", "q", "kind")})

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Enter a version; everything but the name may follow later."""
        made = services.register_resource(
            actor=self.actor, model=self.model, now=self.now, **_written(self.clean(self.new))
        )
        return self._answer(made, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read. A replaced version stays as it was."""
        values = _written(self.clean(self.change))
        changed = services.edit_resource(
            actor=self.actor,
            resource=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return self._answer(changed)

    @action(detail=False, methods=["post"], url_path="edit-many", pagination_class=None)
    def edit_many(self, request: Any, **kwargs: Any) -> Response:
        """Say the same of many, each in the version that was read: all of them, or none."""
        register, values = bulk.OF_RESOURCES[self.model], self.clean(self.change_many)
        changed = bulk.edit_many(
            actor=self.actor,
            register=register,
            chosen=chosen_in(register, values),
            changes=_written(values["changes"]),
            now=self.now,
        )
        found = queries.resources(self.model, queries.ResourceFilters())
        rows = found.filter(pk__in=[each.pk for each in changed]).order_by("id")
        return Response(self.line(queries.rows(self.model, rows), many=True).data)

    @action(detail=False, methods=["get"], pagination_class=None)
    def sheet(self, request: Any, **kwargs: Any) -> HttpResponse:
        """A workbook to edit offline and upload as an import; see its changes and take-over."""
        return workbook(self.actor, sheets.BY_MODEL[self.model], self._found())

    @action(detail=False, methods=["post"], pagination_class=None)
    def files(self, request: Any, **kwargs: Any) -> Response:
        """Have a worker write what the filters leave, however much: see the job, then the register files."""
        register = sheets.BY_MODEL[self.model]
        return requested(self.actor, register, asdict(self._filters()), now=self.now)

    @action(detail=True, methods=["post"], url_path="new-version")
    def new_version(self, request: Any, **kwargs: Any) -> Response:
        """A new record that supersedes this one; what was seen of this one is not taken over."""
        made = services.supersede_resource(
            actor=self.actor, resource=self.get_object(), now=self.now, **self.clean(VersionIn)
        )
        return self._answer(made, status=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"], url_path="link-system")
    def link_system(self, request: Any, **kwargs: Any) -> Response:
        """Say that a system uses it, and as what."""
        resource, values = self.get_object(), self.clean(self.use)
        system = record(AISystem.objects.all(), values["system_id"], field="system_id", sentence=NOT_HERE)
        services.link_resource(
            actor=self.actor, resource=resource, system=system, role=values["role"], now=self.now
        )
        return self._answer(resource)

    @action(detail=True, methods=["post"], url_path="unlink-system")
    def unlink_system(self, request: Any, **kwargs: Any) -> Response:
        """Take back that a system uses it in this role."""
        resource, values = self.get_object(), self.clean(self.use)
        link = resource.system_links.select_related("resource", "system").filter(**values).first()
        if link is None:
            raise exceptions.ValidationError({"system_id": ["This is not linked here."]})
        services.unlink_resource(actor=self.actor, link=link, now=self.now)
        return self._answer(resource)

    def _answer(self, resource: Any, **options: Any) -> Response:
        context = {**self.get_serializer_context(), "detail": queries.detail_of(resource)}
        return Response(self.get_serializer_class()(resource, context=context).data, **options)


def _written(values: dict[str, Any]) -> dict[str, Any]:
    for field, rows, what in (
        ("owner_id", Member.objects.active(), "member"),
        ("supplier_id", Supplier.objects.all(), "supplier"),
        ("ai_model_id", AIModel.objects.all(), "AI model"),
    ):
        if field in values:
            number = values.pop(field)
            sentence = f"There is no {what} {number}."
            values[field.removesuffix("_id")] = record(rows, number, field=field, sentence=sentence)
    for name in ("hashes", "measures"):
        if name in values:
            values[name] = [dict(each) for each in values[name]]
    return values


def described(prefix: str, tag: str) -> Callable[[Any], Any]:
    """A register with an operation id of its own for each operation, as clients are generated from them."""
    return lambda view: extend_schema(tags=[tag])(extend_schema_view(**_operations(prefix, view))(view))


def _operations(prefix: str, view: Any) -> dict[str, Any]:
    out = view.serializer_class
    filters = [
        OpenApiParameter("view", str, enum=[name for name in queries.views_of(view.model) if name]),
        OpenApiParameter("q", str, description="Words in name, version, licence, origin or supplier"),
    ]
    if view.model.kinds:
        filters.append(OpenApiParameter("kind", str, enum=view.model.kinds.values))
    sort = OpenApiParameter("sort", str, enum=both_ways(queries.SORTS))
    one = {"parameters": [ID], "responses": out}
    exports = {
        "export": extend_schema(
            operation_id=f"{prefix}_export",
            parameters=[ID],
            responses={(200, "application/json"): OpenApiTypes.OBJECT},
        ),
        "export_format": extend_schema(
            operation_id=f"{prefix}_export_format", parameters=[ID], responses=ResourceExportFormat
        ),
    }
    return {
        **(exports if issubclass(view, ResourceExports) else {}),
        "list": extend_schema(
            operation_id=f"{prefix}_list", responses=view.line(many=True), parameters=[*filters, sort]
        ),
        "retrieve": extend_schema(operation_id=f"{prefix}_retrieve", **one),
        "origins": extend_schema(
            operation_id=f"{prefix}_origins_list", parameters=[ID], responses=OriginOut(many=True)
        ),
        "create": extend_schema(operation_id=f"{prefix}_create", request=view.new, responses={201: out}),
        "partial_update": extend_schema(operation_id=f"{prefix}_update", request=view.change, **one),
        "edit_many": extend_schema(
            operation_id=f"{prefix}_edit_many", request=view.change_many, responses=view.line(many=True)
        ),
        "sheet": extend_schema(operation_id=f"{prefix}_sheet", parameters=filters, responses=BINARY),
        "files": file_schema(prefix, sheets.BY_MODEL[view.model], filters),
        "new_version": extend_schema(
            operation_id=f"{prefix}_new_version_create",
            request=VersionIn,
            parameters=[ID],
            responses={201: out},
        ),
        "link_system": extend_schema(operation_id=f"{prefix}_link_system_create", request=view.use, **one),
        "unlink_system": extend_schema(
            operation_id=f"{prefix}_unlink_system_create", request=view.use, **one
        ),
    }
