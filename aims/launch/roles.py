"""Runs deploy/roles.sql in a server, and names the addresses of its logins."""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from aims.launch import places

ROLES_SQL = places.PROJECT / "deploy" / "roles.sql"
LOGINS = {
    "DATABASE_URL": "portal_app",
    "DATABASE_OWNER_URL": "portal_owner",
    "DATABASE_OPERATOR_URL": "portal_operator",
    "DATABASE_BACKUP_URL": "portal_backup",
}


def create_roles(super_url: str, *, passwords: dict[str, str] | None = None) -> None:
    """Roles and the portal's database as roles.sql wants them; `passwords` go by login."""
    script = Path(ROLES_SQL).read_text(encoding="utf-8")
    _create_database(super_url)
    # In template1 too, so that the databases of tests are born with the same rights.
    for database in ("template1", places.DATABASE_NAME):
        with _connect(address(super_url, database=database)) as connection:
            for login, password in (passwords or {}).items():
                setting = login.replace("portal_", "aims.") + "_password"
                connection.execute("select set_config(%s, %s, false)", [setting, password])
            connection.execute(script)


def urls_of_server(super_url: str) -> dict[str, str]:
    """Prepare a server for tests, with new passwords, and return the addresses of its logins."""
    passwords = {login: secrets.token_urlsafe(24) for login in LOGINS.values()}
    create_roles(super_url, passwords=passwords)
    return {
        name: address(super_url, user=login, password=passwords[login], database=places.DATABASE_NAME)
        for name, login in LOGINS.items()
    }


def address(url: str, *, database: str, user: str | None = None, password: str | None = None) -> str:
    """The same server, another database and perhaps another login."""
    parts = urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    if user is not None:
        login = f"{user}:{password}" if password else user
    return urlunsplit(parts._replace(netloc=f"{login}@{host}", path=f"/{database}"))


def _create_database(super_url: str) -> None:
    with _connect(super_url) as connection:
        name = places.DATABASE_NAME
        if connection.execute("select from pg_database where datname = %s", [name]).fetchone() is None:
            connection.execute(f"create database {name} template template0")


def _connect(url: str) -> "psycopg.Connection[Any]":
    # The embedded server answers before a commit is written; what a stamp vouches for must be.
    return psycopg.connect(url, autocommit=True, options="-c synchronous_commit=on")
