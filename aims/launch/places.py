"""Where the portal keeps its data, and where the embedded Postgres has its files and its socket."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parents[2]
DATABASE_NAME = "aims"

# The kernel refuses socket paths longer than 107 bytes; Postgres appends ".s.PGSQL.5432.lock".
LONGEST_SOCKET_DIRECTORY = 85


def home() -> Path:
    """The directory of AIMS_HOME: database, secrets, files, logs."""
    return Path(os.environ.get("AIMS_HOME") or PROJECT / "var").resolve()


def runs_as_root() -> bool:
    return os.geteuid() == 0


def cluster_directory(home: Path) -> Path:
    """Postgres refuses to run as root, and the account it then runs as may not enter `home`."""
    if runs_as_root():
        return Path("/var/tmp") / f"aims-pg-{_short_hash(home)}"  # noqa: S108 ownership is checked on start
    return home / "postgres"


def socket_directory(home: Path) -> Path:
    directory = cluster_directory(home)
    if len(os.fsencode(directory)) <= LONGEST_SOCKET_DIRECTORY:
        return directory
    return Path(tempfile.gettempdir()) / f"aims-pg-{os.geteuid()}-{_short_hash(home)}"


def embedded_url(home: Path, *, user: str, database: str = DATABASE_NAME) -> str:
    """The address of the embedded cluster, whether it is running or not."""
    return f"postgresql://{user}@/{database}?host={quote(str(socket_directory(home)), safe='/')}"


def _short_hash(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:10]
