"""What changed on one record, field by field, from its row history."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone

from aims.core.enums import Role
from aims.core.history import DELETED, event_model
from aims.core.models import Member
from aims.core.tenancy.context import current_actor
from aims.core.tenancy.past import past_moment

#: Columns that say nothing to a reader.
SILENT = {"id", "organization", "row_version"}


@dataclass(frozen=True)
class FieldChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class RecordChange:
    """One saved change: when, by whom, and the fields that differ."""

    when: datetime.datetime
    who: str
    kind: str
    changes: tuple[FieldChange, ...]
    exception: str = ""  # from separation of duties, under which it was done


def changes_of(obj: models.Model, *, newest: int = 50) -> list[RecordChange]:
    """The latest changes of a record, newest first: one query, and one per kind of record its fields name."""
    events: Any = event_model(type(obj))
    rows = list(
        events._default_manager.filter(
            organization_id=current_actor().organization_id,
            pgh_obj_id=obj.pk,
            pgh_created_at__lte=past_moment() or timezone.now(),
        ).order_by("-pgh_id")[: newest + 1]
    )
    fields = _told_fields(type(obj))
    names = _names_of(rows, fields)
    people = names.get(Member) or _members()
    pairs = zip(rows, [*rows[1:], None], strict=False)
    changes = [_change(row, before, fields, names, people) for row, before in pairs]
    return [change for change in changes[:newest] if change.changes or change.kind != "update"]


def _told_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.name not in SILENT]


def _members() -> dict[Any, str]:
    return dict(Member.objects.values_list("pk", "name"))


def _names_of(
    rows: Iterable[Any], fields: Iterable[models.Field[Any, Any]]
) -> dict[type[models.Model], dict[Any, str]]:
    wanted: dict[type[models.Model], set[Any]] = {}
    for field in fields:
        if field.is_relation:
            wanted.setdefault(field.related_model, set()).update(  # type: ignore[arg-type]
                getattr(row, field.attname) for row in rows
            )
    return {model: _named(model, ids - {None}) for model, ids in wanted.items()}


def _named(model: type[models.Model], ids: set[Any]) -> dict[Any, str]:
    if model is Member:
        return _members()
    return {row.pk: str(row) for row in model._default_manager.filter(pk__in=ids)} if ids else {}


def _change(row: Any, before: Any, fields: Any, names: Any, people: dict[Any, str]) -> RecordChange:
    told = []
    if row.pgh_label != DELETED:
        for field in fields:
            old = _said(before, field, names) if before is not None else ""
            new = _said(row, field, names)
            if old != new:
                told.append(FieldChange(str(field.verbose_name).capitalize(), old, new))
    exception = _exception(row)
    return RecordChange(row.pgh_created_at, _who(row, people), row.pgh_label, tuple(told), exception)


def _exception(row: Any) -> str:
    known = (getattr(row, "pgh_context", None) or {}).get("exceptions", {})
    label = type(row).pgh_tracked_model._meta.label_lower
    return str(known.get(f"{label}:{row.pgh_obj_id}", ""))


def _said(row: Any, field: Any, names: Any) -> str:
    value = getattr(row, field.attname)
    if value is None or value == "" or value == []:
        return ""
    if field.is_relation:
        return str(names[field.related_model].get(value, f"No. {value}"))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        plain = [(key, each) for key, each in sorted(value.items()) if isinstance(each, str | int)]
        return ", ".join(f"{key}: {each}" for key, each in plain)
    if isinstance(value, list):
        choices = dict(getattr(getattr(field, "base_field", None), "flatchoices", ()) or ())
        return ", ".join(str(choices.get(each, each)) for each in value)
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(dict(field.flatchoices).get(value, value))


def _who(row: Any, people: dict[Any, str]) -> str:
    context = getattr(row, "pgh_context", None)
    return actor_name(str((context or {}).get("actor", "")), people)


def actor_name(label: str, people: dict[Any, str]) -> str:
    """`member:5` as a reader knows it."""
    kind, _, number = label.partition(":")
    if kind == "member":
        return people.get(int(number or 0), "A former member")
    return {
        "auditor": f"{Role.EXTERNAL_AUDITOR.label} {number}",
        "invited": f"{Role.EXTERNAL_AUDITOR.label} {number}",
        "key": f"API key {number}",
    }.get(kind, "Portal")
