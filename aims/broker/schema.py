"""Puts the queue's tables in place."""

from pathlib import Path

import psycopg

SCHEMA_SQL = Path(__file__).with_name("schema.sql")

# Any number, as long as nobody else locks the same one.
INSTALLATION_LOCK = 4_200_101


def install(owner_url: str) -> None:
    """Create what is missing, as the owner of the database."""
    with psycopg.connect(owner_url, options="-c synchronous_commit=on") as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [INSTALLATION_LOCK])
        connection.execute(SCHEMA_SQL.read_bytes())
