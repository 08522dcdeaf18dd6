"""What an applied file puts into the registers: systems, and models and data sets as records of their own."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from psycopg import sql

from aims.core import references
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.tenancy.models import fill_organization
from inventory.enums import SystemStage
from inventory.import_plan import PlannedResource, PlannedRow
from inventory.imports.fields import COLUMNS, FIELDS
from inventory.models import AISystem, InventoryImport, Supplier
from inventory.queries.components import RECORDS
from inventory.services.resources import register_resource

BATCH = 1000
LONGEST_TEXT = 10_000
DAYS = ("collected_from", "collected_until")
RECORDED = frozenset(FIELDS) - {"owner_email"}


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
            owner_id=row.owner_id,
            registered_by_id=actor.member_id,
            registered_at=now,
            **_values(row, now=now),
        )
        for reference, row in zip(numbers, rows, strict=True)
    ]
    for start in range(0, len(systems), BATCH):
        _insert(systems[start : start + BATCH])
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
    """Records of models and data sets that a file is about. Our suppliers are linked, others named."""
    planned = list(planned)
    suppliers: dict[str, Supplier] = {}
    if any("supplier" in each.fields for each in planned):
        suppliers = {supplier.name.casefold(): supplier for supplier in Supplier.objects.all()}
    for each in planned:
        supplier = suppliers.get(str(each.fields.get("supplier", "")).casefold())
        left = [notice.sentence for notice in each.notices]
        provenance = "\n".join(filter(None, [str(each.fields.get("provenance", "")), *left]))
        days = {key: datetime.date.fromisoformat(each.fields[key]) for key in DAYS if key in each.fields}
        said = {**each.fields, **days, "supplier": supplier, "provenance": provenance[:LONGEST_TEXT]}
        register_resource(actor=actor, model=RECORDS[each.parsed.kind][0], now=now, **said)
    return len(planned)
