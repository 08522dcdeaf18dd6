from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core import permissions
from aims.core.rest.records import ID, only_one
from aims.core.rest.views import TenantViewSet
from inventory import importing
from inventory.enums import ImportState
from inventory.import_plan import Outcome
from inventory.imports.formats import Format
from inventory.models import AIModel, AISystem, DataSet, InventoryImport, Prompt, Supplier
from inventory.queries import sheets
from inventory.queries.components import RECORDS
from inventory.rules.sheets import Verdict
from inventory.services import sheets as services

OUTCOMES = [each.value for each in Outcome]
KINDS = list(RECORDS)


class ImportOut(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=ImportState.choices)

    class Meta:
        model = InventoryImport
        fields = (
            "id",
            "file_name",
            "format",
            "spec_version",
            "sha256",
            "state",
            "system_count",
            "resource_count",
            "problem_count",
            "refusal",
            "job_id",
            "uploaded_at",
            "applied_at",
        )
        read_only_fields = fields


class ProblemOut(serializers.Serializer):
    field = serializers.CharField()
    sentence = serializers.CharField()


class UnmappedOut(serializers.Serializer):
    path = serializers.CharField()
    value_excerpt = serializers.CharField()
    reason = serializers.CharField()


class PreviewRowOut(serializers.Serializer):
    position = serializers.CharField(source="parsed.position")
    name = serializers.CharField(source="parsed.name")
    external_id = serializers.CharField(source="parsed.external_id")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    known_as = serializers.CharField(source="known.reference", default="")
    missing = serializers.ListField(source="parsed.missing", child=serializers.CharField())
    problems = ProblemOut(source="parsed.problems", many=True)
    notices = ProblemOut(source="all_notices", many=True)
    unmapped = UnmappedOut(source="parsed.unmapped", many=True)


class PreviewResourceOut(serializers.Serializer):
    """A model or a data set that the file is about."""

    kind = serializers.ChoiceField(source="parsed.kind", choices=KINDS)
    position = serializers.CharField(source="parsed.position")
    name = serializers.CharField(source="parsed.name")
    version = serializers.CharField(source="parsed.version")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    known_as = serializers.CharField(source="known.reference", default="")
    problems = ProblemOut(source="parsed.problems", many=True)
    notices = ProblemOut(source="all_notices", many=True)
    unmapped = UnmappedOut(source="parsed.unmapped", many=True)


class PreviewOut(serializers.Serializer):
    """What applying would do to the register as it stands now; `rows` are records of that register."""

    register = serializers.ChoiceField(source="parsed.register", choices=list(sheets.BY_KEY))
    to_create = serializers.SerializerMethodField()
    obstacle = serializers.CharField()
    rows = PreviewRowOut(many=True)
    resources = PreviewResourceOut(many=True)
    problems = ProblemOut(source="parsed.problems", many=True)
    notices = ProblemOut(source="parsed.notices", many=True)
    unmapped = UnmappedOut(source="parsed.unmapped", many=True)

    def get_to_create(self, plan: Any) -> int:
        return int(plan.new_count)


class ImportDetailOut(ImportOut):
    preview = serializers.SerializerMethodField()

    class Meta(ImportOut.Meta):
        fields: Any = (*ImportOut.Meta.fields, "preview")
        read_only_fields: Any = fields

    @extend_schema_field(PreviewOut(allow_null=True))
    def get_preview(self, upload: InventoryImport) -> Any:
        if upload.state != ImportState.PREVIEWED:
            return None
        return PreviewOut(importing.plan_of(upload)).data


class ImportIn(serializers.Serializer):
    file = serializers.FileField()
    format = serializers.ChoiceField(choices=[each.value for each in Format], required=False)


class ApplyIn(serializers.Serializer):
    expected = serializers.IntegerField(
        required=False, min_value=0, help_text="How many records the preview said would be created."
    )


class CellOut(serializers.Serializer):
    """`base` is what the record said when the sheet was made, null where nobody knows any more."""

    field = serializers.CharField(source="key")
    base = serializers.CharField(allow_null=True)
    here = serializers.CharField()
    sheet = serializers.CharField()
    verdict = serializers.ChoiceField(choices=[each.value for each in Verdict])
    problem = serializers.CharField()


class SheetRowOut(serializers.Serializer):
    """`row_version` is that of the record as it is now, to be sent back with what is taken over."""

    system_id = serializers.SerializerMethodField()
    supplier_id = serializers.SerializerMethodField()
    model_id = serializers.SerializerMethodField()
    data_set_id = serializers.SerializerMethodField()
    prompt_id = serializers.SerializerMethodField()
    reference = serializers.CharField(source="record.reference")
    row_version = serializers.IntegerField()
    cells = CellOut(many=True)

    def get_system_id(self, row: sheets.SheetRow) -> int | None:
        return _number(row, AISystem)

    def get_supplier_id(self, row: sheets.SheetRow) -> int | None:
        return _number(row, Supplier)

    def get_model_id(self, row: sheets.SheetRow) -> int | None:
        return _number(row, AIModel)

    def get_data_set_id(self, row: sheets.SheetRow) -> int | None:
        return _number(row, DataSet)

    def get_prompt_id(self, row: sheets.SheetRow) -> int | None:
        return _number(row, Prompt)


def _number(row: sheets.SheetRow, model: Any) -> int | None:
    return row.record.pk if isinstance(row.record, model) else None


class ComparisonOut(serializers.Serializer):
    """`unknown` are references that are not here, `retired` columns of own fields that are not in use."""

    rows = SheetRowOut(many=True)
    unknown = serializers.ListField(child=serializers.CharField())
    retired = serializers.ListField(child=serializers.CharField())


class ChosenCell(serializers.Serializer):
    """The record by the number that its register has here: `system_id` in a sheet of systems, and so on."""

    system_id = serializers.IntegerField(min_value=1, required=False)
    supplier_id = serializers.IntegerField(min_value=1, required=False)
    model_id = serializers.IntegerField(min_value=1, required=False)
    data_set_id = serializers.IntegerField(min_value=1, required=False)
    prompt_id = serializers.IntegerField(min_value=1, required=False)
    field = serializers.CharField(max_length=60)
    row_version = serializers.IntegerField(min_value=1)


class TakeOverIn(serializers.Serializer):
    """All of them are written, or none."""

    cells = ChosenCell(many=True, allow_empty=False)


@extend_schema_view(
    list=extend_schema(operation_id="imports_list"),
    retrieve=extend_schema(operation_id="imports_retrieve", parameters=[ID], responses=ImportDetailOut),
)
@extend_schema(tags=["imports"])
class ImportViewSet(mixins.ListModelMixin, TenantViewSet):
    """Inventory files: uploaded, read by a worker, previewed, applied as a whole."""

    serializer_class = ImportOut
    verbs = {
        "list": "inventory.view_imports",
        "retrieve": "inventory.view_imports",
        "create": "inventory.import_systems",
        "apply": "inventory.apply_import",
        "changes": "inventory.view_imports",
        "take_over": services.APPLY,
    }

    def get_queryset(self) -> Any:
        return InventoryImport.objects.defer("preview").order_by("-pk")

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(ImportDetailOut(self._sheet()).data)

    @extend_schema(
        operation_id="imports_create", request={"multipart/form-data": ImportIn}, responses={202: ImportOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Upload a file; its preview is there when the state is `previewed`."""
        values = self.clean(ImportIn)
        upload = importing.upload_import(
            actor=self.actor,
            file=values["file"],
            name=values["file"].name,
            format=Format(values["format"]) if "format" in values else None,
            now=self.now,
        )
        return Response(ImportOut(upload).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="imports_apply", parameters=[ID], request=ApplyIn, responses=ImportOut)
    @action(detail=True, methods=["post"])
    def apply(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Create every new record of the preview, or nothing. More than 500 rows are applied by a worker."""
        values = self.clean(ApplyIn)
        upload = get_object_or_404(InventoryImport, pk=self.kwargs["pk"])
        importing.start_apply(actor=self.actor, upload=upload, expected=values.get("expected"), now=self.now)
        return Response(ImportOut(upload).data)

    @extend_schema(operation_id="imports_changes", parameters=[ID], responses=only_one(ComparisonOut))
    @action(detail=True, methods=["get"])
    def changes(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Of a sheet of a register that came back: each cell that differs, and why."""
        upload = self._sheet()
        return Response(ComparisonOut(sheets.comparison_of(upload)).data)

    @extend_schema(
        operation_id="imports_take_over",
        parameters=[ID],
        request=TakeOverIn,
        responses=only_one(ComparisonOut),
    )
    @action(detail=True, methods=["post"], url_path="take-over")
    def take_over(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write the chosen cells, each in the version that was shown; answers what differs afterwards."""
        upload = self._sheet()
        name = f"{sheets.register_of(upload).route}_id"
        cells = [_chosen(each, name) for each in self.clean(TakeOverIn)["cells"]]
        services.take_over(actor=self.actor, upload=upload, cells=cells, now=self.now)
        return Response(ComparisonOut(sheets.comparison_of(upload)).data)

    def _sheet(self) -> InventoryImport:
        """For whoever may read the register that it is about."""
        upload: InventoryImport = get_object_or_404(InventoryImport, pk=self.kwargs["pk"])
        permissions.require(self.actor, sheets.register_of(upload).view)
        return upload


def _chosen(cell: dict[str, Any], name: str) -> services.Chosen:
    if name not in cell:
        raise exceptions.ValidationError({"cells": [f"Name the record of each cell by its {name}."]})
    return services.Chosen(cell[name], cell["field"], cell["row_version"])
