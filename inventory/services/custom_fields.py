"""The verbs of an organization's own fields, and what a system says in them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.versions import only_known, write_changes
from inventory.enums import FieldKind
from inventory.models import AISystem, CustomField
from inventory.rules import custom_fields as rules

EDITABLE = ("label", "choices", "help_text", "in_register")
KEEP = "inventory.keep_fields"


@transaction.atomic
def add_field(
    *,
    actor: Actor,
    label: str,
    kind: str,
    now: datetime.datetime,
    choices: Sequence[str] = (),
    help_text: str = "",
    in_register: bool = False,
    template: str = "",
) -> CustomField:
    """From now on the record of every AI system asks for it. The kind and the key never change."""
    permissions.require(actor, KEEP)
    label = label.strip()
    if kind not in FieldKind.values:
        raise RuleBroken("Choose one of the kinds of fields.", field="kind")
    key = rules.key_of(label)
    others = list(CustomField.objects.all())
    if key in {other.key for other in others}:
        raise RuleBroken("There is a field of this name, perhaps a retired one.", field="label")
    rules.require_heading(label, others)
    if CustomField.objects.in_use().count() >= rules.MOST_FIELDS:
        raise RuleBroken(f"At most {rules.MOST_FIELDS} fields can be in use. Retire one first.")
    field = CustomField.objects.create(
        organization_id=actor.organization_id,
        key=key,
        label=label,
        kind=kind,
        choices=rules.own_choices(kind, choices),
        help_text=help_text.strip(),
        in_register=in_register,
        template=template,
        added_by_id=actor.member_id,
        added_at=now,
    )
    trail.record(actor, "customfield.added", field, after={"key": key, "kind": kind})
    return field


@transaction.atomic
def edit_field(
    *,
    actor: Actor,
    field: CustomField,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> CustomField:
    """Another label, hint or choices. A choice that some system has taken stays one."""
    permissions.require(actor, KEEP, field)
    values = only_known(changes, EDITABLE)
    if "choices" in values:
        values["choices"] = rules.own_choices(field.kind, values["choices"])
    if values.get("label", field.label) != field.label:
        rules.require_heading(values["label"], CustomField.objects.exclude(pk=field.pk))
    _require_kept(field, values.get("choices", field.choices))
    write_changes(
        actor,
        field,
        row_version=row_version,
        values=values,
        action="customfield.edited",
        check=lambda differing: None,
    )
    return field


@transaction.atomic
def retire_field(*, actor: Actor, field: CustomField, now: datetime.datetime) -> CustomField:
    """Nobody is asked for it any more; what systems say in it stays in store and in their history."""
    permissions.require(actor, KEEP, field)
    if field.retired_at is not None:
        raise RuleBroken("The field is retired already.")
    return _set(actor, field, "customfield.retired", retired_at=now)


@transaction.atomic
def restore_field(*, actor: Actor, field: CustomField, now: datetime.datetime) -> CustomField:
    permissions.require(actor, KEEP, field)
    if field.retired_at is None:
        raise RuleBroken("The field is in use already.")
    if CustomField.objects.in_use().count() >= rules.MOST_FIELDS:
        raise RuleBroken(f"At most {rules.MOST_FIELDS} fields can be in use. Retire one first.")
    return _set(actor, field, "customfield.restored", retired_at=None)


def entered(system: AISystem, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """All that the system says in own fields once the given values are among it.

    Raises RuleBroken for a field that is not in use, and for a value that does not fit.
    """
    if not given:
        return dict(system.custom)
    known = {field.key: field for field in CustomField.objects.in_use()}
    values = dict(system.custom)
    for key, value in given.items():
        if key not in known:
            raise RuleBroken(f"There is no field “{str(key)[:40]}” in use.", field="custom")
        values[key] = rules.read_value(known[key], value)
    return {key: value for key, value in values.items() if value is not None}


def _set(actor: Actor, field: CustomField, action: str, **values: Any) -> CustomField:
    for key, value in values.items():
        setattr(field, key, value)
    field.row_version += 1
    field.save(update_fields=[*values, "row_version"])
    trail.record(actor, action, field, after={"key": field.key})
    return field


def _require_kept(field: CustomField, choices: Sequence[str]) -> None:
    for gone in set(field.choices) - set(choices):
        said: Any = [gone] if field.kind == FieldKind.CHOICES else gone
        if AISystem.objects.filter(custom__contains={field.key: said}).exists():
            raise RuleBroken(f"“{gone}” is said of some system. Change those first.", field="choices")
