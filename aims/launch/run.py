"""`./portal run`: services, migrations, demo data, web server, worker and scheduler."""

import contextlib
import hashlib
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from aims.configuration import Configuration
from aims.launch import commands, embedded, installation, places
from aims.launch.errors import LaunchError
from aims.launch.run_lock import RunLock
from aims.launch.supervisor import Child, Supervisor

QUEUES = "default,mail,pdf"
FIRST_PACK = "first-pack.zip"
LONGEST_WEB_START_SECONDS = 60


def run(arguments: list[str]) -> int:
    wants_demo = arguments != ["--no-demo"]
    if arguments and wants_demo:
        raise LaunchError(f"run does not know {' '.join(arguments)}; it knows --no-demo.")
    home = places.home()
    home.mkdir(parents=True, exist_ok=True)
    read = installation.load_configuration(home)
    lock = RunLock(home)
    lock.take(read.base_url)
    try:
        refuse_taken_port(read)
        with services(home):
            installation.update(home, read)
            people = first_demo(home, read) if wants_demo else ""
            supervise(home, read, people)
    finally:
        lock.release()
    return 0


@contextlib.contextmanager
def services(home: Path) -> Iterator[None]:
    """The database, unless the environment names another."""
    if installation.is_external():
        yield
        return
    with embedded.postgres(home):
        yield


def supervise(home: Path, read: Configuration, people: str) -> None:
    supervisor = Supervisor(children(home, read), commands.environment(home))
    supervisor.heed_signals()
    try:
        supervisor.start_first()
        if wait_for_web(read, supervisor):
            supervisor.start_others()
            announce(home, read, people, supervisor)
            supervisor.watch()
    finally:
        print("Stopping …", file=sys.stderr, flush=True)
        supervisor.stop()


def children(home: Path, read: Configuration) -> list[Child]:
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    logs.chmod(0o700)  # mails to the console hold links that set a password
    celery = [sys.executable, "-m", "celery", "-A", "aims"]
    level = f"--loglevel={read.log_level}"
    return [
        Child("web server", web_command(read), logs / "web.log"),
        Child(
            "worker",
            [
                *celery,
                "worker",
                level,
                f"--queues={QUEUES}",
                f"--concurrency={read.worker_processes}",
                "--without-gossip",
                "--without-mingle",
            ],
            logs / "worker.log",
        ),
        Child(
            "scheduler",
            [*celery, "beat", level, f"--schedule={home / 'beat-schedule'}", "--pidfile="],
            logs / "scheduler.log",
        ),
    ]


def web_command(read: Configuration) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "aims.wsgi"),
        f"--bind={read.bind}:{read.port}",
        "--worker-class=gthread",
        f"--workers={read.web_workers}",
        f"--threads={read.web_threads}",
        "--timeout=120",
        "--access-logfile=-",
        "--logger-class=aims.logs.WebLogger",
        "--no-control-socket",
        "--preload",  # loaded once for all of them; and who can connect gets an answer
    ]


def refuse_taken_port(read: Configuration) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((read.bind, read.port))
        except OSError as error:
            raise LaunchError(
                f"{read.bind}:{read.port} cannot be used: {error.strerror}. "
                f"Choose another port: PORT={read.port + 1} ./portal run"
            ) from error


def wait_for_web(read: Configuration, supervisor: Supervisor) -> bool:
    """False when somebody asked to stop meanwhile."""
    deadline = time.monotonic() + LONGEST_WEB_START_SECONDS
    address = ("127.0.0.1" if read.bind == "0.0.0.0" else read.bind, read.port)  # noqa: S104
    while not supervisor.asked_to_stop.wait(0.1):
        supervisor.revive()
        with socket.socket() as client:
            if client.connect_ex(address) == 0:
                return True
        if time.monotonic() > deadline:
            raise LaunchError(f"The web server does not answer. Its log: {supervisor.children[0].log}")
    return False


def first_demo(home: Path, read: Configuration) -> str:
    """Sample organizations on the first start; what it returns names their people and passwords, once."""
    stamp = home / "prepared" / "demo"
    if read.is_production or stamp.exists():
        return ""
    print("Building the sample organizations …", file=sys.stderr, flush=True)
    said = commands.manage(home, "seed_demo")
    stamp.touch()
    return said.strip()


def announce(home: Path, read: Configuration, people: str, supervisor: Supervisor) -> None:
    print(f"\nThe portal is running at {read.base_url}\n", flush=True)
    if people:
        print(people, end="\n\n", flush=True)
    print(f"Evidence packs are signed with this key:\n{published_key(home, read)}\n", flush=True)
    if people:
        print(first_pack(home, supervisor), end="\n\n", flush=True)
    print(f"Data and logs: {os.path.relpath(home)}    Ctrl-C stops everything.", flush=True)


def first_pack(home: Path, supervisor: Supervisor) -> str:
    """The sample organization's first pack, which the worker builds meanwhile, under a name to find it by."""
    with commands.start(home, "demo_pack_path", "--wait") as question:
        try:
            while question.poll() is None and not supervisor.asked_to_stop.wait(0.1):
                supervisor.revive()
        finally:
            question.kill()
        stored, problem = (said.strip() for said in question.communicate())
    if question.returncode:
        return f"The first evidence pack is not there: {problem}" if problem else ""
    place = home / FIRST_PACK
    shutil.copyfile(stored, place)
    return f"The first evidence pack, for Stage 1: {os.path.relpath(place)}"


def published_key(home: Path, read: Configuration) -> str:
    """Remembered between starts: loading Django to say it would take longer than all the rest."""
    remembered = home / "prepared" / "signing-key"
    private_key = hashlib.sha256(read.signing_key.encode()).hexdigest()
    if remembered.exists():
        of_key, _, public_key = remembered.read_text().partition("\n")
        if of_key == private_key:
            return public_key
    public_key = commands.manage(home, "signing_key").strip()
    remembered.write_text(f"{private_key}\n{public_key}")
    return public_key
