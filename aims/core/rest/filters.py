"""A filter that does not exist, or has a value that does not, is refused: it would silently show too much."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions

from aims.core import as_of
from aims.core.numbers import whole_number

PAGING = ("page", "page_size")


def refuse_unknown(view: Any) -> None:
    """Raise ValidationError for query parameters that the description of the operation does not hold."""
    asked = view.request.query_params
    if not asked or view.action is None:
        return
    documented = _documented(view)
    paging = PAGING if view.action == "list" and view.pagination_class else ()
    past = (as_of.PARAMETER,) if view.has_past else ()
    known = sorted({*documented, *paging, *past})
    errors = {}
    for name in asked:
        if name not in known:
            errors[name] = [f"There is no such parameter here. Known: {', '.join(known) or 'none'}."]
        elif name in documented and (wrong := _wrong(documented[name], asked[name])):
            errors[name] = [wrong]
    if errors:
        raise exceptions.ValidationError(errors)


def number(asked: Any, name: str) -> int | None:
    """Of a parameter that is described as a whole number, so that it has been checked."""
    return int(asked[name]) if asked.get(name) else None


def _documented(view: Any) -> dict[str, OpenApiParameter]:
    """What `extend_schema` says of the action, so that the description and the check cannot differ."""
    described = getattr(getattr(view, view.action, None), "kwargs", {}).get("schema")
    if described is None:
        return {}
    schema = described()
    schema.view = view
    found = schema.get_override_parameters()
    return {each.name: each for each in found if each.location == OpenApiParameter.QUERY}


def _wrong(parameter: OpenApiParameter, value: str) -> str:
    if not value:
        return ""
    if parameter.enum and value not in {str(choice) for choice in parameter.enum}:
        return f"Choose one of {', '.join(str(choice) for choice in parameter.enum)}."
    if parameter.type is int and whole_number(value) is None:
        return "Give a whole number."
    return ""
