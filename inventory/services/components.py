"""Parts that imported files name: their rows, the records that stand for them, and making those records."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.models import Member
from aims.core.tenancy.models import fill_organization
from inventory.imports.part_record import record_of
from inventory.models import AISystem, Supplier, SystemComponent
from inventory.queries.components import (
    RECORDS,
    NamedPart,
    key_of,
    known_records,
    parsed_part,
    parts_to_adopt,
)
from inventory.rules import resources as rules
from inventory.services.imported import Said, our_suppliers, register_said
from inventory.services.resources import KEEP, link_resource

BATCH = 1000
#: Of the parts that wait, so many become records in one act.
AT_ONCE = 200
FILES_NAMED = 20


@dataclass(frozen=True)
class Adopted:
    registered: int
    recognized: int
    left: int


@transaction.atomic
def adopt_components(*, actor: Actor, now: datetime.datetime) -> Adopted:
    """What files name becomes a record, or is found among those that are there. The files' words stay.

    An AI system owner does this for the parts of their own systems.
    """
    permissions.require(actor, KEEP)
    waiting = parts_to_adopt(actor)
    registered = recognized = 0
    suppliers = our_suppliers()
    for part in waiting[:AT_ONCE]:
        record = part.known or _registered(actor, part, suppliers, now)
        _stand_for(actor, record, part.kind, part.components, now)
        registered += part.known is None
        recognized += part.known is not None
    return Adopted(registered, recognized, len(waiting) - registered - recognized)


def create_components(*, actor: Actor, components: Iterable[SystemComponent], now: datetime.datetime) -> int:
    """Store what a file lists. What is on record already, by name and version, is found again."""
    rows = list(SystemComponent.objects.bulk_create(fill_organization(list(components)), batch_size=BATCH))
    for kind in RECORDS:
        named: dict[Any, list[SystemComponent]] = {}
        for row in rows:
            if row.kind == kind:
                named.setdefault(key_of(row.name, row.version), []).append(row)
        for key, record in known_records(kind, named).items():
            if key in named:
                _stand_for(actor, record, kind, named[key], now)
    return len(rows)


def _stand_for(
    actor: Actor, record: Any, kind: str, components: Iterable[SystemComponent], now: datetime.datetime
) -> None:
    """A file only says that it is this record; whoever may keep the record links the systems too."""
    components = list(components)
    column = RECORDS[kind][1]
    SystemComponent.objects.filter(pk__in=[each.pk for each in components]).update(**{column: record})
    after = {"components": len(components)}
    trail.record(actor, f"{record.trail_name}.named_by_files", record, after=after)
    if getattr(record, "is_superseded", False) or not permissions.can(actor, KEEP, record):
        return
    for system in {each.system_id: each.system for each in components}.values():
        if not record.system_links.filter(system=system).exists():
            link_resource(actor=actor, resource=record, system=system, role=_role(record, system), now=now)


def _role(record: Any, system: AISystem) -> str:
    """The model that the system's own record names is the one in operation; else the file did not say."""
    is_its_model = key_of(record.name, "") == key_of(system.model_name, "") and "kind" in record.written
    return str(record.roles.OPERATION if is_its_model else record.roles.NOT_SAID)


def _registered(actor: Actor, part: NamedPart, suppliers: dict[str, Supplier], now: datetime.datetime) -> Any:
    return register_said(
        actor=actor,
        said=_said(part),
        suppliers=suppliers,
        owner=_only_owner(part),
        named_by=_files(part),
        now=now,
    )


def _said(part: NamedPart) -> Said:
    """Of several files the first that speaks of a field fills it; each adds where it all comes from."""
    fields: dict[str, Any] = {}
    left: dict[str, str] = {}
    told: dict[str, None] = {}
    for component in part.components:
        kept, others = rules.what_holds(record_of(parsed_part(component)).fields)
        told[kept.get("provenance", "")] = None
        fields, left = {**kept, **fields}, {**others, **left}
    own = {"name": part.name, "version": part.version, "provenance": "\n".join(filter(None, told))}
    return Said(part.kind, {**fields, **own}, left)


def _only_owner(part: NamedPart) -> Member | None:
    owners = {each.system.owner_id: each.system.owner for each in part.components}
    return next(iter(owners.values())) if len(owners) == 1 else None


def _files(part: NamedPart) -> list[str]:
    lines = [
        f"Named by {each.system.source or 'a file'} ({each.source}) as a part of {each.system}."
        for each in part.components[:FILES_NAMED]
    ]
    left = len(part.components) - FILES_NAMED
    return [*lines, f"And as a part of {left} more."] if left > 0 else lines
