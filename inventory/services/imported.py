"""What an applied file puts into the registers: systems, and models and data sets as records of their own."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from psycopg import sql

from aims.core import references
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.models import Member
from aims.core.tenancy.models import fill_organization
from inventory.enums import SystemStage
from inventory.import_plan import PlannedResource, PlannedRow
from inventory.imports.fields import COLUMNS, FIELDS
from inventory.imports.resource_fields import DATA_SET_FIELDS, MODEL_FIELDS
from inventory.models import AISystem, InventoryImport, OversightPerson, Supplier
from inventory.queries.components import RECORDS
from inventory.services.resources import register_resource

BATCH = 1000
LONGEST_TEXT = 10_000
DAYS = ("collected_from", "collected_until")
#: Words in a provenance before whoever made or published it.
MAKERS = ("Creator", "Author", "Publisher", "Owner")
FIELD_WORDS = {field.key: field.label for field in (*MODEL_FIELDS, *DATA_SET_FIELDS)}
RECORDED = frozenset(FIELDS) - {"owner_email", "risk_owner_email", "oversight_emails"}


def create_systems(
    *, actor: Actor, upload: InventoryImport, rows: Iterable[PlannedRow], now: datetime.datetime
) -> dict[str, AISystem]:
    """The new systems by their position in the file."""
    rows = list(rows)
    numbers = references.next_references("SYS", len(rows))
    systems = [
        AISystem(
            reference=reference,
            source=f"{upload.file_name}, {row.parsed.position}"[:250],
            owner_id=row.person("owner_email"),
            risk_owner_id=row.person("risk_owner_email"),
            custom=dict(row.custom),
            registered_by_id=actor.member_id,
            registered_at=now,
            **_values(row, now=now),
        )
        for reference, row in zip(numbers, rows, strict=True)
    ]
    for start in range(0, len(systems), BATCH):
        _insert(systems[start : start + BATCH])
    watchers = [
        OversightPerson(organization_id=actor.organization_id, system=system, member_id=member)
        for row, system in zip(rows, systems, strict=True)
        for member in row.people.get("oversight_emails", ())
    ]
    OversightPerson.objects.bulk_create(watchers, batch_size=BATCH)
    return {row.parsed.position: system for row, system in zip(rows, systems, strict=True)}


def _insert(systems: list[AISystem]) -> None:
    """As bulk_create does, with the rows as one JSON parameter.

    A placeholder for each of 34 columns of each row takes longer to write than the rows to store.
    """
    columns: list[Any] = [column for column in AISystem._meta.concrete_fields if not column.primary_key]
    fill_organization(systems)
    rows = [{column.column: getattr(system, column.attname) for column in columns} for system in systems]
    names = sql.SQL(", ").join(sql.Identifier(column.column) for column in columns)
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s)"
        " RETURNING id"
    ).format(table=sql.Identifier(AISystem._meta.db_table), names=names)
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(rows, cls=DjangoJSONEncoder)])
        for system, (pk,) in zip(systems, cursor.fetchall(), strict=True):
            system.pk = pk


def _values(row: PlannedRow, *, now: datetime.datetime) -> dict[str, Any]:
    """A stage that the file names is recorded as found; since when is not known then."""
    values = {COLUMNS.get(key, key): value for key, value in row.parsed.fields.items() if key in RECORDED}
    if values.get("stage", SystemStage.PROPOSED) == SystemStage.PROPOSED:
        values["stage_since"] = local_today(now)
    return values


def create_resources(*, actor: Actor, planned: Iterable[PlannedResource], now: datetime.datetime) -> int:
    """Records of models and data sets that a file is about."""
    planned = list(planned)
    suppliers = our_suppliers() if any("supplier" in each.fields for each in planned) else {}
    for each in planned:
        said = Said(each.parsed.kind, each.fields, each.left)
        register_said(actor=actor, said=said, suppliers=suppliers, now=now)
    return len(planned)


@dataclass(frozen=True)
class Said:
    """What files say of a model or a data set: what its record can hold, and the rest by field."""

    kind: str
    fields: Mapping[str, Any]
    left: Mapping[str, str]


def our_suppliers() -> dict[str, Supplier]:
    return {supplier.name.casefold(): supplier for supplier in Supplier.objects.all()}


def register_said(
    *,
    actor: Actor,
    said: Said,
    suppliers: Mapping[str, Supplier],
    now: datetime.datetime,
    owner: Member | None = None,
    named_by: Iterable[str] = (),
) -> Any:
    """Enter the record. Our suppliers are linked, others named; what no field holds is in the provenance."""
    name = str(said.fields.get("supplier", ""))
    supplier = suppliers.get(name.casefold())
    told = str(said.fields.get("provenance", ""))
    left = {**said.left, "supplier": "" if supplier or _is_told(name, told) else name}
    lines = (f"{FIELD_WORDS[key]}: {text}" for key, text in left.items() if text)
    days = {key: datetime.date.fromisoformat(said.fields[key]) for key in DAYS if key in said.fields}
    provenance = "\n".join(filter(None, [*named_by, told, *lines]))[:LONGEST_TEXT]
    fields = {**said.fields, **days, "supplier": supplier, "provenance": provenance}
    return register_resource(actor=actor, model=RECORDS[said.kind][0], owner=owner, now=now, **fields)


def _is_told(name: str, provenance: str) -> bool:
    """Whether the provenance names the supplier already, as a file of a data set does."""
    lines = (line.partition(": ") for line in provenance.splitlines())
    names = re.compile(rf"{re.escape(name)}(?!\w| \w)")  # and not the beginning of a longer one
    return any(label in MAKERS and names.match(said) for label, _, said in lines)
