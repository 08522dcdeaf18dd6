"""Files of a register: a workbook at once, and any format as a file that a worker writes."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from aims.core import blobs
from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from inventory import register_files
from inventory.exports.sheet import MEDIA_TYPE, file_name
from inventory.queries import sheets
from inventory.queries.sheets import Register

BINARY = {(200, MEDIA_TYPE): OpenApiTypes.BINARY}


class RegisterFileOut(serializers.Serializer):
    """Ask the job until it is done; then the register file of the same number is there."""

    job_id = serializers.IntegerField()


def workbook(actor: Actor, register: Register, found: Any) -> HttpResponse:
    if not actor.may_download:
        raise NotAllowed("Your access does not include downloads.")
    return HttpResponse(
        sheets.sheet_of(found, register),
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{file_name(register.shape)}"'},
    )


def file_schema(prefix: str, register: Register, filters: list[OpenApiParameter]) -> Any:
    """Of the operation that has a file written: the filters are those of the list, and `kind` says the format
    where there are several."""
    formats = list(register_files.formats_of(register))
    kinds = [OpenApiParameter("kind", str, enum=formats)] if len(formats) > 1 else []
    return extend_schema(
        operation_id=f"{prefix}_files_create",
        parameters=[*filters, *kinds],
        request=None,
        responses={202: RegisterFileOut},
    )


def requested(
    actor: Actor,
    register: Register,
    asked: Mapping[str, Any],
    *,
    kind: str = register_files.SHEET,
    now: datetime.datetime,
) -> Response:
    job = register_files.request_file(actor=actor, register=register, format=kind, asked=asked, now=now)
    return Response(RegisterFileOut({"job_id": job.pk}).data, status=status.HTTP_202_ACCEPTED)


@extend_schema(tags=["register files"])
class RegisterFileViewSet(TenantViewSet):
    """What a worker wrote; the number is that of its job."""

    verbs = {"retrieve": "core.view_jobs"}

    @extend_schema(
        operation_id="register_files_retrieve",
        parameters=[ID],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """The file, for whoever asked for it, until the next day."""
        blob = register_files.file_of(self.kwargs["pk"], self.actor)
        if blob is None:
            raise Http404
        return blobs.serve(blob)
