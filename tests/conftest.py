"""The database of the tests, cloned from a migrated template; tests run as the application's own login."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.template import Context, Template
from django.test import TransactionTestCase
from django.test import utils as test_utils
from django.test.signals import template_rendered
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from aims.launch import roles
from tests import kept

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATE_LOCK = 4_200_100
LOGIN_OF = {"default": "DATABASE_URL", "owner": "DATABASE_OWNER_URL", "operator": "DATABASE_OPERATOR_URL"}

# How fast examples come is a matter of the machine, and no test asserts times.
hypothesis_settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("portal")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("AIMS_ENV", "test")
    gc.disable()


def pytest_collection_finish() -> None:
    """What was loaded stays, and what tests leave may wait: less time goes into looking for garbage."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each test to whoever is free, but all journeys to one worker, which starts one portal for them."""
    from xdist.scheduler import LoadScopeScheduling

    class OnePortal(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "journeys" if nodeid.startswith("tests/journeys/") else nodeid

    return OnePortal(config, log)


def super_url() -> str:
    url = os.environ.get("AIMS_TEST_SUPER_URL", "")
    if not url:
        pytest.exit("The tests need a database server: run them with ./portal test.", returncode=2)
    return url


def _schema_fingerprint() -> str:
    digest = hashlib.sha256()
    for pattern in (
        "*/migrations/*.py",
        "aims/core/migrations/*.py",
        "aims/core/sql/*.sql",
        "*/sql/*.sql",
        "*/models*.py",
        "*/models/*.py",
    ):
        for path in sorted(PROJECT.glob(pattern)):
            digest.update(path.read_bytes())
    for path in sorted((PROJECT / "aims/core").rglob("*.py")):
        if "models" in path.parts or "tenancy" in path.parts:
            digest.update(path.read_bytes())
    digest.update(
        (PROJECT / "requirements" / "base.txt").read_bytes()
        if (PROJECT / "requirements" / "base.txt").exists()
        else b""
    )
    return digest.hexdigest()[:16]


def _use_database(name: str) -> None:
    for alias in settings.DATABASES:
        connections[alias].close()
        for known in (connections[alias].settings_dict, settings.DATABASES[alias]):
            known["NAME"] = name


def _build_template(name: str, admin: psycopg.Connection[Any]) -> None:
    building = f"{name}_building"
    admin.execute(f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)')
    admin.execute(f'CREATE DATABASE "{building}" OWNER portal_owner TEMPLATE template1')
    _use_database(building)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_catalogs", verbosity=0)
    for alias in settings.DATABASES:
        connections[alias].close()
    admin.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """One template per schema, one clone per process: no test run migrates twice."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    template = f"aims_template_{_schema_fingerprint()}"
    clone = f"aims_test_{os.getpid()}_{worker}"
    with django_db_blocker.unblock(), psycopg.connect(super_url(), autocommit=True) as admin:
        _log_in_to_test_server()
        with _locked(admin):
            known = admin.execute("SELECT FROM pg_database WHERE datname = %s", [template]).fetchone()
            if known is None:
                _build_template(template, admin)
            admin.execute(f'CREATE DATABASE "{clone}" OWNER portal_owner TEMPLATE "{template}"')
    _use_database(clone)
    yield
    with django_db_blocker.unblock(), psycopg.connect(super_url(), autocommit=True) as admin:
        for alias in settings.DATABASES:
            connections[alias].close()
        admin.execute(f'DROP DATABASE IF EXISTS "{clone}" WITH (FORCE)')


@contextlib.contextmanager
def _locked(admin: psycopg.Connection[Any]) -> Iterator[None]:
    admin.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
    try:
        yield
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])


def _log_in_to_test_server() -> None:
    """All aliases point at the test server, each with its own real login."""
    from aims import configuration

    for alias, setting in LOGIN_OF.items():
        url = os.environ.get(f"AIMS_TEST_{setting}") or roles.address(
            super_url(), database="postgres", user=roles.LOGINS[setting]
        )
        place = configuration.database_settings(url)
        for known in (connections[alias].settings_dict, settings.DATABASES[alias]):
            known.update({key: place[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")})


def _empty_all(self: Any, *args: Any, **kwargs: Any) -> None:
    """After a test with real commits the superuser empties the tables that were written to."""
    name = connections["default"].settings_dict["NAME"]
    for alias in settings.DATABASES:
        connections[alias].close()
    with psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as admin:
        kept.empty(admin)


TransactionTestCase._fixture_teardown = _empty_all  # type: ignore[method-assign]


def _tell_of_pages(self: Template, context: Context) -> Any:
    """Not of their parts: Django copies the context of each for `response.context`, a third of the time."""
    if context.template is self:
        template_rendered.send(sender=self, template=self, context=context)
    return self.nodelist.render(context)


test_utils.instrumented_test_render = _tell_of_pages  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _files_and_a_cache_of_its_own(tmp_path: Path, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "aims.core.durable_storage.DurableStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
    }
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    # A cache of its own too: five wrong passwords of one test would lock the next one out.
    memory = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": memory, "LOCATION": str(tmp_path)}}


pytest_plugins = ["tests.cast"]
