"""The chain: whatever a superuser changes is found and located; the application can change nothing."""

from __future__ import annotations

import random
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from aims.core import checkpoints, trail
from aims.core import verification as chain
from aims.core.models import TrailEvent, TrailHead
from aims.core.services.trail import Report, report_on
from aims.core.tenancy.context import acting_in
from aims.core.verification import TrailCheck
from aims.launch import roles
from audits.bench.tampering import FOUND_BY_AN_ANCHOR, FOUND_BY_THE_CHAIN, Tamper, edit_body
from tests.cast import House
from tests.conftest import super_url


@pytest.fixture
def chains(transactional_db: None) -> tuple[House, House]:
    """Two organizations with committed chains of the same length."""
    from tests.cast import build_house

    return build_house("Meadow Clinic", "meadow"), build_house("Harbour Bank", "harbour")


def as_superuser() -> psycopg.Connection[Any]:
    name = connections["default"].settings_dict["NAME"]
    admin = psycopg.connect(roles.address(super_url(), database=name), autocommit=True)
    admin.execute("SET session_replication_role = replica")  # triggers and foreign keys are off
    return admin


def verify(house: House) -> TrailCheck:
    return chain.verify(house.organization.pk)


def report(house: House) -> Report:
    return report_on(house.organization)


SEED = 42001
POSITIONS = 5


def lengthen(house: House, lines: int) -> int:
    with acting_in(house.organization) as actor:
        for number in range(lines):
            trail.record(actor, "test.line", after={"number": number}, reason="to have some length")
    return verify(house).count


def put_back(admin: psycopg.Connection[Any]) -> None:
    for table in ("core_trailevent", "core_trailhead"):
        admin.execute(f"DELETE FROM {table}")  # noqa: S608
        admin.execute(f"INSERT INTO {table} TABLE kept_{table}")


@pytest.mark.parametrize("tamper", FOUND_BY_THE_CHAIN, ids=lambda each: each.__name__)
def test_every_tampering_is_found_where_it_was_done(chains: tuple[House, House], tamper: Tamper) -> None:
    own, other = chains
    last = min(lengthen(own, 25), lengthen(other, 25))
    whole = verify(own)
    assert whole.is_intact and whole.count == last
    positions = random.Random(f"{SEED}{tamper.__name__}").sample(range(2, last - 1), POSITIONS)

    with as_superuser() as admin:
        for table in ("core_trailevent", "core_trailhead"):
            admin.execute(f"CREATE TEMPORARY TABLE kept_{table} AS TABLE {table}")
        for position in positions:
            expected = tamper(admin, own.organization.pk, other.organization.pk, position, last)
            check = verify(own)
            put_back(admin)

            assert not check.is_intact, position
            assert check.bad[0].seq == expected, (position, check.bad[:3])
    assert verify(own).is_intact


@pytest.mark.parametrize("tamper", FOUND_BY_AN_ANCHOR, ids=lambda each: each.__name__)
def test_a_forgery_that_mends_the_head_is_found_only_by_a_checkpoint_outside(
    chains: tuple[House, House], tamper: Tamper
) -> None:
    own, other = chains
    last = lengthen(own, 25)
    checkpoints.round_of(own.organization.pk, now=timezone.now())
    before = report(own)
    assert before.intact and before.problems == ()

    with as_superuser() as admin:
        tamper(admin, own.organization.pk, other.organization.pk, 7, last)

    assert verify(own).is_intact  # the chain alone sees nothing
    told = report(own)
    assert not told.intact
    assert told.first_bad_line == last
    assert "checkpoint kept outside the database" in told.problems[0]


def test_the_command_names_the_organization_and_the_line(chains: tuple[House, House]) -> None:
    own, other = chains
    said = StringIO()
    call_command("verify_trail", stdout=said)
    heads = [line.split(":")[0] for line in said.getvalue().splitlines() if not line.startswith(" ")]
    assert heads == ["meadow", "harbour"]

    with as_superuser() as admin:
        edit_body(admin, own.organization.pk, other.organization.pk, 4, 0)

    with pytest.raises(CommandError, match=r"^meadow: first bad line 4: The line was changed"):
        call_command("verify_trail", stdout=StringIO())
    with pytest.raises(CommandError, match="meadow"):
        call_command("verify_trail", organization="meadow", stdout=StringIO())
    call_command("verify_trail", organization="harbour", stdout=StringIO())
    with pytest.raises(CommandError, match="There is no organization “nowhere”"):
        call_command("verify_trail", organization="nowhere", stdout=StringIO())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_trailevent SET body = '{}'",
        "DELETE FROM core_trailevent",
        "TRUNCATE core_trailevent",
        "UPDATE core_trailhead SET seq = 0",
        "DELETE FROM core_trailhead",
        "INSERT INTO core_trailhead (organization_id, seq, hash) VALUES (1, 1, ''::bytea)",
        "ALTER TABLE core_trailevent DISABLE TRIGGER ALL",
        "DROP TABLE core_trailevent",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_can_only_add(house: House, statement: str) -> None:
    with acting_in(house.organization):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("portal_app",)
        before = TrailEvent.objects.count()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

        assert TrailEvent.objects.count() == before > 0


def test_an_undone_act_leaves_no_line(house: House) -> None:
    with acting_in(house.organization) as actor:
        before = TrailEvent.objects.count()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            trail.record(actor, "test.undone")
            raise ZeroDivisionError

        assert TrailEvent.objects.count() == before


def test_lines_carry_no_names_or_addresses(house: House) -> None:
    with acting_in(house.organization):
        bodies = " ".join(TrailEvent.objects.values_list("body", flat=True))

    for member in house.member.values():
        assert member.name not in bodies and member.email not in bodies


def test_the_head_moves_with_each_commit(chains: tuple[House, House]) -> None:
    own, _ = chains
    before = verify(own).count
    with acting_in(own.organization) as actor:
        trail.record(actor, "test.one")
        trail.record(actor, "test.two")

    with acting_in(own.organization):
        assert TrailHead.objects.get().seq == before + 2
        assert verify(own).is_intact
