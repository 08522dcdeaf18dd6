"""One populated database per module: building it for each test would take most of the time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from tests.architecture.world import World, build_world


def files_in(directory: Path) -> dict[str, Any]:
    return {
        **settings.STORAGES,
        "default": {
            "BACKEND": "aims.core.durable_storage.DurableStorage",
            "OPTIONS": {"location": str(directory)},
        },
    }


@contextmanager
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The populated database, which is gone afterwards."""
    storages = files_in(tmp_path_factory.mktemp("files"))
    with override_settings(STORAGES=storages), transaction.atomic():
        world = build_world()
        # What that left to check is checked here once: after each request it would be undone with the rest.
        connection.check_constraints()
        yield world
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def populated(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with django_db_blocker.unblock(), building(tmp_path_factory) as world:
        yield world


@pytest.fixture
def world(populated: World) -> Iterator[World]:
    """The populated database as the application sees it; what a test writes is undone."""
    populated.write_files()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('is_superuser')")
            assert cursor.fetchone() == ("portal_app", "off")
        yield populated
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _without_a_log_line_per_refusal() -> Iterator[None]:
    """Thousands of refusals are meant here, and each would be logged."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)
