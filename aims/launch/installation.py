"""Brings database, catalogs and static files to the state that this version of the portal expects."""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from aims import configuration
from aims.broker import schema
from aims.configuration import Configuration
from aims.launch import commands, places

PROJECT = places.PROJECT

# Directories of third-party packages that no page of the portal refers to.
UNUSED_STATIC = ("redoc", "django_htmx", "rest_framework")


def update(home: Path, read: Configuration) -> None:
    """Does only what changed since the last start."""
    once(home, "database", _database_sources(), lambda: _update_database(home, read), always=is_external())
    once(home, "static", _static_sources(), lambda: _collect_static(home))


def is_external() -> bool:
    """Somebody else's server may have been restored or replaced between two starts."""
    return bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def once(
    home: Path, name: str, sources: Iterable[Path], do: Callable[[], object], *, always: bool = False
) -> None:
    stamp = home / "prepared" / name
    digest = _digest(sources)
    if not always and stamp.exists() and stamp.read_text() == digest:
        return
    do()
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(digest)


def _update_database(home: Path, read: Configuration) -> None:
    commands.manage(home, "migrate", "--noinput")
    commands.manage(home, "load_catalogs")
    # Last: its commit is written to disk, and with it all before, so that the stamp says the truth.
    schema.install(read.database_owner_url or read.database_url)


def _collect_static(home: Path) -> None:
    unused = [part for name in UNUSED_STATIC for part in ("--ignore", name)]
    commands.manage(home, "collectstatic", "--noinput", *unused)


def _database_sources() -> list[Path]:
    patterns = (
        "*/migrations/*.py",
        "aims/*/migrations/*.py",
        "aims/core/sql/*",
        "aims/core/tenancy/*.py",
        "*/catalog/*",
        "aims/*/catalog/*",
    )
    found = [path for pattern in patterns for path in PROJECT.glob(pattern) if path.is_file()]
    return [*found, schema.SCHEMA_SQL, PROJECT / "requirements" / "base.txt"]


def _static_sources() -> list[Path]:
    files = [path for path in (PROJECT / "static").rglob("*") if path.is_file()]
    return [*files, PROJECT / "requirements" / "base.txt"]


def _digest(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def load_configuration(home: Path) -> Configuration:
    return configuration.load(os.environ | {"AIMS_HOME": str(home)})
