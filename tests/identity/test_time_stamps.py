"""Time stamps of checkpoints (RFC 3161), against an authority in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from aims.core import checkpoints, stamping, tasks, trail
from aims.core.models import TrailCheckpoint
from aims.core.services.trail import report_on
from aims.core.tenancy.context import acting_in
from aims.launch import roles
from tests.cast import House, as_member, build_house
from tests.conftest import super_url
from tests.identity import running
from tests.identity.running import RunningProvider
from tests.identity.time_stamp_authority import POLICY


@pytest.fixture(scope="session")
def authority_process(tls: Path) -> Iterator[RunningProvider]:
    with running.provider("tests.identity.time_stamp_authority", tls) as process:
        yield process


@pytest.fixture
def authority(
    authority_process: RunningProvider, tls: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> RunningProvider:
    settings.FETCH_ALLOWED_HOSTS = [authority_process.host]
    settings.TIME_STAMP_URL = f"{authority_process.url}/stamp"
    settings.TIME_STAMP_ROOTS = str(tls / "tsa-root.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tls / "ca.pem"))
    authority_process.say()
    return authority_process


@pytest.fixture
def own(transactional_db: None) -> House:
    return build_house("Meadow Clinic", "meadow")


def asked(authority: RunningProvider) -> int:
    number: int = authority.say()["asked"]
    return number


def round_of(house: House) -> TrailCheckpoint:
    tasks.checkpoint(organization_id=house.organization.pk)
    return newest(house)


def newest(house: House) -> TrailCheckpoint:
    with acting_in(house.organization):
        found: TrailCheckpoint = TrailCheckpoint.objects.latest("seq")
    return found


def another_line(house: House) -> None:
    with acting_in(house.organization, actor=house.lead) as actor:
        trail.record(actor, "test.line")


def as_superuser(statement: str) -> None:
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def test_a_checkpoint_is_stamped_kept_outside_and_verified(own: House, authority: RunningProvider) -> None:
    before = asked(authority)

    row = round_of(own)

    assert abs((timezone.now() - row.stamped_at).total_seconds()) < 60
    stamp = stamping.verified(bytes(row.stamp), row.note.encode())
    assert (stamp.authority, stamp.at) == ("CN=Test Authority", row.stamped_at)
    kept = checkpoints.directory_of(own.organization) / f"{row.seq:012d}.tsr"
    assert kept.read_bytes() == bytes(row.stamp)
    report = report_on(own.organization)
    assert report.intact
    assert f"1 time stamps of signed checkpoints ({stamping.KIND})" in " ".join(report.checked)
    assert asked(authority) == before + 1


def test_it_is_stamped_once(own: House, authority: RunningProvider) -> None:
    first = round_of(own)
    before = asked(authority)

    again = round_of(own)
    assert checkpoints.stamp_one(first) is False  # another worker that was as far

    assert bytes(again.stamp) == bytes(first.stamp)
    assert asked(authority) == before


def test_a_stamp_whose_row_was_lost_on_the_way_is_taken_from_outside(
    own: House, authority: RunningProvider
) -> None:
    first = round_of(own)
    as_superuser("UPDATE core_trailcheckpoint SET stamp = NULL, stamped_at = NULL")
    before = asked(authority)

    again = round_of(own)

    assert (bytes(again.stamp), again.stamped_at) == (bytes(first.stamp), first.stamped_at)
    assert asked(authority) == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"wrong": "nonce"}, "Nonce mismatch"),
        ({"wrong": "digest"}, "Mismatch between messages"),
        ({"wrong": "other certificate"}, "does not hold"),
        ({"wrong": "expired certificate"}, "does not hold"),
        ({"wrong": "certificate for servers"}, "does not hold"),
        ({"wrong": "signature"}, "does not hold"),
        ({"wrong": "truncated"}, "cannot be read"),
        ({"wrong": "no token"}, "cannot be read"),
        ({"wrong": "refusal"}, "No more stamps today"),
        ({"wrong": "time"}, "which is not now"),
        ({"status": 503}, "status 503"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_an_answer_that_does_not_hold_is_not_kept_and_is_asked_for_again(
    own: House, authority: RunningProvider, words: dict[str, Any], sentence: str, caplog: Any
) -> None:
    authority.say(**words)

    row = round_of(own)

    assert (row.stamp, row.stamped_at) == (None, None)
    assert row.stored_at is not None
    assert sentence in caplog.text
    assert not list(checkpoints.directory_of(own.organization).glob("*.tsr"))
    authority.say()
    assert round_of(own).stamped_at is not None


def test_a_policy_that_the_operator_demands_is_checked(
    own: House, authority: RunningProvider, settings: Any, caplog: Any
) -> None:
    settings.TIME_STAMP_POLICY = "1.2.3.4"
    assert round_of(own).stamp is None
    assert "Policy ID mismatch" in caplog.text

    settings.TIME_STAMP_POLICY = POLICY
    assert round_of(own).stamp is not None


def test_an_authority_that_is_away_holds_nothing_up_and_is_asked_when_it_is_back(
    own: House, authority: RunningProvider, settings: Any
) -> None:
    there, settings.TIME_STAMP_URL = settings.TIME_STAMP_URL, "https://localhost:1/stamp"
    settings.FETCH_ALLOWED_HOSTS = [authority.host, "localhost:1"]
    first = round_of(own)
    another_line(own)
    second = round_of(own)
    assert first.stored_at and second.stored_at and first.stamp is second.stamp is None
    said = report_on(own.organization)
    assert said.intact and "have no time stamp of an authority outside yet" in " ".join(said.not_shown)

    settings.TIME_STAMP_URL = there
    before = asked(authority)
    round_of(own)
    round_of(own)

    with acting_in(own.organization):
        assert TrailCheckpoint.objects.filter(stamp=None).count() == 0
    assert asked(authority) == before + 2


def test_without_an_authority_nothing_is_asked_and_nothing_claimed(own: House) -> None:
    assert round_of(own).stamp is None

    report = report_on(own.organization)
    assert "time stamp" not in " ".join([*report.checked, *report.not_shown])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("stamp = substring(stamp for 200)", "cannot be read"),
        ("stamped_at = stamped_at - interval '1 day'", "another time than its column"),
        ("note = note || ' '", "Mismatch between messages"),
    ],
)
def test_a_stamp_that_is_changed_afterwards_is_found(
    own: House, authority: RunningProvider, change: str, sentence: str
) -> None:
    row = round_of(own)

    as_superuser(f"UPDATE core_trailcheckpoint SET {change}")  # noqa: S608

    report = report_on(own.organization)
    assert (report.intact, report.first_bad_line) == (False, row.seq)
    assert sentence in report.problems[0]


def test_the_page_says_what_the_stamp_is_and_no_more(own: House, authority: RunningProvider) -> None:
    authority.say(wrong="refusal")
    row = round_of(own)
    lead = as_member(own, "lead")
    waiting = lead.get(own.url("trail/")).text
    authority.say()
    round_of(own)

    stamped = lead.get(own.url("trail/")).text

    assert "waits for the time-stamp authority" in waiting and "RFC 3161" not in waiting
    assert f"Time stamp (RFC 3161): line {row.seq}" in stamped
    assert "advanced seal + plain time stamp" in stamped and "qualified" not in stamped


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_says_the_same_of_what_lies_outside(
    own: House, authority: RunningProvider, settings: Any, tmp_path: Path
) -> None:
    row = round_of(own)
    directory = checkpoints.directory_of(own.organization)

    stamp = str(directory / f"{row.seq:012d}.tsr")

    def verify(note: Path) -> int:
        what = ["-in", stamp, "-data", str(note), "-CAfile", settings.TIME_STAMP_ROOTS]
        return subprocess.run(
            ["openssl", "ts", "-verify", *what], capture_output=True, check=False
        ).returncode

    forged = tmp_path / "forged.note"
    forged.write_bytes((directory / f"{row.seq:012d}.note").read_bytes() + b" ")
    assert verify(directory / f"{row.seq:012d}.note") == 0
    assert verify(forged) != 0
