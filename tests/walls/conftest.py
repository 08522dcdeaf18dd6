"""Connections past the portal: the superuser who takes walls down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections

from aims.launch import roles
from tests.conftest import super_url


@pytest.fixture
def superuser(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    """One transaction of the superuser in the tests' database, rolled back whatever it did."""
    name = connections["default"].settings_dict["NAME"]
    connection = psycopg.connect(roles.address(super_url(), database=name))
    try:
        yield connection
    finally:
        connection.rollback()
        connection.close()
