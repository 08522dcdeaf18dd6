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
    with start(home, *arguments) as command:
        try:
            output, problem = command.communicate()
        finally:
            command.kill()
    if command.returncode:
        said = "\n".join((output + problem).strip().splitlines()[-12:])
        raise LaunchError(f"manage.py {' '.join(arguments)} failed:\n{said}")
    return output


def start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*MANAGE, *arguments],
        cwd=places.PROJECT,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
