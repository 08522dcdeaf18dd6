"""What must never change is refused to each role of the database, by grants and again by triggers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from aims.core import checkpoints
from aims.core.tenancy.past import tracked_models
from aims.launch import roles
from tests.cast import House, build_house
from tests.conftest import super_url

ROLES = ("portal_app", "portal_owner", "portal_operator", "portal_auditor", "portal_backup")
FROZEN = {
    "core_trailevent": "body = '{}'",
    "core_trailhead": "seq = 0",
    "core_trailcheckpoint": "note = 'forged'",
    "core_snapshot": "text = '{}'",
    "core_trailtext": "text = 'Nothing'",
    "core_memberevent": "name = 'Nobody'",
    "core_evidenceevent": "title = 'Nothing'",
}


@pytest.fixture
def own(transactional_db: None) -> House:
    house = build_house("Meadow Clinic", "meadow")
    checkpoints.round_of(house.organization.pk, now=timezone.now())
    return house


@pytest.fixture
def admin(own: House) -> Iterator[psycopg.Connection[Any]]:
    """A superuser who becomes each role in turn, and acts in Meadow."""
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.current_org', %s, false)", [str(own.organization.pk)])
        yield connection


def content(admin: psycopg.Connection[Any], table: str) -> list[Any]:
    return admin.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", FROZEN)
def test_no_role_changes_what_is_written_once(
    own: House, admin: psycopg.Connection[Any], role: str, table: str
) -> None:
    before = content(admin, table)
    admin.execute(f"SET ROLE {role}")
    for statement in (
        f"UPDATE {table} SET {FROZEN[table]}",  # noqa: S608
        f"DELETE FROM {table}",  # noqa: S608
        f"TRUNCATE {table} CASCADE",
    ):
        if statement.startswith("TRUNCATE") or before:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(statement)
    admin.execute("RESET ROLE")

    assert content(admin, table) == before


def test_the_tables_hold_something_that_could_be_changed(own: House, admin: psycopg.Connection[Any]) -> None:
    for table in ("core_trailevent", "core_trailhead", "core_trailcheckpoint", "core_memberevent"):
        assert content(admin, table), table


def test_even_a_superuser_is_refused_while_the_triggers_stand(
    own: House, admin: psycopg.Connection[Any]
) -> None:
    """Whoever switches them off first leaves the tampering that `verify` finds."""
    for table, change in FROZEN.items():
        if content(admin, table):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(f"UPDATE {table} SET {change}")  # noqa: S608
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(f"TRUNCATE {table} CASCADE")


def test_every_history_table_is_protected(own: House, admin: psycopg.Connection[Any]) -> None:
    guarded = {
        row[0]
        for row in admin.execute(
            "SELECT relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE tgname = 'history_protect' AND tgenabled = 'O'"
        ).fetchall()
    }
    assert guarded == {event._meta.db_table for _, event in tracked_models()}
