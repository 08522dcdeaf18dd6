"""With row security switched off the rest holds alone; with the manager's filter gone, row security does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, models, transaction

from aims.core.models import Member
from aims.core.tenancy.context import acting_in
from aims.core.tenancy.models import TenantManager
from aims.launch import roles
from tests.architecture.conftest import building
from tests.architecture.test_walk_api import ask, body_of, operations
from tests.architecture.walking import Walker, ids_in, nowhere, routes_inside, told
from tests.architecture.world import FOREIGN, World
from tests.conftest import super_url

Faults = list[tuple[str, str]]
PROTECTED = """SELECT format('%I', relname) FROM pg_class
 WHERE relkind = 'r' AND relrowsecurity AND relnamespace = 'public'::regnamespace"""


@contextmanager
def without_row_security() -> Iterator[None]:
    """In the database of this test process; a superuser's act."""
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as superuser:
        tables = [row[0] for row in superuser.execute(PROTECTED).fetchall()]
        for table in tables:
            superuser.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        try:
            yield
        finally:
            for table in tables:
                superuser.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@contextmanager
def without_filter() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)
        yield


@pytest.fixture(scope="module", params=["row security", "the filter"])
def one_wall_less(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, World]]:
    """The populated database with one of the two walls that guard reads taken down."""
    take_down = without_row_security if request.param == "row security" else without_filter
    with django_db_blocker.unblock(), take_down(), building(tmp_path_factory) as world:
        yield request.param, world


@pytest.fixture
def without(one_wall_less: tuple[str, World]) -> Iterator[tuple[str, World]]:
    missing, world = one_wall_less
    world.write_files()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("portal_app",)
        yield missing, world
        transaction.set_rollback(True)


def test_the_wall_is_really_down(without: tuple[str, World]) -> None:
    missing, world = without
    harbour = world.harbour.organization.pk

    with acting_in(world.meadow.organization):
        past_the_filter = Member.unfiltered.filter(organization_id=harbour).exists()
        filtered = str(world.meadow.organization.pk) in str(Member.objects.all().query).partition("WHERE")[2]

    assert past_the_filter == (missing == "row security")
    assert filtered == (missing == "row security")


def test_no_page_shows_or_tells_of_another_organizations_rows(without: tuple[str, World]) -> None:
    _, world = without
    walker = Walker(world, "lead")
    faults: Faults = []
    for route in routes_inside():
        if not all(map(route.is_known, route.parameters)):
            continue
        for address in route.addresses("meadow", ids_in(world.seen)):
            if FOREIGN in walker.ask("GET", address).text:
                faults.append((f"GET {address}", "shows Harbour"))
        if route.rows:
            faults += told_apart(walker, route, world)

    assert not faults, told(faults)


def told_apart(walker: Walker, route: Any, world: World) -> Faults:
    pairs = zip(
        route.addresses("meadow", ids_in(world.foreign)), route.addresses("meadow", nowhere), strict=True
    )
    faults: Faults = []
    for real, missing in pairs:
        for method in ("GET", "POST"):
            first, second = walker.ask(method, real), walker.ask(method, missing)
            if first.status != second.status or FOREIGN in first.text:
                faults.append((f"{method} {real}", f"{first}, missing: {second}"))
    return faults


def test_no_operation_shows_or_tells_of_another_organizations_rows(without: tuple[str, World]) -> None:
    _, world = without
    walker = Walker(world, "key")
    faults: Faults = []
    for operation in operations():
        body = body_of(operation, 1)
        if FOREIGN in ask(walker, operation, operation.address("meadow", ids_in(world.seen)), body).text:
            faults.append((str(operation), "shows Harbour"))
        if operation.parameters:
            first = ask(walker, operation, operation.address("meadow", ids_in(world.foreign)), body)
            second = ask(walker, operation, operation.address("meadow", nowhere), body)
            if first.status != second.status or FOREIGN in first.text:
                faults.append((str(operation), f"{first}, missing: {second}"))

    assert not faults, told(faults)
