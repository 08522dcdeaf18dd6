"""A backup of a real database is restored into another one, and is the same there or is refused."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from aims.core import backups, checkpoints, texts
from aims.core.models import Blob, Evidence, OperatorEvent, TrailCheckpoint, TrailEvent
from aims.core.operating import ALIAS
from aims.core.signing import Signer, generate_signing_key
from aims.core.tenancy.context import acting_in
from aims.launch import postgres_binaries, roles
from tests.cast import NOW, House, build_house
from tests.conftest import _use_database, super_url
from tests.core.evidence_sample import submitted
from tests.operating import operator

#: As `OPERATING`, and the owner, who migrates what was restored.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "operator", "owner"])

SECRET = "Canary-in-the-evidence"


def run(*arguments: str) -> str:
    said = StringIO()
    call_command(*arguments, stdout=said)
    return said.getvalue()


def backup_url(database: str) -> str:
    url = os.environ.get("AIMS_TEST_DATABASE_BACKUP_URL", "")
    return roles.address(url or super_url(), database=database, user=None if url else "portal_backup")


@pytest.fixture
def two(settings: Any) -> tuple[House, House]:
    """Two organizations with a file each, an operator, and a checkpoint outside the database."""
    settings.DATABASE_BACKUP_URL = backup_url(connections["default"].settings_dict["NAME"])
    both = build_house("Meadow", "meadow"), build_house("Harbour", "harbour")
    operator()
    for house in both:
        submitted(house, title=f"{SECRET} {house.slug}")
        checkpoints.round_of(house.organization.pk, now=NOW)
    return both


@pytest.fixture
def made(two: tuple[House, House], tmp_path: Path) -> Path:
    directory = tmp_path / "backups" / "today"
    run("backup", "--output", str(directory))
    return directory


@pytest.fixture
def restore(made: Path, settings: Any) -> Iterator[Callable[[], str]]:
    """The documented steps, into a database and places of their own; ends in the database of the tests."""
    before = connections["default"].settings_dict["NAME"]
    name = f"{before}_restored"

    def steps() -> str:
        with psycopg.connect(super_url(), autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        target = roles.address(super_url(), database=name)
        with psycopg.connect(target, autocommit=True) as admin:
            admin.execute(roles.ROLES_SQL.read_bytes())
        pg_restore = postgres_binaries.find_client("pg_restore", server_version=15)
        arguments = ["--exit-on-error", "--no-password", f"--dbname={target}", str(made / backups.DATABASE)]
        done = subprocess.run([pg_restore, *arguments], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        files = made.parent / "files-restored"
        shutil.copytree(made / backups.FILES, files)
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {
                "BACKEND": "aims.core.durable_storage.DurableStorage",
                "OPTIONS": {"location": str(files)},
            },
        }
        settings.CHECKPOINT_DIR = made / backups.CHECKPOINTS
        _use_database(name)
        call_command("migrate", verbosity=0, interactive=False)
        return name

    try:
        yield steps
    finally:
        _use_database(before)
        with psycopg.connect(super_url(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def past_the_triggers(database: str, statement: str) -> None:
    with psycopg.connect(roles.address(super_url(), database=database), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(statement.encode())


def test_a_backup_holds_the_snapshot_the_files_and_the_checkpoints_and_says_what_it_lacks(
    two: tuple[House, House], tmp_path: Path
) -> None:
    directory = tmp_path / "backup"
    directory.mkdir()

    said = run("backup", "--output", str(directory))

    manifest = backups.check(directory)
    kinds = sorted(part.name.partition("/")[0] for part in manifest.parts)
    assert kinds == ["checkpoints", "checkpoints", "database.dump", "files", "files"]
    assert [head.slug for head in manifest.heads] == ["meadow", "harbour", ""]
    for house, head in zip(two, manifest.heads, strict=False):
        with acting_in(house.organization):
            last = TrailEvent.objects.get(seq=head.seq)
            assert bytes(last.hash or b"").hex() == head.hash
            assert TrailEvent.objects.filter(seq__gt=head.seq).count() == 0
    assert (manifest.missing, manifest.damaged) == ((), ())
    assert "Not in it: the secrets: SECRET_KEY, API_KEY_PEPPER, FIELD_KEY, SIGNING_KEY" in said
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_no_secret_of_the_installation_is_in_a_backup(made: Path, settings: Any) -> None:
    pg_restore = postgres_binaries.find_client("pg_restore", server_version=15)
    plain = subprocess.run([pg_restore, "--file=-", made / backups.DATABASE], capture_output=True, check=True)
    held = plain.stdout + b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file())

    assert b"%PDF" in held
    assert SECRET.encode() in plain.stdout
    pem = settings.AIMS_SIGNING_KEY
    for secret in (settings.SECRET_KEY, settings.API_KEY_PEPPER, pem):
        known = secret.encode() if isinstance(secret, str) else secret
        assert known.strip().splitlines()[min(1, known.strip().count(b"\n"))] not in held


def test_what_is_restored_passes_the_walls_the_chains_and_the_hashes_and_each_chain_says_so(
    two: tuple[House, House], made: Path, restore: Callable[[], str]
) -> None:
    # What comes after the backup is lost by the restore.
    submitted(two[0], title="After the backup")
    restore()

    said = run("check_restore", str(made), "--declare", "--reason", "Disk of the old server failed")

    assert "A line in the chains of 2 organizations says so." in said
    for house in two:
        with acting_in(house.organization):
            assert [item.title for item in Evidence.objects.all()] == [f"{SECRET} {house.slug}"]
            line = TrailEvent.objects.get(action="organization.restored")
            body = texts.readable(json.loads(line.body), texts.kept_texts([line.body]))
            assert body["reason"] == "Disk of the old server failed"
            assert body["after"]["manifest"] == backups.manifest_digest(backups.check(made))
            assert line.seq == max(TrailEvent.objects.values_list("seq", flat=True))
            assert TrailCheckpoint.objects.count() == 1
    assert OperatorEvent.objects.using(ALIAS).filter(action="installation.restored").count() == 1
    assert "checked: 1 signed checkpoints" in run("verify_trail")
    call_command("check", database=["default"], verbosity=0)
    run("check_restore", str(made))
    with pytest.raises(CommandError, match="was declared restored from this backup already"):
        run("check_restore", str(made), "--declare", "--reason", "Again")


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "DELETE FROM core_trailevent WHERE seq = (SELECT max(seq) FROM core_trailevent)",
            "head does not match",
        ),
        ("UPDATE core_trailevent SET body = replace(body, 'evidence', 'nothing')", "was changed after"),
        ("UPDATE core_blob SET sha256 = repeat('0', 64)", "is not the one that was stored"),
        ("DELETE FROM core_operatorevent", "not the line of the backup"),
        ("ALTER TABLE core_evidence DISABLE ROW LEVEL SECURITY", "row security"),
    ],
)
def test_what_is_not_as_backed_up_is_named_and_no_chain_calls_it_restored(
    made: Path, restore: Callable[[], str], two: tuple[House, House], statement: str, sentence: str
) -> None:
    past_the_triggers(restore(), statement)

    with pytest.raises(CommandError, match=sentence):
        run("check_restore", str(made), "--declare", "--reason", "Drill")

    for house in two:
        with acting_in(house.organization):
            assert TrailEvent.objects.filter(action="organization.restored").count() == 0


def test_a_file_that_was_not_restored_is_named(made: Path, restore: Callable[[], str], settings: Any) -> None:
    restore()
    shutil.rmtree(Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / "org")

    with pytest.raises(CommandError, match=r"meadow: the file org/.* is missing"):
        run("check_restore", str(made))


def test_a_declaration_needs_a_reason(
    made: Path, restore: Callable[[], str], two: tuple[House, House]
) -> None:
    restore()

    with pytest.raises(CommandError, match="Give a reason"):
        run("check_restore", str(made), "--declare")

    with acting_in(two[0].organization):
        assert TrailEvent.objects.filter(action="organization.restored").count() == 0


def test_a_changed_removed_or_added_part_and_a_changed_manifest_are_found(made: Path) -> None:
    dump, note = made / "database.dump", next((made / "checkpoints").rglob("*.note"))
    content = dump.read_bytes()

    dump.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    note.rename(made / "elsewhere.note")
    with pytest.raises(CommandError) as found:
        run("check_backup", str(made))
    assert sorted(str(found.value).splitlines()) == sorted(
        [
            f"{note.relative_to(made)} is missing.",
            "database.dump was changed.",
            "elsewhere.note is not named by the manifest.",
        ]
    )

    (made / "manifest.json").write_text((made / "manifest.json").read_text().replace("meadow", "willow"))
    with pytest.raises(CommandError, match="manifest was changed"):
        run("check_backup", str(made))


def test_a_backup_is_verified_with_the_public_key_kept_elsewhere(made: Path, settings: Any) -> None:
    right = Signer.from_settings().public_key_text()
    settings.AIMS_SIGNING_KEY = generate_signing_key()

    assert "all as signed" in run("check_backup", str(made), "--public-key", right)
    with pytest.raises(CommandError, match="was not signed by the key"):
        run("check_backup", str(made))
    with pytest.raises(CommandError, match="was not signed by the key"):
        run("check_backup", str(made), "--public-key", "nonsense")


def test_a_file_that_is_gone_from_the_store_is_said_and_the_rest_is_kept(
    two: tuple[House, House], tmp_path: Path, settings: Any
) -> None:
    with acting_in(two[0].organization):
        key = Blob.objects.get().storage_key
    (Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / key).unlink()

    with pytest.raises(CommandError, match=f"was written, but in the store: {key} is missing"):
        run("backup", "--output", str(tmp_path / "backup"))

    assert backups.check(tmp_path / "backup").missing == (key,)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "DATABASE_BACKUP_URL is not set"),
        ("postgresql://portal_backup@/aims?host=/nowhere", "cannot read everything: .*nowhere"),
        ("owner", "cannot read everything: "),
    ],
)
def test_a_backup_that_cannot_be_made_leaves_nothing_behind(
    two: tuple[House, House], tmp_path: Path, settings: Any, url: str, sentence: str
) -> None:
    if url == "owner":
        url = settings.DATABASE_BACKUP_URL.replace("portal_backup", "portal_owner")
    settings.DATABASE_BACKUP_URL = url
    place = tmp_path / "backups"

    with pytest.raises(CommandError, match=sentence):
        run("backup", "--output", str(place / "today"))

    assert not place.exists() or list(place.iterdir()) == []


def test_an_earlier_backup_is_not_written_over(made: Path) -> None:
    before = (made / "manifest.json").read_bytes()

    with pytest.raises(CommandError, match="exists already"):
        run("backup", "--output", str(made))

    assert (made / "manifest.json").read_bytes() == before


def test_no_client_program_is_one_sentence_that_names_the_package(
    two: tuple[House, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in ("_from_wheel", "_from_debian"):
        monkeypatch.setattr(postgres_binaries, source, list)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match=r"No pg_dump of Postgres \d+.*postgresql-client-\d+"):
        run("backup", "--output", str(tmp_path / "backup"))

    assert not (tmp_path / "backup").exists()
