"""Handing out a model or a data set in the format of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from aims.core.exceptions import NotAllowed
from inventory.exports.resource_files import ResourceKind, export_resource
from inventory.exports.resource_losses import losses
from inventory.queries.resource_exports import FORMATS, exported
from inventory.views.ai_models import Models
from inventory.views.data_sets import DataSets
from inventory.views.exports import file_answer
from inventory.views.resources import VIEW, OfResource


class ResourceExport(OfResource):
    """What the format carries, what it does not, and what it asks for and the record does not say."""

    verb = VIEW
    has_past = True
    template_name = "inventory/resource_export.html"

    @property
    def format(self) -> ResourceKind:
        return FORMATS[self.model]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, Any]:
        record = exported(self.record)
        return {
            **self.head(""),
            "kind": self.format.kind,
            "file_url": self.to("_export_file", self.record.pk),
            "lacking": self.format.lacking(record),
            "lost": list(losses(self.format.kind.key)),
        }


class ResourceExportFile(ResourceExport):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        return file_answer(export_resource(self.format, exported(self.record)))


class ModelExport(Models, ResourceExport):
    pass


class ModelExportFile(Models, ResourceExportFile):
    pass


class DataSetExport(DataSets, ResourceExport):
    pass


class DataSetExportFile(DataSets, ResourceExportFile):
    pass
