"""A model or a data set as its export reads it: no query beyond the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from inventory.exports.resource import ExportedResource
from inventory.exports.resource_files import CROISSANT, MODEL_CARD, ResourceKind
from inventory.models import AIModel, DataSet

FORMATS: Mapping[Any, ResourceKind] = {DataSet: CROISSANT, AIModel: MODEL_CARD}
NAMES = [column.name for column in fields(ExportedResource) if column.name != "supplier"]


def exported(record: Any) -> ExportedResource:
    values = {name: getattr(record, name) for name in NAMES if hasattr(record, name)}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return ExportedResource(**{**values, **lists}, supplier=record.supplier.name if record.supplier else "")
