"""A record that two people edit at once: only the one who read the version in store writes."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet


def write_version(rows: QuerySet[Any], row_version: int, **values: Any) -> bool:
    """Write when `row_version` is still in store, and count it up. False when somebody was faster."""
    return bool(rows.filter(row_version=row_version).update(**values, row_version=F("row_version") + 1))
