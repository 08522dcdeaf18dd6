"""`./portal check`: everything that can be said about the code without running its tests."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import yaml

from aims import configuration
from aims.launch import commands, embedded, places

PROJECT = places.PROJECT
TYPED = ("aims", "inventory", "risk", "controls", "audits")
SERVICES = {"web", "worker", "beat", "migrate", "postgres", "redis"}
COMPOSE_FILE = "docker-compose.yml"
#: Most of the time goes into the types, in one process: the others run beside it.
AT_ONCE = 2


@dataclass(frozen=True)
class Check:
    name: str
    problem: Callable[[], str]
    """What is wrong, or nothing."""


def check(arguments: list[str]) -> int:
    home = places.home() / "test"
    with embedded.postgres(home, for_tests=True):
        os.environ.update(AIMS_ENV="test", AIMS_HOME=str(home))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            problems = pool.map(lambda one: one.problem().strip(), CHECKS)
            failed = [
                one.name for one, problem in zip(CHECKS, problems, strict=True) if not _passes(one, problem)
            ]
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return 1 if failed else 0


def _passes(one: Check, problem: str) -> bool:
    print(f"{'FAILED' if problem else 'ok    '}  {one.name}", flush=True)
    if problem:
        print(problem, flush=True)
    return not problem


def _module(*command: str) -> Callable[[], str]:
    return lambda: _output_on_failure([sys.executable, "-m", *command])


def _manage(*command: str) -> Callable[[], str]:
    return lambda: _output_on_failure([*commands.MANAGE, *command])


def _output_on_failure(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode == 0:
        return ""
    return done.stdout or f"{command[0]} ended with {done.returncode}"


def import_contracts() -> str:
    program = os.path.join(os.path.dirname(sys.executable), "lint-imports")
    return _output_on_failure([program, "--no-cache"])


def deployment() -> str:
    """Django's own deployment checks, under settings as a production installation has them."""
    done = [*commands.MANAGE, "check", "--deploy", "--fail-level", "WARNING"]
    return _output_on_failure(done, production_environment())


def production_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LD_LIBRARY_PATH")}
    server = "postgresql://{}:secret@db.example.org/aims"
    return kept | {
        "AIMS_ENV": "production",
        "AIMS_HOME": str(places.home()),
        "DATABASE_URL": server.format("portal_app"),
        "DATABASE_OWNER_URL": server.format("portal_owner"),
        "DATABASE_OPERATOR_URL": server.format("portal_operator"),
        "REDIS_URL": "rediss://cache.example.org:6379/0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "API_KEY_PEPPER": secrets.token_urlsafe(48),
        "FIELD_KEY": configuration.new_field_key(),
        "SIGNING_KEY": configuration.new_signing_key(),
        "ALLOWED_HOSTS": "portal.example.org",
        "BASE_URL": "https://portal.example.org",
        "EMAIL_URL": "smtps://portal:secret@mail.example.org",
        "DEFAULT_FROM_EMAIL": "portal@example.org",
    }


def settings_page() -> str:
    written = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    if written == configuration.settings_page():
        return ""
    return "docs/settings.md is not what `python -m aims.configuration` prints."


def compose_file() -> str:
    """By docker compose where it is installed, and in any case that services and secrets are sound."""
    text = (PROJECT / COMPOSE_FILE).read_text(encoding="utf-8")
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return f"{COMPOSE_FILE} is no YAML: {error}"
    problems = []
    if missing := SERVICES - set(content["services"]):
        problems.append(f"{COMPOSE_FILE} lacks the services {', '.join(sorted(missing))}.")
    for name in ("web", "postgres", "redis"):
        if "healthcheck" not in content["services"].get(name, {}):
            problems.append(f"{COMPOSE_FILE}: {name} has no health check.")
    if program := compose_program():
        problems.append(
            _output_on_failure([*program, "-f", COMPOSE_FILE, "config", "--quiet"], production_environment())
        )
    return "\n".join(problem for problem in problems if problem)


def compose_program() -> list[str] | None:
    if (docker := shutil.which("docker")) and not _output_on_failure([docker, "compose", "version"]):
        return [docker, "compose"]
    return [program] if (program := shutil.which("docker-compose")) else None


def lock_files() -> str:
    """Names, versions and hashes only: where packages come from is the machine's affair."""
    problems = []
    for path in sorted((PROJECT / "requirements").glob("*.txt")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if "://" in line or line.startswith(("-i", "-f", "--find", "--index", "--extra", "/")):
                problems.append(f"{path.name}:{number} names a place: {line}")
    return "\n".join(problems)


CHECKS = (
    Check("style", _module("ruff", "check", ".")),
    Check("format", _module("ruff", "format", "--check", ".")),
    Check("types", _module("mypy", *TYPED)),
    Check("import contracts", import_contracts),
    Check("system checks", _manage("check", "--fail-level", "WARNING")),
    Check("deployment settings", deployment),
    Check("migrations complete", _manage("makemigrations", "--check", "--dry-run")),
    Check("templates", _manage("check_templates")),
    Check("settings page", settings_page),
    Check("lock files", lock_files),
    Check("compose file", compose_file),
)
