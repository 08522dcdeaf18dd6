"""An own Postgres for one machine: started when needed, stopped when nobody uses it any more.

It listens on a socket only, in a directory that only its owner may enter.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from aims.launch import places, postgres_binaries, roles
from aims.launch.errors import LaunchError
from aims.launch.postgres_binaries import Binaries

SUPERUSER = "aims_super"
LONGEST_START_SECONDS = 60

SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    # A commit that is lost with the machine's power is never half a commit.
    "synchronous_commit": "off",
}
TEST_SERVER_SETTINGS = SERVER_SETTINGS | {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


@dataclass
class Cluster:
    """A running server that this process uses until `stop()`."""

    server: "Server"
    user_lock: IO[str] = field(repr=False)

    @property
    def urls(self) -> dict[str, str]:
        home = self.server.home
        return {name: places.embedded_url(home, user=login) for name, login in roles.LOGINS.items()}

    @property
    def super_url(self) -> str:
        return self.server.super_url

    def stop(self) -> None:
        """Let go of the server; the last one to do so stops it."""
        with self.server.start_lock():
            if self.user_lock.closed:
                return
            self.user_lock.close()
            if not self.server.is_used():
                self.server.stop()


def ensure_postgres(home: Path, *, for_tests: bool = False, binaries: Binaries | None = None) -> Cluster:
    """Start the server of `home` unless it runs, with roles and database, and use it."""
    home.mkdir(parents=True, exist_ok=True)
    server = Server(home, binaries, TEST_SERVER_SETTINGS if for_tests else SERVER_SETTINGS)
    with server.start_lock():
        user_lock = server.open_lock("postgres.users")
        fcntl.flock(user_lock, fcntl.LOCK_SH)
        try:
            if not server.is_running():
                server.start()
            server.create_roles_once()
        except BaseException:
            user_lock.close()
            raise
        return Cluster(server, user_lock)


@contextmanager
def postgres(home: Path, *, for_tests: bool = False) -> Iterator[Cluster]:
    cluster = ensure_postgres(home, for_tests=for_tests)
    try:
        yield cluster
    finally:
        cluster.stop()


class Server:
    """The files and the process of one cluster; callers hold the start lock."""

    def __init__(self, home: Path, binaries: Binaries | None, settings: dict[str, str]) -> None:
        self.home = home
        self.directory = places.cluster_directory(home)
        self.sockets = places.socket_directory(home)
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self.settings = settings
        self._binaries = binaries
        self.super_url = places.embedded_url(home, user=SUPERUSER, database="postgres")

    @contextmanager
    def start_lock(self) -> Iterator[None]:
        with self.open_lock("postgres.start") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def open_lock(self, name: str) -> IO[str]:
        try:
            return open(self.home / f"{name}.lock", "w")
        except PermissionError as error:
            raise LaunchError(
                f"{error.filename} belongs to another account. Start the portal as that account, "
                "or set AIMS_HOME to a directory of your own."
            ) from error

    def is_used(self) -> bool:
        with self.open_lock("postgres.users") as everybody:
            try:
                fcntl.flock(everybody, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def is_running(self) -> bool:
        pid = self._pid()
        return pid is not None and _is_postgres(pid, self.data)

    def start(self) -> None:
        binaries = self._prepared_binaries()
        if not (self.data / "PG_VERSION").exists():
            self._create(binaries)
        self._refuse_other_version(binaries)
        # A machine that went down leaves the file behind, and its process id may be another's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = " ".join(f"-c {name}={value}" for name, value in self._all_settings().items())
        start = ("start", "--wait", f"--timeout={LONGEST_START_SECONDS}", f"--log={self.log}")
        self._run(binaries, "pg_ctl", *start, f"--pgdata={self.data}", f"--options={options}")

    def stop(self) -> None:
        if self.is_running():
            binaries = self._prepared_binaries()
            self._run(binaries, "pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={self.data}")

    def create_roles_once(self) -> None:
        stamp = self.directory / "roles.sha256"
        digest = hashlib.sha256(roles.ROLES_SQL.read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != digest:
            roles.create_roles(self.super_url)
            stamp.write_text(digest)

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def _all_settings(self) -> dict[str, str]:
        return self.settings | {"unix_socket_directories": str(self.sockets)}

    def _account(self) -> pwd.struct_passwd | None:
        """The account the server runs as, when it is not our own: Postgres refuses root."""
        if not places.runs_as_root():
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise LaunchError(
            "Postgres does not run as root, and there is neither an account postgres nor nobody."
        )

    def _prepared_binaries(self) -> Binaries:
        """The programs, at a place where the server's account can run them."""
        self._make_private(self.directory)
        if self.sockets != self.directory:
            self._make_private(self.sockets)
        binaries = self._binaries or postgres_binaries.find_binaries()
        account = self._account()
        if account is None or _everybody_may_enter(binaries.directory):
            return binaries
        return self._copied(binaries, account)

    def _make_private(self, directory: Path) -> None:
        account = self._account()
        owner = account.pw_uid if account else os.geteuid()
        try:
            directory.mkdir(mode=0o700)
            if account:
                os.chown(directory, account.pw_uid, account.pw_gid)
        except FileExistsError:
            # In a directory that all may write to, somebody else may have been there first.
            status = directory.lstat()
            if status.st_uid != owner or directory.is_symlink():
                raise LaunchError(
                    f"{directory} belongs to another account; remove it or set AIMS_HOME."
                ) from None
            directory.chmod(0o700)

    def _copied(self, binaries: Binaries, account: pwd.struct_passwd) -> Binaries:
        target = self.directory / "programs" / binaries.installation.parent.name / binaries.installation.name
        if not target.exists():
            partial = target.with_name(target.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(binaries.installation, partial, symlinks=True)
            if libraries := postgres_binaries.wheel_libraries(binaries):
                shutil.copytree(libraries, self.directory / "programs" / libraries.name, dirs_exist_ok=True)
            partial.rename(target)
            for path in [self.directory / "programs", *(self.directory / "programs").rglob("*")]:
                os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
        return Binaries(target / "bin", binaries.major_version)

    def _create(self, binaries: Binaries) -> None:
        # Before 17 there is no provider that orders the same on every machine, except plain C.
        modern = binaries.major_version >= 17
        locale = ("--locale-provider=builtin", "--locale=C.UTF-8") if modern else ("--locale=C",)
        login = (f"--username={SUPERUSER}", "--auth-local=trust", "--auth-host=reject")
        try:
            self._run(binaries, "initdb", f"--pgdata={self.data}", "--encoding=UTF8", *login, *locale)
        except LaunchError:
            shutil.rmtree(self.data, ignore_errors=True)
            raise

    def _refuse_other_version(self, binaries: Binaries) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != binaries.major_version:
            raise LaunchError(
                f"The data in {self.data} was made by Postgres {made_by}, but this is Postgres "
                f"{binaries.major_version}. Move it over with pg_dump, or start anew: ./portal reset"
            )

    def _run(self, binaries: Binaries, program: str, *arguments: str) -> None:
        account = self._account()
        other_account: dict[str, Any] = {}
        if account:
            other_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        output = self.home / "postgres.output"
        # A file, not a pipe: the server inherits it and would hold a pipe open for ever.
        with open(output, "w+") as file:
            done = subprocess.run(
                [binaries.directory / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment | {"LC_ALL": "C"},
                timeout=LONGEST_START_SECONDS + 30,
                **other_account,
            )
        if done.returncode:
            raise LaunchError(f"Postgres: {program} failed.\n{_last_lines(output)}\n{_last_lines(self.log)}")


def _is_postgres(pid: int, data: Path) -> bool:
    """Whether the process is the server of this data directory, and not a stranger with its old number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
        command = answer.stdout.split()
    return "postgres" in "".join(command[:1]) and str(data) in " ".join(command)


def _everybody_may_enter(directory: Path) -> bool:
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (directory, *directory.parents))


def _last_lines(path: Path, count: int = 5) -> str:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in lines[-count:])
