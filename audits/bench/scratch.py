"""A database that only the bench sees: a copy of the empty portal's, dropped at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from aims.launch import embedded, places, roles


class NoScratch(Exception):
    """The sentence says what to do."""


@dataclass(frozen=True)
class Scratch:
    super_url: str
    urls: dict[str, str]


@contextmanager
def scratch_database(home: Path) -> Iterator[Scratch]:
    server = embedded.Server(home, None, embedded.SERVER_SETTINGS)
    if not server.is_running():
        raise NoScratch("The bench measures on the embedded database. Start it with ./portal bench.")
    name = f"aims_bench_{os.getpid()}"
    with psycopg.connect(server.super_url, autocommit=True) as admin:
        try:
            admin.execute(f'CREATE DATABASE "{name}" OWNER portal_owner TEMPLATE "{places.DATABASE_NAME}"')
        except psycopg.errors.ObjectInUse as used:
            raise NoScratch("The database is in use. Stop the portal, or use ./portal bench.") from used
        try:
            urls = {
                setting: places.embedded_url(home, user=login, database=name)
                for setting, login in roles.LOGINS.items()
            }
            yield Scratch(places.embedded_url(home, user=embedded.SUPERUSER, database=name), urls)
        finally:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
