"""The chain: whatever a superuser changes is found and located; the application can change nothing."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from aims.core import trail
from aims.core.models import TrailEvent, TrailHead
from aims.core.tenancy.context import acting_in
from aims.launch import roles
from tests.cast import House
from tests.conftest import super_url

Tamper = Callable[[psycopg.Connection[Any], int, int], None]


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


def verify(house: House) -> trail.TrailCheck:
    with acting_in(house.organization):
        return trail.verify(house.organization.pk)


def edit_body(admin: Any, own: int, other: int) -> None:
    admin.execute(
        "UPDATE core_trailevent SET body = body || ' ' WHERE organization_id = %s AND seq = 4", [own]
    )


def edit_column(admin: Any, own: int, other: int) -> None:
    admin.execute(
        "UPDATE core_trailevent SET actor = 'member:1' WHERE organization_id = %s AND seq = 4", [own]
    )


def edit_with_own_hash(admin: Any, own: int, other: int) -> None:
    body, previous = admin.execute(
        "SELECT body, previous FROM core_trailevent WHERE organization_id = %s AND seq = 4", [own]
    ).fetchone()
    changed = f"{body} "
    admin.execute(
        "UPDATE core_trailevent SET body = %s, hash = %s WHERE organization_id = %s AND seq = 4",
        [changed, trail.link(previous, 4, changed), own],
    )


def delete_middle(admin: Any, own: int, other: int) -> None:
    admin.execute("DELETE FROM core_trailevent WHERE organization_id = %s AND seq = 4", [own])


def delete_and_renumber(admin: Any, own: int, other: int) -> None:
    delete_middle(admin, own, other)
    admin.execute("UPDATE core_trailevent SET seq = seq - 1 WHERE organization_id = %s AND seq > 4", [own])


def swap(admin: Any, own: int, other: int) -> None:
    for old, new in ((4, -1), (5, 4), (-1, 5)):
        admin.execute(
            "UPDATE core_trailevent SET seq = %s WHERE organization_id = %s AND seq = %s", [new, own, old]
        )


def cut_the_tail(admin: Any, own: int, other: int) -> None:
    admin.execute("DELETE FROM core_trailevent WHERE organization_id = %s AND seq > 6", [own])


def cut_everything(admin: Any, own: int, other: int) -> None:
    admin.execute("DELETE FROM core_trailevent WHERE organization_id = %s", [own])


def add_to_the_end(admin: Any, own: int, other: int) -> None:
    admin.execute(
        "INSERT INTO core_trailevent"
        " (organization_id, body, at, actor, action, object_type, seq, previous, hash)"
        " SELECT organization_id, body, at, actor, action, object_type, seq + 1, hash, hash"
        " FROM core_trailevent"
        " WHERE organization_id = %s ORDER BY seq DESC LIMIT 1",
        [own],
    )


def take_from_another(admin: Any, own: int, other: int) -> None:
    delete_middle(admin, own, other)
    admin.execute(
        "UPDATE core_trailevent SET organization_id = %s WHERE organization_id = %s AND seq = 4", [own, other]
    )


def take_the_whole_chain_of_another(admin: Any, own: int, other: int) -> None:
    admin.execute("DELETE FROM core_trailevent WHERE organization_id = %s", [own])
    admin.execute("DELETE FROM core_trailhead WHERE organization_id = %s", [own])
    admin.execute("UPDATE core_trailevent SET organization_id = %s WHERE organization_id = %s", [own, other])
    admin.execute("UPDATE core_trailhead SET organization_id = %s WHERE organization_id = %s", [own, other])


def move_the_head(admin: Any, own: int, other: int) -> None:
    admin.execute("UPDATE core_trailhead SET seq = seq + 1 WHERE organization_id = %s", [own])


def drop_the_head(admin: Any, own: int, other: int) -> None:
    admin.execute("DELETE FROM core_trailhead WHERE organization_id = %s", [own])


#: where it is found; numbers below nought count from the line after the last one
AFTER, LAST = -1, -2
TAMPERINGS: list[tuple[Tamper, int]] = [
    (edit_body, 4),
    (edit_column, 4),
    (edit_with_own_hash, 5),
    (delete_middle, 5),
    (delete_and_renumber, 4),
    (swap, 4),
    (cut_the_tail, LAST),
    (cut_everything, LAST),
    (add_to_the_end, AFTER),
    (take_from_another, 4),
    (take_the_whole_chain_of_another, 1),
    (move_the_head, AFTER),
    (drop_the_head, 0),
]


@pytest.mark.parametrize(("tamper", "seq"), TAMPERINGS, ids=[each[0].__name__ for each in TAMPERINGS])
def test_every_tampering_is_found_where_it_was_done(
    chains: tuple[House, House], tamper: Tamper, seq: int
) -> None:
    own, other = chains
    whole = verify(own)
    assert whole.is_intact and whole.count > 7

    with as_superuser() as admin:
        tamper(admin, own.organization.pk, other.organization.pk)

    check = verify(own)
    assert not check.is_intact
    assert check.bad[0].seq == (seq if seq >= 0 else whole.count + 2 + seq), check.bad


def test_a_tail_cut_off_with_its_head_is_found_by_an_anchor(chains: tuple[House, House]) -> None:
    own, _ = chains
    whole = verify(own)
    with as_superuser() as admin:
        cut_the_tail(admin, own.organization.pk, 0)
        admin.execute(
            "UPDATE core_trailhead h SET seq = e.seq, hash = e.hash FROM core_trailevent e"
            " WHERE h.organization_id = %s AND e.organization_id = h.organization_id AND e.seq = 6",
            [own.organization.pk],
        )

    with acting_in(own.organization):
        alone = trail.verify(own.organization.pk)
        anchored = trail.verify(own.organization.pk, anchors={whole.head_seq: bytes.fromhex(whole.head_hash)})

    assert alone.is_intact
    assert [line.seq for line in anchored.bad] == [whole.count]


def test_the_command_names_the_organization_and_the_line(chains: tuple[House, House]) -> None:
    own, other = chains
    said = StringIO()
    call_command("verify_trail", stdout=said)
    assert [line.split(":")[0] for line in said.getvalue().splitlines()] == ["meadow", "harbour"]

    with as_superuser() as admin:
        edit_body(admin, own.organization.pk, other.organization.pk)

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
