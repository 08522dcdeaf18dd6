"""What each database role may do with each kind of table, by the database and by a table written here."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from aims.core.tenancy import grants

#: One table of each kind -> letters by role (select, insert, update, delete, truncate).
KINDS: dict[str, dict[str, str]] = {
    "risk_risk": {
        "app": "SIUD",
        "auditor": "S",
        "entry": "S",
        "operator": "",
        "backup": "S",
        "lookup": "SD",
        "trail": "",
    },
    "risk_riskevent": {
        "app": "SI",
        "auditor": "",
        "entry": "",
        "operator": "",
        "backup": "S",
        "lookup": "SID",
        "trail": "",
    },
    "core_mail": {
        "app": "SIUD",
        "auditor": "",
        "entry": "",
        "operator": "",
        "backup": "S",
        "lookup": "SD",
        "trail": "",
    },
    "core_trailevent": {
        "app": "SI",
        "auditor": "SI",
        "entry": "",
        "operator": "",
        "backup": "S",
        "lookup": "SD",
        "trail": "SU",
    },
    "core_trailhead": {
        "app": "S",
        "auditor": "",
        "entry": "",
        "operator": "",
        "backup": "S",
        "lookup": "SD",
        "trail": "SIU",
    },
    "core_snapshot": {
        "app": "SI",
        "auditor": "S",
        "entry": "S",
        "operator": "",
        "backup": "S",
        "lookup": "SD",
        "trail": "",
    },
    "core_catalogversion": {
        "app": "S",
        "auditor": "S",
        "entry": "S",
        "operator": "",
        "backup": "S",
        "lookup": "",
        "trail": "",
    },
    "core_organization": {
        "app": "SIUD",
        "auditor": "S",
        "entry": "S",
        "operator": "SU",
        "backup": "S",
        "lookup": "SD",
        "trail": "",
    },
    "core_person": {
        "app": "SIUD",
        "auditor": "",
        "entry": "",
        "operator": "SU",
        "backup": "S",
        "lookup": "SD",
        "trail": "",
    },
    "django_session": {
        "app": "SIUD",
        "auditor": "",
        "entry": "",
        "operator": "",
        "backup": "S",
        "lookup": "",
        "trail": "",
    },
    "mfa_authenticator": {
        "app": "SIUD",
        "auditor": "",
        "entry": "",
        "operator": "",
        "backup": "S",
        "lookup": "",
        "trail": "",
    },
    "core_operatorentry": {
        "app": "SIU",
        "auditor": "",
        "entry": "",
        "operator": "S",
        "backup": "S",
        "lookup": "SD",
        "trail": "",
    },
    "core_operatorevent": {
        "app": "",
        "auditor": "",
        "entry": "",
        "operator": "SI",
        "backup": "S",
        "lookup": "",
        "trail": "",
    },
}


def letters(superuser: psycopg.Connection[Any], role: str, table: str) -> str:
    found = ""
    for letter, privilege in (grants.PRIVILEGES | {"T": "TRUNCATE"}).items():
        whole = "has_table_privilege(%(role)s, %(table)s::regclass, %(privilege)s)"
        part = "has_any_column_privilege(%(role)s, %(table)s::regclass, %(privilege)s)"
        query = f"SELECT {whole} OR {part}" if letter in "SIU" else f"SELECT {whole}"
        row = superuser.execute(query, {"role": role, "table": table, "privilege": privilege}).fetchone()
        assert row is not None
        found += letter if row[0] else ""
    return found


@pytest.mark.parametrize("table", KINDS)
def test_each_role_may_do_with_each_kind_of_table_what_is_written_here(
    superuser: psycopg.Connection[Any], table: str
) -> None:
    seen = {role: letters(superuser, f"portal_{role}", table) for role in KINDS[table]}

    assert seen == KINDS[table]
    assert {role: grants.declared()[f"portal_{role}", table] for role in KINDS[table]} == KINDS[table]


def test_no_table_is_reached_beyond_the_declaration_and_none_can_be_truncated(
    superuser: psycopg.Connection[Any],
) -> None:
    for (role, table), allowed in grants.declared().items():
        seen = letters(superuser, role, table)
        if role == grants.APP:
            assert set(seen) <= set(allowed), (role, table)
        else:
            assert seen == allowed, (role, table)


def test_operators_reach_no_column_beyond_the_declared_ones(superuser: psycopg.Connection[Any]) -> None:
    for statement in ("SELECT password FROM core_person", "UPDATE core_organization SET slug = 'x'"):
        superuser.execute("SET LOCAL ROLE portal_operator")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            superuser.execute(statement)
        superuser.rollback()
