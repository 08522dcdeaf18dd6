"""Keeps the portal's processes alive, and stops all of them together."""

import contextlib
import ctypes
import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from aims.launch import places
from aims.launch.errors import LaunchError

QUICK_DEATH_SECONDS = 15
MOST_QUICK_DEATHS = 3
LONGEST_GOODBYE_SECONDS = 15
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    name: str
    command: list[str]
    log: Path
    quick_deaths: int = 0
    started_at: float = 0
    restart_at: float = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self, environment: dict[str, str]) -> None:
        with open(self.log, "ab") as log:
            # A session of its own: Ctrl-C reaches only the supervisor, who stops the children in order.
            self.process = subprocess.Popen(
                self.command,
                cwd=places.PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.started_at = time.monotonic()

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)

    def kill_session(self) -> None:
        """Also what the child has left behind."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    def __init__(self, children: list[Child], environment: dict[str, str]) -> None:
        self.children = children
        self.environment = environment
        self.asked_to_stop = threading.Event()

    def heed_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.asked_to_stop.set())

    def start(self) -> None:
        for child in self.children:
            child.start(self.environment)

    def start_first(self) -> None:
        """The first alone: together they would load the same program at once, and whoever waits for the first
        would wait for all."""
        first, *others = self.children
        for child in others:
            child.restart_at = math.inf
        first.start(self.environment)

    def start_others(self) -> None:
        for child in self.children[1:]:
            child.start(self.environment)

    def watch(self) -> None:
        """Until somebody asks to stop; raises when a child cannot be kept alive."""
        while not self.asked_to_stop.wait(0.3):
            self.revive()

    def revive(self) -> None:
        for child in self.children:
            if child.has_died():
                self._count_death(child)
            if child.process is None and time.monotonic() >= child.restart_at:
                child.start(self.environment)

    def stop(self) -> None:
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + LONGEST_GOODBYE_SECONDS
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        # A job that was cut off is run again when its lease ends.
        for child in self.children:
            child.kill_session()

    def _count_death(self, child: Child) -> None:
        was_quick = time.monotonic() - child.started_at < QUICK_DEATH_SECONDS
        child.quick_deaths = child.quick_deaths + 1 if was_quick else 1
        if child.quick_deaths >= MOST_QUICK_DEATHS:
            raise LaunchError(
                f"The {child.name} stopped {MOST_QUICK_DEATHS} times right after its start. "
                f"Its log: {child.log}\n{last_lines(child.log)}"
            )
        pause = 2.0 ** (child.quick_deaths - 1)
        print(f"The {child.name} stopped; it is started again in {pause:.0f} s.", file=sys.stderr, flush=True)
        child.process = None
        child.restart_at = time.monotonic() + pause


def last_lines(path: Path, count: int = 6) -> str:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in lines[-count:])


def _die_with_parent() -> None:
    """On Linux a killed supervisor takes its children along instead of leaving them on the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
