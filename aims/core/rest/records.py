"""Records that a request body names by their ids, and answers that are one record."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions

#: The record's id in the address, as the API's description calls it.
ID = OpenApiParameter("id", int, OpenApiParameter.PATH)


def only_one(serializer: Any) -> Any:
    """The answer of a `list` that is one record, not a page of them."""
    return forced_singular_serializer(serializer)  # type: ignore[no-untyped-call]  # it has no types


def record(rows: QuerySet[Any], pk: int | None, *, field: str, sentence: str) -> Any:
    """The row with that id, None for none; another organization's is as unknown as one that is not there."""
    if pk is None:
        return None
    found = rows.filter(pk=pk).first()
    if found is None:
        raise exceptions.ValidationError({field: [sentence]})
    return found
