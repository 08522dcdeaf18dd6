"""Children are kept alive, and all of them end together."""

import os
import sys
import time

import pytest

from aims.launch.errors import LaunchError
from aims.launch.run_lock import RunLock
from aims.launch.supervisor import Child, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DIE = [sys.executable, "-c", "print('no database'); raise SystemExit(3)"]


def supervisor_of(*children):
    return Supervisor(list(children), dict(os.environ))


def test_a_child_that_died_is_started_again(tmp_path):
    child = Child("worker", SLEEP, tmp_path / "worker.log")
    supervisor = supervisor_of(child)
    supervisor.start()
    first = child.process
    first.kill()
    first.wait()

    deadline = time.monotonic() + 10
    while (child.process is None or child.process is first) and time.monotonic() < deadline:
        supervisor.revive()
        time.sleep(0.05)

    assert child.process is not None
    assert child.process is not first
    assert child.process.poll() is None
    supervisor.stop()


def test_the_others_wait_until_the_first_is_up(tmp_path):
    web, worker = (Child(name, SLEEP, tmp_path / f"{name}.log") for name in ("web", "worker"))
    supervisor = supervisor_of(web, worker)
    supervisor.start_first()
    supervisor.revive()
    assert web.process is not None
    assert worker.process is None

    supervisor.start_others()
    supervisor.revive()

    assert worker.process is not None
    assert (web.quick_deaths, worker.quick_deaths) == (0, 0)
    supervisor.stop()


def test_three_quick_deaths_end_it_with_the_name_of_the_log(tmp_path):
    log = tmp_path / "worker.log"
    supervisor = supervisor_of(Child("worker", DIE, log))
    supervisor.start()

    with pytest.raises(LaunchError) as ended:
        supervisor.watch()

    assert str(log) in str(ended.value)
    assert "no database" in str(ended.value)
    supervisor.stop()


def test_stopping_ends_every_child_and_what_it_started(tmp_path):
    script = (
        f"import subprocess, time; p = subprocess.Popen({SLEEP!r}); print(p.pid, flush=True); time.sleep(60)"
    )
    parent = Child("web", [sys.executable, "-c", script], tmp_path / "web.log")
    supervisor = supervisor_of(parent, Child("worker", SLEEP, tmp_path / "worker.log"))
    supervisor.start()
    while not parent.log.read_text().strip():
        time.sleep(0.05)
    grandchild = int(parent.log.read_text())

    supervisor.stop()

    assert all(child.process.poll() is not None for child in supervisor.children)
    assert _is_gone(grandchild)


def test_a_second_portal_is_told_where_the_first_one_is(tmp_path):
    first = RunLock(tmp_path)
    first.take("http://localhost:8000")

    with pytest.raises(
        LaunchError, match=rf"already running at http://localhost:8000 \(process {os.getpid()}\)"
    ):
        RunLock(tmp_path).take("http://localhost:8001")

    first.release()
    assert not RunLock(tmp_path).is_held()


def test_the_lock_of_a_portal_that_was_killed_is_free(tmp_path):
    (tmp_path / "run.lock").write_text('{"pid": 1, "address": "http://localhost:8000"}')

    lock = RunLock(tmp_path)
    lock.take("http://localhost:8000")

    assert lock.holder()["pid"] == os.getpid()
    lock.release()


def _is_gone(pid):
    """Killed processes take a moment to disappear."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().split()[2] == "Z":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False
