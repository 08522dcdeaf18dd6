"""Records that a request body names by their ids."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions

#: The record's id in the address, as the API's description calls it.
ID = OpenApiParameter("id", int, OpenApiParameter.PATH)


def record(rows: QuerySet[Any], pk: int | None, *, field: str, sentence: str) -> Any:
    """The row with that id, None for none; another organization's is as unknown as one that is not there."""
    if pk is None:
        return None
    found = rows.filter(pk=pk).first()
    if found is None:
        raise exceptions.ValidationError({field: [sentence]})
    return found
