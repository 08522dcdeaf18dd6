"""Reads of the organization's own fields, and of what systems say in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from aims.core.exceptions import RuleBroken
from inventory.enums import FieldKind
from inventory.models import AISystem, CustomField
from inventory.rules import custom_fields as rules

#: So many of them fit into the table of the register.
MOST_COLUMNS = 4
#: (key, value) as asked for in a filter.
Asked = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class FieldRow:
    """A field, and how many systems say something in it."""

    field: CustomField
    systems: int


@dataclass(frozen=True)
class Said:
    label: str
    value: str
    is_link: bool


def in_use() -> list[CustomField]:
    return list(CustomField.objects.in_use())


def of_register(fields: Iterable[CustomField]) -> list[CustomField]:
    """Those that are columns and filters of the register."""
    return [field for field in fields if field.in_register][:MOST_COLUMNS]


def field_rows() -> list[FieldRow]:
    """All, retired ones last. Two queries, whatever their number."""
    said: dict[str, int] = {}
    for keys in AISystem.objects.exclude(custom={}).values_list("custom", flat=True):
        for key in keys:
            said[key] = said.get(key, 0) + 1
    fields = sorted(CustomField.objects.all(), key=lambda field: (field.retired_at is not None, field.pk))
    return [FieldRow(field, said.get(field.key, 0)) for field in fields]


def said_by(custom: Mapping[str, Any], fields: Iterable[CustomField]) -> list[Said]:
    """A line for each field in use, said or not."""
    return [
        Said(field.label, rules.in_words(custom.get(field.key)), field.kind == FieldKind.LINK)
        for field in fields
    ]


def matching(found: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    """Systems that say this in own fields; texts and addresses by a part of them.

    Raises RuleBroken for a field that is not in use, and for a value that its kind does not know.
    """
    fields = {field.key: field for field in in_use()} if asked else {}
    for place, (key, value) in enumerate(asked):
        if key not in fields:
            raise RuleBroken(f"There is no field “{key[:40]}” in use.", field="custom")
        if fields[key].kind in {FieldKind.TEXT, FieldKind.LINK}:
            name = f"said_{place}"
            found = found.alias(**{name: KeyTextTransform(key, "custom")})
            found = found.filter(**{f"{name}__icontains": value})
        else:
            found = found.filter(custom__contains={key: rules.read_value(fields[key], value)})
    return found
