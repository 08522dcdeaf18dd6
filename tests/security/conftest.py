from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from django.db import connections

from aims.launch import roles
from tests.conftest import super_url


@pytest.fixture
def superuser_of_tests(transactional_db: None) -> Callable[[str], None]:
    """Runs a statement past every trigger and policy, as somebody with the server in hand could."""
    name = connections["default"].settings_dict["NAME"]

    def run(statement: str) -> None:
        with psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as admin:
            admin.execute("SET session_replication_role = replica")
            admin.execute(statement)

    return run
