"""What changed on one record, field by field, from its row history."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
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
INSERTED = "insert"


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


@dataclass(frozen=True)
class Origin:
    """Who left one entry of a record as it stands. `note` is what the act left beside it in the history."""

    field: str
    label: str
    value: str
    who: str
    when: datetime.datetime
    is_first: bool
    note: Mapping[str, Any]


def origins_of(objs: Iterable[models.Model]) -> dict[Any, list[Origin]]:
    """Of records of one kind, by key, each entry that is filled, in the order of the record.

    One query, and one for each kind of record that their fields name.
    """
    objs = list(objs)
    if not objs:
        return {}
    model = type(objs[0])
    events: Any = event_model(model)
    rows = (
        events._default_manager.exclude(pgh_label=DELETED)
        .filter(
            organization_id=current_actor().organization_id,
            pgh_obj_id__in=[obj.pk for obj in objs],
            pgh_created_at__lte=past_moment() or timezone.now(),
        )
        .order_by("pgh_obj_id", "pgh_id")
    )
    fields = _told_fields(model)
    newest, writers = _newest_and_writers(rows, fields)
    names = _names_of(newest.values(), fields)
    people = names.get(Member) or _members()
    return {key: list(_origins(row, writers[key], fields, names, people)) for key, row in newest.items()}


def _newest_and_writers(
    rows: Iterable[Any], fields: Iterable[models.Field[Any, Any]]
) -> tuple[dict[Any, Any], dict[Any, dict[str, Any]]]:
    """The newest row of each record, and for each of its entries the row that first said what it says now."""
    newest: dict[Any, Any] = {}
    writers: dict[Any, dict[str, Any]] = {}
    for row in rows:
        before = newest.get(row.pgh_obj_id)
        known = _entries(before, fields) if before is not None else {}
        writer = writers.setdefault(row.pgh_obj_id, {})
        for key, value in _entries(row, fields).items():
            if key not in known or known[key] != value:
                writer[key] = row
        newest[row.pgh_obj_id] = row
    return newest, writers


def _entries(row: Any, fields: Iterable[models.Field[Any, Any]]) -> dict[str, Any]:
    """The columns of a row; what stands under keys in one of them is as many entries."""
    entries: dict[str, Any] = {}
    for each in fields:
        value = getattr(row, each.attname)
        if isinstance(value, dict):
            entries |= {f"{each.name}.{key}": one for key, one in value.items()}
        else:
            entries[each.name] = value
    return entries


def _origins(
    row: Any, writers: Mapping[str, Any], fields: Iterable[models.Field[Any, Any]], names: Any, people: Any
) -> Iterator[Origin]:
    by_name = {each.name: each for each in fields}
    for key, value in _entries(row, fields).items():
        name, _, part = key.partition(".")
        text = str(value) if part and value is not None else _said(row, by_name[name], names)
        if not text:
            continue
        writer, label = writers[key], str(by_name[name].verbose_name).capitalize()
        if writer.pgh_label == INSERTED and value == by_name[name].get_default():
            continue  # what every record begins with, nobody said
        note = dict(getattr(writer, "pgh_context", None) or {})
        yield Origin(
            field=key,
            label=f"{label}: {part}" if part else label,
            value=text,
            who=_who(writer, people),
            when=writer.pgh_created_at,
            is_first=writer.pgh_label == INSERTED,
            note=note,
        )


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
        return _pairs(value)
    if isinstance(value, list):
        if any(isinstance(each, dict) for each in value):
            return "; ".join(_pairs(each) for each in value)
        choices = dict(getattr(getattr(field, "base_field", None), "flatchoices", ()) or ())
        return ", ".join(str(choices.get(each, each)) for each in value)
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(dict(field.flatchoices).get(value, value))


def _pairs(value: dict[str, Any]) -> str:
    plain = [(key, each) for key, each in sorted(value.items()) if isinstance(each, str | int | float)]
    return ", ".join(f"{key}: {each}" for key, each in plain)


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
