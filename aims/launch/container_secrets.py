"""Generates the secrets of a composed installation, each into a file of its own; existing ones stay."""

import os
import secrets
import sys
from pathlib import Path

from aims import configuration
from aims.launch import roles

DATABASE_SERVER = "postgres:5432/aims"
#: Logins that the running portal must not have.
AWAY_FROM_THE_PORTAL = ("DATABASE_OWNER_URL", "DATABASE_BACKUP_URL")


def generate(directory: Path) -> None:
    """`portal` is for the running portal; `database` for what may change its schema and its logins."""
    portal, database = directory / "portal", directory / "database"
    for name, make in configuration.GENERATORS.items():
        _keep(portal / name.lower(), make())
    redis = _keep(portal / "redis_password", secrets.token_urlsafe(32))
    _keep(portal / "redis_url", f"redis://:{redis}@redis:6379/0")
    superuser = _keep(database / "postgres_password", secrets.token_urlsafe(32))
    _keep(database / "database_super_url", f"postgresql://postgres:{superuser}@{DATABASE_SERVER}")
    for name, login in roles.LOGINS.items():
        password = _keep(database / f"{login}_password", secrets.token_urlsafe(32))
        place = database if name in AWAY_FROM_THE_PORTAL else portal
        _keep(place / name.lower(), f"postgresql://{login}:{password}@{DATABASE_SERVER}")


def _keep(path: Path, value: str) -> str:
    """The value in the file; whoever was first has written it."""
    if not path.exists():
        # Other containers read it under other accounts; the volume is the wall around it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(value)
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
