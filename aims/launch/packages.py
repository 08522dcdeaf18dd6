"""Debian packages: installed when we may, else unpacked beside the project. Standard library only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from aims.launch import places
from aims.launch.errors import LaunchError

LONGEST_INSTALLATION_SECONDS = 900


def install(*names: str) -> bool:
    """Install packages as root or by a sudo that asks nothing; False when that is not possible."""
    command = _as_root()
    if command is None or shutil.which("apt-get") is None:
        return False
    say(f"Installing {', '.join(names)} …")
    apt_get = [*command, "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt_get, "install", "--yes", "--no-install-recommends", *names]
    return _succeeds(install) or (_succeeds([*apt_get, "update"]) and _succeeds(install))


def command_for(*names: str) -> str:
    """What a person types to install the packages."""
    return f"sudo apt-get install --no-install-recommends {' '.join(names)}"


def unpack_missing(names: list[str], target: Path) -> None:
    """Unpack packages, and what they need and the machine lacks, below `target`; no root needed."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise LaunchError("This machine has no apt-get and dpkg.")
    apt_get = ["apt-get", *_own_directories(places.home() / "apt")]
    if not _succeeds([*apt_get, "update"]):
        raise LaunchError("The package lists could not be fetched.")
    plan = _output([*apt_get, "install", "--simulate", "--no-install-recommends", *names])
    missing = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    archives = target / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    if missing and not _succeeds([*apt_get, "download", *missing], directory=archives):
        raise LaunchError(f"The packages could not be fetched: {', '.join(missing)}.")
    for archive in sorted(archives.glob("*.deb")):
        subprocess.run(["dpkg", "-x", archive, target], check=True)
    shutil.rmtree(archives)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _as_root() -> list[str] | None:
    if places.runs_as_root():
        return []
    sudo = shutil.which("sudo")
    return [sudo, "-n"] if sudo and _succeeds([sudo, "-n", "true"]) else None


def _own_directories(directory: Path) -> list[str]:
    """Options that keep apt away from the machine's own lists, locks and caches."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    own = {
        "Dir::State": f"{directory}/state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": f"{directory}/cache",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "",
    }
    return [part for name, value in own.items() for part in ("-o", f"{name}={value}")]


def _succeeds(command: list[str], directory: Path | None = None) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_INSTALLATION_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _output(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise LaunchError(
            f"apt-get does not know how to provide what is needed: {done.stderr.strip()[-300:]}"
        )
    return done.stdout
