"""One text for one value: what is hashed and signed must not depend on who wrote it down."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID


def canonical_json(value: object) -> str:
    """Sorted keys, no spaces, UTF-8 text, ISO dates, decimals as strings; anything ambiguous is refused."""
    text = json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    text.encode()  # a lone surrogate has no UTF-8 form and could never be verified again
    return text


def sha256_of(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def _plain(value: object) -> object:
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | str():
            return value
        case float():
            return _finite(value)
        case Decimal():
            return _decimal_text(value)
        case datetime():
            return _moment_text(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    # A translated label is a lazy object, a set has no order: the caller decides, not this function.
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _key(key: object) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise TypeError(f"keys are strings, not {type(key).__name__}")
    return key


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("numbers that are not finite have no canonical form")
    return value


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("numbers that are not finite have no canonical form")
    return format(value, "f")


def _moment_text(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone has no canonical form")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
