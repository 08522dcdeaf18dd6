"""Makes the virtual environment with the pinned packages, then hands over to it. Standard library only."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aims.launch import packages, pango, places
from aims.launch.errors import LaunchError

USAGE = """Usage: ./portal COMMAND

  run [--no-demo]   start everything and print the address; Ctrl-C stops it
  stop              stop a running portal
  test [ARGS]       run all tests; ARGS go to pytest
  check             formatting, types, architecture, migrations, deployment settings
  bench [AREA …]    measure speed against the goals (--json: as JSON)
  manage ARGS       Django's command line, with the portal's database
  reset [--yes]     delete the portal's data on this machine
"""
COMMANDS = ("run", "stop", "test", "check", "bench", "manage", "reset")
COMMANDS_OF_DEVELOPERS = ("test", "check", "bench")

ENVIRONMENT = places.PROJECT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCKS = places.PROJECT / "requirements"

Command = Sequence[str | Path]


def main(arguments: list[str]) -> None:
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = not arguments or arguments[0] in ("help", "-h", "--help")
        print(USAGE, end="", file=sys.stdout if asked_for_help else sys.stderr)
        sys.exit(0 if asked_for_help else 2)
    try:
        prepare(for_developers=arguments[0] in COMMANDS_OF_DEVELOPERS)
    except LaunchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    os.environ.update(pango.environment(), PYTHONUNBUFFERED="1")
    # Where this is set, each process would compile 1,800 modules again: four seconds of its start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(places.PROJECT)
    os.execv(PYTHON, [str(PYTHON), "-m", "aims.launch", *arguments])


def prepare(*, for_developers: bool) -> None:
    wanted = ["base.txt", "s3.txt"] if os.environ.get("S3_BUCKET") else ["base.txt"]
    if for_developers:
        wanted.append("dev.txt")
    with _preparing_alone():
        missing = [name for name in wanted if not _is_stamped(name)]
        if missing:
            _install([LOCKS / name for name in wanted])
            for name in wanted:
                _stamp(name).write_text(_fingerprint(name))
        pango.prepare()


@contextmanager
def _preparing_alone() -> Iterator[None]:
    """Two commands started at once do not write into the same environment."""
    with open(__file__) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _stamp(name: str) -> Path:
    return ENVIRONMENT / f"installed-{name}"


def _fingerprint(name: str) -> str:
    parts = ((LOCKS / name).read_bytes(), sys.version.encode(), str(places.PROJECT).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_stamped(name: str) -> bool:
    return PYTHON.exists() and _stamp(name).exists() and _stamp(name).read_text() == _fingerprint(name)


def _install(locks: list[Path]) -> None:
    if not os.access(places.PROJECT, os.W_OK):
        raise LaunchError(f"{places.PROJECT} belongs to another account; clone the project as this one.")
    packages.say("Preparing the Python environment; this takes a minute the first time …")
    if not (_install_with_uv(locks) or _install_with_pip(locks)):
        raise LaunchError("The packages could not be installed; the reason is above.")
    # So that the environment's programs find the project from every directory.
    for directory in ENVIRONMENT.glob("lib/python*/site-packages"):
        (directory / "aims_portal.pth").write_text(f"{places.PROJECT}\n")


def _install_with_uv(locks: list[Path]) -> bool:
    uv = shutil.which("uv")
    if uv is None:
        return False
    environment = os.environ | _uv_settings_from_pip()
    if not _environment_works():
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        if not _runs([uv, "venv", "--quiet", "--python", sys.executable, ENVIRONMENT], environment):
            return False
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes"]
    return _runs([*install, *_requirement_options(locks)], environment)


def _uv_settings_from_pip() -> dict[str, str]:
    """What the environment tells pip holds for uv too."""
    same = {
        "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
        "PIP_EXTRA_INDEX_URL": "UV_INDEX",
        "PIP_FIND_LINKS": "UV_FIND_LINKS",
        "PIP_CERT": "SSL_CERT_FILE",
    }
    return {uv: os.environ[pip] for pip, uv in same.items() if pip in os.environ and uv not in os.environ}


def _install_with_pip(locks: list[Path]) -> bool:
    pip = _pip()
    # Twice quiet: errors are shown, but not a line for each place that lacks a package.
    options = ["--quiet", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-input"]
    return _runs([*pip, "install", *options, *_requirement_options(locks)])


def _pip() -> Command:
    """The command of a pip that installs into the environment, made if need be."""
    if _environment_works() and _runs([PYTHON, "-c", "import pip"], quiet=True):
        return [PYTHON, "-m", "pip"]
    if _make_environment() or (packages.install("python3-venv") and _make_environment()):
        return [PYTHON, "-m", "pip"]
    return [PYTHON, _unpacked_pip()]


def _make_environment(*options: str) -> bool:
    can_bring_pip = importlib.util.find_spec("ensurepip") is not None
    if not (can_bring_pip or options):
        return False
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    return _runs([sys.executable, "-m", "venv", *options, ENVIRONMENT], quiet=True)


def _unpacked_pip() -> Path:
    """A pip that runs from Debian's wheel, for an account that may not install packages."""
    by_hand = f"Type this and start again:\n  {packages.command_for('python3-venv')}"
    if not _make_environment("--without-pip"):
        raise LaunchError(f"This Python cannot make a virtual environment. {by_hand}")
    packages.say("Fetching pip beside the project …")
    target = places.home() / "pip"
    try:
        packages.unpack_missing(["python3-pip-whl"], target)
    except (LaunchError, OSError) as error:
        raise LaunchError(f"This Python has no pip. {error} {by_hand}") from error
    wheels = sorted(Path(target).rglob("pip-*.whl")) or sorted(Path("/usr/share").rglob("pip-*.whl"))
    if not wheels:
        raise LaunchError(f"This Python has no pip. {by_hand}")
    return wheels[-1] / "pip"


def _environment_works() -> bool:
    same_version = f"import sys; raise SystemExit(sys.version_info[:2] != {sys.version_info[:2]})"
    return PYTHON.exists() and _runs([PYTHON, "-c", same_version], quiet=True)


def _requirement_options(locks: list[Path]) -> list[str]:
    return [part for lock in locks for part in ("-r", str(lock))]


def _runs(
    command: list[str | Path], environment: dict[str, str] | None = None, *, quiet: bool = False
) -> bool:
    output = subprocess.DEVNULL if quiet else None
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    except OSError:
        return False
    return done.returncode == 0
