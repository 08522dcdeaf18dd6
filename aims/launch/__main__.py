"""The portal's commands, in the prepared environment."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from aims.configuration import ConfigurationError
from aims.launch import checks, commands, embedded, installation, places, run, testing
from aims.launch.errors import LaunchError
from aims.launch.run_lock import RunLock

# What a portal puts into its home; nothing else is deleted there.
DATA = (
    "postgres*",
    "secrets.*",
    "beat-schedule*",
    "run.lock",
    "prepared",
    run.FIRST_PACK,
    "files",
    "static",
    "logs",
    "test",
    "bench",
)


def main(arguments: list[str]) -> int:
    command, *rest = arguments
    # Asked to end, also while things are being prepared, we leave through every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return HANDLERS[command](rest)
    except (LaunchError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def manage(arguments: list[str]) -> int:
    """Django's command line; the database runs meanwhile and is left as found."""
    home = places.home()
    installation.load_configuration(home)
    with run.services(home):
        return _follow([*commands.MANAGE, *arguments], home)


def bench(arguments: list[str]) -> int:
    """Measures in a home of its own: the figures need ten thousand systems."""
    home = places.home() / "bench"
    home.mkdir(parents=True, exist_ok=True)
    read = installation.load_configuration(home)
    with run.services(home):
        installation.update(home, read)
        return _follow([*commands.MANAGE, "bench", *arguments], home)


def stop(arguments: list[str]) -> int:
    lock = RunLock(places.home())
    if not lock.is_held():
        print("The portal is not running.")
        return 0
    lock.stop_holder()
    print("Stopped.")
    return 0


def reset(arguments: list[str]) -> int:
    home = places.home()
    if RunLock(home).is_held():
        raise LaunchError("The portal is running. Stop it first: ./portal stop")
    if arguments != ["--yes"] and not _agrees(f"Delete all data of the portal in {home}?"):
        print("Nothing was deleted.")
        return 1
    homes = [part for part in (home, home / "test", home / "bench") if part.exists()]
    for cluster_home in homes:
        _refuse_used_cluster(cluster_home)
    for cluster_home in homes:
        _delete_cluster(cluster_home)
    for path in (found for pattern in DATA for found in home.glob(pattern)):
        _delete(path)
    print("Deleted.")
    return 0


def _server(home: Path) -> embedded.Server:
    return embedded.Server(home, None, embedded.SERVER_SETTINGS)


def _refuse_used_cluster(home: Path) -> None:
    if _server(home).is_used():
        raise LaunchError(f"The database in {home} is in use by another command. Let it end first.")


def _delete_cluster(home: Path) -> None:
    server = _server(home)
    with server.start_lock():
        server.stop()
    for directory in {server.directory, server.sockets}:
        _delete(directory)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _agrees(question: str) -> bool:
    if not sys.stdin.isatty():
        raise LaunchError("Nobody can be asked here; type ./portal reset --yes")
    return input(f"{question} Type yes: ").strip().lower() == "yes"


def _follow(command: list[str], home: Path) -> int:
    """Run in the foreground; Ctrl-C is the command's to handle, and we wait for its end."""
    process = subprocess.Popen(command, cwd=places.PROJECT, env=commands.environment(home))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


HANDLERS = {
    "run": run.run,
    "stop": stop,
    "test": testing.test,
    "check": checks.check,
    "bench": bench,
    "manage": manage,
    "reset": reset,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
