"""One portal per home: who runs holds this lock, and the kernel lets go of it when they die."""

import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import IO

from aims.launch.errors import LaunchError

LONGEST_STOP_SECONDS = 60


class RunLock:
    def __init__(self, home: Path) -> None:
        self._path = home / "run.lock"
        self._file: IO[str] | None = None

    def take(self, address: str) -> None:
        """Become the running portal, or say which one is."""
        if not self._try():
            running = self.holder()
            raise LaunchError(
                f"The portal is already running at {running.get('address', 'its address')} "
                f"(process {running.get('pid', '?')}). Stop it with ./portal stop"
            )
        assert self._file is not None  # noqa: S101 for the type checker
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "address": address}))
        self._file.flush()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def is_held(self) -> bool:
        if not self._path.exists():
            return False
        if self._try():
            self.release()
            return False
        return True

    def holder(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return known

    def stop_holder(self) -> None:
        """Ask the running portal to stop and wait until it has."""
        os.kill(int(self.holder()["pid"]), signal.SIGTERM)
        deadline = time.monotonic() + LONGEST_STOP_SECONDS
        while self.is_held():
            if time.monotonic() > deadline:
                raise LaunchError(f"The portal (process {self.holder()['pid']}) does not stop.")
            time.sleep(0.1)

    def _try(self) -> bool:
        file = open(self._path, "a")  # noqa: SIM115 kept open as long as the lock is held
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True
