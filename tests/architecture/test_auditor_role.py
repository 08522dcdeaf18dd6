"""What the database itself lets an external auditor do, table by table, by SQL past every page."""

# ruff: noqa: S608 (names of our own tables)
from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from aims.core.models import AccessGrant
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.policies import (
    GUESTS_READ_WHOLE,
    auditor_changes,
    auditor_condition,
    is_history,
    tenant_models,
)
from tests.architecture.world import World, has_two_faces, planted_models

#: The complete list of SOD-07, and the trail that says so with what they wrote.
WRITTEN = {
    "audits_auditornote",
    "audits_auditrequest",
    "audits_findingdraft",
    "audits_requestcomment",
    "audits_sample",
    "audits_sampleitem",
    "core_trailevent",
    "core_trailtext",
}


def run(sql: str, *values: Any) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def is_refused(sql: str, *values: Any) -> bool:
    try:
        run(sql, *values)
    except DatabaseError as error:
        return "permission denied" in str(error) or "row-level security" in str(error)
    return False


def every_table() -> list[tuple[str, str]]:
    """Each table of the database with its first column, whether a model stands for it or not.

    Not a column that is always generated: Postgres refuses that before it looks at who asks.
    """
    return run(
        "SELECT c.relname, (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0"
        " AND NOT attisdropped AND attidentity <> 'a' AND attgenerated = '' ORDER BY attnum LIMIT 1)"
        " FROM pg_class c"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
    )


def readable_tables() -> set[str]:
    granted = {model._meta.db_table for model in tenant_models() if auditor_condition(model)}
    return granted | set(GUESTS_READ_WHOLE)


def test_the_request_of_an_auditor_runs_as_the_auditors_role(world: World) -> None:
    with acting_as(world.auditor_actor):
        assert run("SELECT current_user") == [("portal_auditor",)]


def test_no_table_can_be_changed(world: World) -> None:
    written = []
    with acting_as(world.auditor_actor):
        for table, column in every_table():
            attempts = {
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"INSERT INTO {table} DEFAULT VALUES",
            }
            written += [attempt for attempt in sorted(attempts) if not is_refused(attempt)]

    assert written == []


def test_of_every_table_only_the_declared_columns_can_be_changed(world: World) -> None:
    """Column by column, over all tables of the database: what the models declare and nothing else."""
    wanted = {
        (model._meta.db_table, model._meta.get_field(name).column)
        for model in tenant_models()
        for name in auditor_changes(model)
    }
    columns = run(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0"
        " AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'"
    )
    with acting_as(world.auditor_actor):
        changed = {
            (table, column)
            for table, column in columns
            if not is_refused(f'UPDATE {table} SET "{column}" = "{column}" WHERE false')
        }

    assert len(columns) > 500
    assert changed == wanted


def test_only_the_tables_of_the_list_take_rows(world: World) -> None:
    takes = {
        table
        for table, _ in every_table()
        if run(f"SELECT has_any_column_privilege('portal_auditor', '{table}', 'INSERT')") == [(True,)]
    }

    assert takes == WRITTEN
    assert {
        model._meta.db_table for model in tenant_models() if getattr(model, "auditor_writes", False)
    } == takes


def test_rows_of_other_engagements_and_of_the_organization_stay_as_they_are(world: World) -> None:
    """UPDATE of a declared column finds only what the auditor may change; the rest is not there."""
    faults = []
    with acting_as(world.auditor_actor):
        for model in planted_models():
            for name in auditor_changes(model):
                table, column = model._meta.db_table, model._meta.get_field(name).column
                label = model._meta.label_lower
                rows = [world.hidden[label].pk, world.foreign[label].pk]
                sql = f"UPDATE {table} SET {column} = {column} WHERE id = ANY(%s) RETURNING id"
                if not is_refused(sql, rows) and run(sql, rows):
                    faults.append(f"{table}.{column}")

    assert faults == []


@pytest.mark.parametrize("table", sorted(WRITTEN - {"core_trailevent"}))
def test_no_row_is_added_in_the_name_of_another_access(world: World, table: str) -> None:
    """A copy of the other access's row is refused, as is one of the other organization."""
    model = next(model for model in tenant_models() if model._meta.db_table == table)
    label = model._meta.label_lower
    columns = [column.column for column in model._meta.local_fields if column.column != "id"]
    for row in (world.hidden[label], world.foreign[label]):
        values = [
            column.get_db_prep_save(getattr(row, column.attname), connection)
            for column in model._meta.local_fields
            if column.column != "id"
        ]
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
        with acting_as(world.auditor_actor):
            assert is_refused(sql, *values)


def test_the_trail_takes_lines_of_the_running_grant_and_of_no_other_organization(world: World) -> None:
    line = (
        "INSERT INTO core_trailevent (organization_id, body, at, actor, action, object_type)"
        " VALUES (%s, '{}', now(), 'auditor:0', 'auditor.read', '')"
    )
    with acting_as(world.auditor_actor):
        run(line, world.meadow.organization.pk)

        assert is_refused(line, world.harbour.organization.pk)


def test_no_table_can_be_read_but_the_declared_ones(world: World) -> None:
    with acting_as(world.auditor_actor):
        read = {table for table, _ in every_table() if not is_refused(f"SELECT 1 FROM {table} LIMIT 1")}

    assert read == readable_tables()


def test_of_every_table_the_engagements_rows_are_seen_and_the_others_are_not(world: World) -> None:
    faults = []
    with acting_as(world.auditor_actor):
        for model in planted_models():
            label, table = model._meta.label_lower, model._meta.db_table
            if not auditor_condition(model):
                continue
            ids = {row[0] for row in run(f"SELECT id FROM {table}")}
            if world.seen[label].pk not in ids:
                faults.append(f"{label}: the row of the engagement is not seen")
            if has_two_faces(model) and world.hidden[label].pk in ids:
                faults.append(f"{label}: the row outside the engagement is seen")
            if world.foreign[label].pk in ids:
                faults.append(f"{label}: the other organization's row is seen")

    assert faults == []


def test_histories_are_closed_to_auditors(world: World) -> None:
    with acting_as(world.auditor_actor):
        read = [
            model._meta.db_table
            for model in tenant_models()
            if is_history(model) and not is_refused(f"SELECT 1 FROM {model._meta.db_table}")
        ]

    assert read == []


@pytest.mark.parametrize(
    "ending",
    [
        {"ends_at": datetime.timedelta(hours=-1)},
        {"starts_at": datetime.timedelta(days=1)},
        {"revoked_at": datetime.timedelta(hours=-1)},
        {"state": "revoked"},
        {"state": "invited"},
    ],
    ids=["ended", "not begun", "revoked at", "state revoked", "terms not accepted"],
)
def test_without_a_running_grant_nothing_is_seen(world: World, ending: dict[str, Any]) -> None:
    now = timezone.now()
    values = {name: now + value if name != "state" else value for name, value in ending.items()}
    with acting_in(world.meadow.organization):
        AccessGrant.objects.filter(pk=world.grant.pk).update(**values)

    with acting_as(world.auditor_actor):
        seen = [table for table in tenant_tables_readable() if run(f"SELECT 1 FROM {table} LIMIT 1")]

    assert seen == []


def tenant_tables_readable() -> list[str]:
    return sorted(readable_tables() - {"core_catalogversion"})


def test_a_grant_of_somebody_else_opens_nothing(world: World) -> None:
    other = world.hidden["core.accessgrant"]
    borrowed = world.auditor_actor.__class__(**{**world.auditor_actor.__dict__, "grant_id": other.pk})

    with acting_as(borrowed):
        seen = [table for table in tenant_tables_readable() if run(f"SELECT 1 FROM {table} LIMIT 1")]

    assert seen == []
