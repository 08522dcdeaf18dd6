"""What a request body may name, however deep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import serializers


def written(serializer: Any) -> dict[str, Any]:
    """The fields of one object that a request may set."""
    return {name: field for name, field in serializer.fields.items() if not field.read_only}


def unknown(field: Any, data: Any, name: str = "") -> Iterator[str]:
    """What the body names and its description does not, such as `sites.0.city`."""
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        for place, part in enumerate(data if isinstance(data, list) else ()):
            yield from unknown(field.child, part, f"{name}.{place}" if name else str(place))
    elif isinstance(field, serializers.Serializer) and isinstance(data, Mapping):
        known = written(field)
        for key, part in data.items():
            path = f"{name}.{key}" if name else str(key)
            if key in known:
                yield from unknown(known[key], part, path)
            else:
                yield path
