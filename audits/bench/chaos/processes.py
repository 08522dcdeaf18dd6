"""The portal's processes as `./portal run` starts them, held at a statement and killed there."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from aims import configuration
from aims.broker import schema
from aims.launch import run
from aims.launch.supervisor import Child, Supervisor

LONGEST_WAIT_SECONDS = 180
#: What an orphan may take to notice, and whoever collects the dead to do so.
MOMENT_SECONDS = 5
STUCK = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
WHO_WAITS = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass LIMIT 1"
#: What the clock does to leases, unheard bells and unacknowledged messages, without waiting for it.
TIME_PASSES = (
    "UPDATE core_job SET lease_until = now() - interval '1 second' WHERE state = 'running'",
    "UPDATE core_job SET nudged_at = now() - interval '1 minute' WHERE state = 'queued'",
    "UPDATE core_mail SET lease_until = now() - interval '1 second' WHERE state = 'sending'",
    "UPDATE core_mail SET created_at = now() - interval '1 minute' WHERE state = 'queued'",
    "UPDATE broker_message SET visible_at = now() WHERE visible_at > now()",
)


class Stuck(RuntimeError):
    """What was waited for did not come; nothing can be said about this point."""


def wait_for(what: str, is_so: Callable[[], object], *, seconds: float = LONGEST_WAIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Stuck(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.05)


class Processes:
    """Web server, worker and scheduler on the database that the settings name, with a home of their own."""

    def __init__(self, home: Path, *, super_url: str, mail_url: str) -> None:
        port = _free_port()
        own = {
            "PORT": str(port),
            "BASE_URL": f"http://localhost:{port}",
            "EMAIL_URL": mail_url,
            "WEB_WORKERS": "1",
            "WORKER_PROCESSES": "1",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "aims.settings",
        }
        self.super_url = super_url
        self.environment = {**os.environ, **own}
        self.read = configuration.load(self.environment)
        self.supervisor = Supervisor(run.children(home, self.read), self.environment)
        self.kills = 0
        self._sessions: set[int] = set()

    @property
    def port(self) -> int:
        return self.read.port

    def start(self) -> None:
        schema.install(self.read.database_owner_url)
        self.supervisor.start()
        self.wait_for_web()

    def stop(self) -> None:
        self.supervisor.stop()

    def wait_for_web(self) -> None:
        wait_for("an answer of the web server", self._web_answers)

    def child(self, name: str) -> Child:
        return next(child for child in self.supervisor.children if child.name == name)

    def kill(self, name: str, *, whom: str = "all") -> None:
        """`main` leaves its pool's process alone in the world, `pool` takes only that one away."""
        child = self.child(name)
        if child.process is None:
            raise Stuck(f"there is no {name} to kill")
        main = child.process.pid
        self._sessions.add(main)
        self.kills += 1
        if whom == "all":
            os.killpg(main, signal.SIGKILL)
        for pid in {"main": [main], "pool": _children_of(main)}.get(whom, []):
            os.kill(pid, signal.SIGKILL)
        if whom != "pool":
            child.process.wait()

    def kill_in_database(self, table: str) -> None:
        """The server's process that waits there: Postgres then ends all others and recovers from its log."""
        with psycopg.connect(self.super_url, autocommit=True) as admin:
            os.kill(_value(admin, WHO_WAITS, [table]), signal.SIGKILL)
            self.kills += 1
            wait_for("the end of the database's processes", lambda: not _answers(admin))
        wait_for("the database again", self._database_answers)

    def revive(self) -> None:
        """As the supervisor does, without counting these deaths."""
        for child in self.supervisor.children:
            if child.has_died():
                child.process, child.quick_deaths = None, 0
                child.start(self.environment)
        self.wait_for_web()

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        child = self.child(name)
        if child.process is None:
            raise Stuck(f"there is no {name} to pause")
        os.killpg(child.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(child.process.pid, signal.SIGCONT)

    @contextmanager
    def held(self, table: str) -> Iterator[None]:
        """Nobody writes to the table meanwhile: whoever wants to, waits in that statement."""
        with psycopg.connect(self.super_url) as admin:
            admin.execute(f"LOCK TABLE {table} IN SHARE MODE")  # type: ignore[arg-type]
            try:
                yield
            finally:
                with contextlib.suppress(psycopg.Error):
                    admin.rollback()

    def wait_until_stuck(self, table: str) -> None:
        with psycopg.connect(self.super_url, autocommit=True) as admin:
            wait_for(f"a write to {table}", lambda: _value(admin, STUCK, [table]))

    def time_passes(self) -> None:
        with psycopg.connect(self.super_url, autocommit=True) as admin:
            for statement in TIME_PASSES:
                admin.execute(statement)  # type: ignore[arg-type]

    def strays(self) -> list[int]:
        """Groups of processes that outlived the one that started them by more than a moment."""
        until = time.monotonic() + MOMENT_SECONDS
        while (left := [each for each in self._sessions if _is_alive(each)]) and time.monotonic() < until:
            time.sleep(0.1)
        return left

    def _database_answers(self) -> bool:
        try:
            psycopg.connect(self.super_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _web_answers(self) -> bool:
        """An answer, not a connection: a process that was killed still takes one while it goes."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()


def _value(admin: Any, statement: str, values: list[Any]) -> Any:
    return admin.execute(statement, values).fetchone()[0]


def _answers(admin: Any) -> bool:
    try:
        return bool(admin.execute("SELECT 1"))
    except psycopg.Error:
        return False


def _children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_alive(session: int) -> bool:
    """Whether one of the group still runs; one that has ended and was not yet collected does not."""
    return any(group == session and state != "Z" for state, group in _states())


def _states() -> Iterator[tuple[str, int]]:
    """State and group of every process: the second and fourth words behind the name in its brackets."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            yield words[0], int(words[2])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
