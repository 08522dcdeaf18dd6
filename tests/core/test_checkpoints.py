"""Checkpoints: signed, kept as rows and outside the database, never written over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from aims.core import checkpoints, jobs, tasks, trail
from aims.core.models import Job, TrailCheckpoint, TrailEvent
from aims.core.services import trail as verbs
from aims.core.signing import Signer, generate_signing_key
from aims.core.tenancy.context import acting_in
from tests.cast import House, as_member, build_house

NOW = timezone.now()


@pytest.fixture
def own(transactional_db: None) -> House:
    return build_house("Meadow Clinic", "meadow")


def notes_of(house: House) -> list[Path]:
    return sorted(checkpoints.directory_of(house.organization).glob("*"))


def test_a_checkpoint_names_the_head_and_is_signed(own: House) -> None:
    checkpoints.round_of(own.organization.pk, now=NOW)

    with acting_in(own.organization):
        row, head = TrailCheckpoint.objects.get(), trail.head()
    assert head is not None and (row.seq, bytes(row.hash)) == (head.seq, bytes(head.hash))
    assert row.stored_at is not None
    [path] = notes_of(own)
    assert path.name == f"{head.seq:012d}.note"
    assert path.read_text() == row.note
    key = Signer.from_settings().public_key_text()
    anchor = checkpoints.read(row.note, organization="meadow", public_key=key)
    assert (anchor.seq, anchor.hash) == (head.seq, bytes(head.hash))


def test_without_new_lines_there_is_no_second_checkpoint(own: House) -> None:
    tasks.checkpoint(organization_id=own.organization.pk)
    tasks.checkpoint(organization_id=own.organization.pk)
    assert len(notes_of(own)) == 1

    with acting_in(own.organization) as actor:
        trail.record(actor, "test.line")
    tasks.checkpoint(organization_id=own.organization.pk)

    assert len(notes_of(own)) == 2


def test_a_checkpoint_outside_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "000000000001.note"
    checkpoints.write_once(path, b"first")
    checkpoints.write_once(path, b"first")  # the same again is no harm

    with pytest.raises(checkpoints.AnotherCheckpoint):
        checkpoints.write_once(path, b"second")

    assert path.read_bytes() == b"first"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_could_not_be_stored_is_stored_with_the_next_round(own: House, settings: Any) -> None:
    good = settings.CHECKPOINT_DIR
    blocked = good.parent / "blocked"
    blocked.write_text("a file where the directory should be")
    settings.CHECKPOINT_DIR = blocked
    with pytest.raises(OSError):
        checkpoints.round_of(own.organization.pk, now=NOW)
    with acting_in(own.organization):
        assert TrailCheckpoint.objects.get().stored_at is None

    settings.CHECKPOINT_DIR = good
    checkpoints.round_of(own.organization.pk, now=NOW)

    with acting_in(own.organization):
        assert TrailCheckpoint.objects.get().stored_at is not None
    assert len(notes_of(own)) == 1


def test_a_note_by_another_key_or_of_another_organization_is_left_aside_and_named(own: House) -> None:
    checkpoints.round_of(own.organization.pk, now=NOW)
    directory = checkpoints.directory_of(own.organization)
    stranger = Signer.from_pem(generate_signing_key())
    forged = stranger.sign_checkpoint(organization="meadow", seq=3, head_hash=b"x" * 32)
    (directory / "000000000003.note").write_text(forged)
    other = Signer.from_settings().sign_checkpoint(organization="harbour", seq=4, head_hash=b"x" * 32)
    (directory / "000000000004.note").write_text(other)

    report = verbs.report_on(own.organization)

    assert report.intact
    assert any("000000000003.note, 000000000004.note" in sentence for sentence in report.not_shown)


def test_lines_after_the_last_checkpoint_are_said_not_to_be_covered(own: House) -> None:
    checkpoints.round_of(own.organization.pk, now=NOW)
    covered = verbs.report_on(own.organization)
    with acting_in(own.organization) as actor:
        trail.record(actor, "test.line")

    report = verbs.report_on(own.organization)

    assert not any("no checkpoint outside" in sentence for sentence in covered.not_shown)
    assert f"Lines {report.lines} to {report.lines} have no checkpoint outside" in " ".join(report.not_shown)


def test_the_command_takes_another_directory_and_a_day(own: House, tmp_path: Path, capsys: Any) -> None:
    checkpoints.round_of(own.organization.pk, now=NOW)
    with acting_in(own.organization) as actor:
        anchored = TrailEvent.objects.exclude(seq=None).count()
        trail.record(actor, "test.line")
    tomorrow = (NOW + timedelta(days=2)).date()

    call_command("verify_trail", organization="meadow", since=tomorrow.isoformat())
    told = capsys.readouterr().out
    assert f"Lines {anchored + 1} to {anchored + 1}" in told
    assert f"Lines 1 to {anchored} were not read" in told

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    call_command("verify_trail", organization="meadow", anchors=elsewhere)
    assert "checkpoints kept outside" not in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no directory"):
        call_command("verify_trail", anchors=tmp_path / "nowhere")
    with pytest.raises(CommandError, match="--since takes a day"):
        call_command("verify_trail", since="soon")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_trailcheckpoint SET note = 'forged'",
        "UPDATE core_trailcheckpoint SET stored_at = now()",
        "DELETE FROM core_trailcheckpoint",
        "TRUNCATE core_trailcheckpoint",
    ],
)
def test_a_checkpoint_row_stays_as_it_was_signed(own: House, statement: str) -> None:
    checkpoints.round_of(own.organization.pk, now=NOW)
    with acting_in(own.organization):
        before = list(TrailCheckpoint.objects.values())

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

        assert list(TrailCheckpoint.objects.values()) == before


def test_the_page_and_the_api_say_what_was_checked(own: House) -> None:
    checkpoints.round_of(own.organization.pk, now=NOW)
    client: Client = as_member(own, "lead")

    page = client.post("/o/meadow/trail/verify/").content.decode()
    answer = client.post("/api/v1/organizations/meadow/trail/verify")

    assert "The chain is whole." in page
    assert "1 signed checkpoints kept outside the database" in page
    assert "What this cannot show" in page
    assert answer.status_code == 200
    report = answer.json()
    assert report["intact"] is True and report["problems"] == []
    with acting_in(own.organization):
        assert TrailEvent.objects.filter(action="trail.verified").count() == 2


def test_a_long_chain_is_verified_by_a_job_whose_report_the_page_shows(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "LONGEST_AT_ONCE", 3)
    client: Client = as_member(own, "lead")

    answer = client.post("/o/meadow/trail/verify/")

    with acting_in(own.organization):
        job = Job.objects.get(kind="verify_trail")
    assert answer.status_code == 302 and answer["Location"] == f"/o/meadow/jobs/{job.pk}/"
    job = jobs.run_now(job)
    assert job.state == "done", job.error
    assert job.result["label"] == "The chain is whole."
    assert "What was checked" in client.get(job.result["url"]).content.decode()
    with acting_in(own.organization):
        line = TrailEvent.objects.get(action="trail.verified")
    assert line.actor == f"member:{own.member['lead'].pk}"


def test_who_may_not_verify_changes_nothing(own: House) -> None:
    staff = as_member(own, "staff")
    with acting_in(own.organization):
        before = TrailEvent.objects.count()

    assert staff.post("/o/meadow/trail/verify/").status_code == 403
    assert staff.post("/api/v1/organizations/meadow/trail/verify").status_code == 403

    with acting_in(own.organization):
        assert TrailEvent.objects.count() == before
        assert not Job.objects.filter(kind="verify_trail").exists()
