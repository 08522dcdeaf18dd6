"""Registers as workbooks."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes

from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed
from inventory.exports.sheet import MEDIA_TYPE, file_name
from inventory.queries import sheets

BINARY = {(200, MEDIA_TYPE): OpenApiTypes.BINARY}


def workbook(actor: Actor, model: Any) -> HttpResponse:
    if not actor.may_download:
        raise NotAllowed("Your access does not include downloads.")
    register = sheets.BY_MODEL[model]
    return HttpResponse(
        sheets.sheet_of(model.objects.all(), register),
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{file_name(register.shape)}"'},
    )
