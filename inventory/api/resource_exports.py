"""A model or a data set in the format of others."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.exceptions import NotAllowed
from inventory.exports.resource_files import export_resource
from inventory.exports.resource_losses import losses
from inventory.queries.resource_exports import FORMATS, exported


class FieldLost(serializers.Serializer):
    field = serializers.CharField()
    reason = serializers.CharField()


class ResourceExportFormat(serializers.Serializer):
    """`losses` names each field that does not come back; `lacking` what the format asks for and is not on
    record."""

    kind = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    lacking = serializers.ListField(child=serializers.CharField())
    losses = FieldLost(many=True)


class ResourceExports:
    """For the viewsets of registers that have such a format."""

    export_verbs = {"export": "inventory.view_resources", "export_format": "inventory.view_resources"}
    model: ClassVar[Any]
    actor: Any
    get_object: Any

    @action(detail=True, methods=["get"])
    def export(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The record in the format of others; export-format says which, and what it does not carry."""
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        made = export_resource(FORMATS[self.model], exported(self.get_object()))
        disposition = f'attachment; filename="{made.name}"'
        return HttpResponse(
            made.content, content_type=made.media_type, headers={"Content-Disposition": disposition}
        )

    @action(detail=True, methods=["get"], url_path="export-format")
    def export_format(self, request: Any, **kwargs: Any) -> Response:
        """What a file of this record does not say, and what an import of it does not take back."""
        of = FORMATS[self.model]
        said = {
            "kind": of.kind.key,
            "name": of.kind.label,
            "media_type": of.kind.media_type,
            "lacking": of.lacking(exported(self.get_object())),
            "losses": [{"field": field, "reason": reason} for field, _, reason in losses(of.kind.key)],
        }
        return Response(ResourceExportFormat(said).data)
