"""Runs Django's commands as processes of their own, so that the launcher never loads the portal."""

import os
import subprocess
import sys
from pathlib import Path

from aims.launch import places
from aims.launch.errors import LaunchError

MANAGE = [sys.executable, str(places.PROJECT / "manage.py")]


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"AIMS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "aims.settings"}


def manage(home: Path, *arguments: str) -> str:
    """Output of a command that is expected to work."""
    done = subprocess.run(
        [*MANAGE, *arguments],
        cwd=places.PROJECT,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise LaunchError(f"manage.py {' '.join(arguments)} failed:\n{said}")
    return done.stdout
