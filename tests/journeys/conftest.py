"""One running portal for all journeys of a process; its processes end with the session, whatever happens."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser

from tests import conftest as database
from tests.journeys.portal import PASSWORD, Portal, logins
from tests.journeys.visitor import Visitor, visit
from tests.ux import browser as ux


@pytest.fixture(scope="session")
def portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with _prepared("journeys", tmp_path_factory.mktemp("portal")) as running:
        running.start()
        yield running


@pytest.fixture(scope="module")
def fresh_portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """For a journey that needs settings of its own: it starts the portal itself."""
    with _prepared("journey", tmp_path_factory.mktemp("portal")) as prepared:
        yield prepared


@contextlib.contextmanager
def _prepared(kind: str, home: Path) -> Iterator[Portal]:
    name = f"aims_{kind}_{os.getpid()}"
    template = f"aims_template_{database._schema_fingerprint()}"
    with psycopg.connect(database.super_url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" OWNER portal_owner TEMPLATE "{template}"')
    prepared = Portal.prepared(home, logins(name))
    try:
        yield prepared
    finally:
        prepared.stop()
        with psycopg.connect(database.super_url(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def new_organization(portal: Portal) -> Callable[[str, str], str]:
    """Builds an organization with the people of tests.journeys.people; the address of its pages."""

    def build(slug: str, name: str) -> str:
        done = portal.python("-m", "tests.journeys.people", slug, name)
        assert done.returncode == 0, done.stderr
        return f"/o/{slug}/"

    return build


@pytest.fixture(scope="session")
def demo(portal: Portal) -> str:
    """The sample organizations, everybody in them with the same password."""
    done = portal.manage("seed_demo")
    assert done.returncode == 0, done.stderr
    emails = [line.split()[0] for line in done.stdout.splitlines() if "@" in line]
    done = portal.python("-m", "tests.journeys.passwords", *emails)
    assert done.returncode == 0, done.stderr
    return "/o/meridian-health/"


@pytest.fixture(scope="module")
def browser(portal: Portal) -> Iterator[Browser]:
    """For one module only: while it runs, Django would refuse synchronous work of other tests."""
    with ux.chromium() as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser, portal: Portal) -> Iterator[Callable[..., Visitor]]:
    """`visitor("lena@meadow.test")` is a person who has signed in, in a browser session of their own."""
    visitors: list[Visitor] = []

    def arrive(email: str = "", password: str = PASSWORD, **options: Any) -> Visitor:
        someone = visit(browser, portal.url, **options)
        visitors.append(someone)
        if email:
            someone.sign_in(email, password)
        return someone

    yield arrive
    for someone in visitors:
        someone.page.context.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path
