"""Houses built once for a test process and put back by each test: building one takes a tenth of a second.

Their rows lie in a schema beside the portal's own, as they were written. A function of the superuser puts
them back, past the triggers, which had their say when the house was built.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

#: What every database has before anybody lives in it.
FURNITURE = ["django_migrations", "django_content_type", "auth_permission", "core_catalogversion"]
LIVED_IN = """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
 AND pg_relation_size(oid) > 0 AND relname <> ALL (%s)"""
COLUMNS = """SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0
 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
PUT_BACK = """CREATE FUNCTION {}.put_back() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
 SET session_replication_role = replica AS $$ BEGIN {} END $$"""


def tables_lived_in(admin: psycopg.Connection[Any]) -> list[str]:
    """Those that were written to since the database was made; their rows may be gone again."""
    return [name for (name,) in admin.execute(LIVED_IN, [FURNITURE]).fetchall()]


def empty(admin: psycopg.Connection[Any]) -> None:
    """Truncating would make new files for all tables and their indexes, half a second each time."""
    admin.execute("SET session_replication_role = replica")  # past the triggers that refuse it
    for table in tables_lived_in(admin):
        admin.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("public", table)))


class KeptHouse:
    """The only house of a database, which is empty again afterwards."""

    def __init__(self, house: Any, admin: psycopg.Connection[Any]) -> None:
        self.house = deepcopy(house)
        schema = sql.Identifier(f"kept_{house.slug}")
        admin.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        rows = sql.SQL(" ").join(self._keep(table, house.slug, admin) for table in tables_lived_in(admin))
        admin.execute(sql.SQL(PUT_BACK).format(schema, rows))
        admin.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO PUBLIC").format(schema))
        empty(admin)

    def _keep(self, table: str, slug: str, admin: psycopg.Connection[Any]) -> sql.Composed:
        """Copies the rows of a table; gives the statement that brings them back."""
        here, kept = sql.Identifier("public", table), sql.Identifier(f"kept_{slug}", table)
        names = admin.execute(COLUMNS, [f"public.{table}"]).fetchall()
        columns = sql.SQL(", ").join(sql.Identifier(name) for (name,) in names)
        admin.execute(sql.SQL("CREATE TABLE {} AS SELECT {} FROM {}").format(kept, columns, here))
        return sql.SQL("INSERT INTO {} ({}) SELECT * FROM {};").format(here, columns, kept)

    def put_back(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT kept_{self.house.slug}.put_back()")
        return deepcopy(self.house)
