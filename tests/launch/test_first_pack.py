"""While the first start waits for the worker's pack, it still heeds signals and notices a dead worker."""

import os
import subprocess
import sys

import pytest

from aims.launch import commands, run
from aims.launch.errors import LaunchError
from aims.launch.supervisor import Child, Supervisor

WAIT = "import time; time.sleep(60)"
DIE = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture
def question(monkeypatch):
    """Stands in for `demo_pack_path --wait`; the process that was started last."""
    started = []

    def asks(script):
        def start(home, *arguments):
            command = [sys.executable, "-c", script]
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            started.append(subprocess.Popen(command, text=True, **pipes))
            return started[-1]

        monkeypatch.setattr(commands, "start", start)
        return started

    return asks


def test_a_built_pack_gets_a_name_to_find_it_by(tmp_path, question):
    (tmp_path / "cdba7e").write_bytes(b"a pack")
    question(f"print({str(tmp_path / 'cdba7e')!r})")

    said = run.first_pack(tmp_path, Supervisor([], {}))

    assert (tmp_path / run.FIRST_PACK).read_bytes() == b"a pack"
    assert said.endswith(run.FIRST_PACK)


def test_the_reason_why_there_is_none_is_said(tmp_path, question):
    question("import sys; sys.exit('The pack could not be built: no Pango.')")

    said = run.first_pack(tmp_path, Supervisor([], {}))

    assert said == "The first evidence pack is not there: The pack could not be built: no Pango."


def test_asked_to_stop_it_waits_no_longer(tmp_path, question):
    started = question(WAIT)
    supervisor = Supervisor([], {})
    supervisor.asked_to_stop.set()

    assert run.first_pack(tmp_path, supervisor) == ""
    assert started[0].returncode is not None


def test_a_worker_that_cannot_live_ends_the_wait(tmp_path, question):
    started = question(WAIT)
    supervisor = Supervisor([Child("worker", DIE, tmp_path / "worker.log")], dict(os.environ))
    supervisor.start()

    with pytest.raises(LaunchError, match="The worker stopped 3 times"):
        run.first_pack(tmp_path, supervisor)

    assert started[0].wait(5) is not None
