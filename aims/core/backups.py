"""A backup: one snapshot of the database, the files it names and the checkpoints, under a signed manifest."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, cast

import psycopg
from django.conf import settings
from django.core.files.storage import default_storage
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from aims.core.canonical import canonical_json, sha256_of
from aims.core.signing import BadSignature, Signer, fingerprint_of, verify_signature
from aims.launch import postgres_binaries

FORMAT = "aims-backup/1"
DATABASE, FILES, CHECKPOINTS = "database.dump", "files", "checkpoints"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public-key.txt"
OPERATORS = "operators"
#: Nothing of it can be made from the backup; the manifest and the command say so.
LACKS = (
    "the secrets: SECRET_KEY, API_KEY_PEPPER, FIELD_KEY, SIGNING_KEY and the passwords in addresses",
    "the other settings of the installation",
    "what only Redis holds: the cache; waiting jobs are in the database and are taken up again",
)
LOCK_WAIT = "60s"
CHUNK = 1 << 20
HEADS = """
SELECT o.id::text, o.slug, h.seq, encode(h.hash, 'hex')
  FROM core_organization o JOIN core_trailhead h ON h.organization_id = o.id ORDER BY o.id"""
OPERATORS_HEAD = "SELECT seq, encode(hash, 'hex') FROM core_operatorevent ORDER BY seq DESC LIMIT 1"


class BackupRefused(Exception):
    """The backup cannot be made; the sentence says what to do."""


class BackupBroken(Exception):
    """What lies in the directory is not what was backed up and signed."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Part:
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Head:
    """The end of one chain in the snapshot: an organization's by its number, or the operators'."""

    chain: str
    slug: str
    seq: int
    hash: str


@dataclass(frozen=True)
class Manifest:
    made_at: str
    server_version: str
    heads: tuple[Head, ...]
    parts: tuple[Part, ...]
    #: files that the database names and that were gone, or not the bytes once stored, when copied
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    lacks: tuple[str, ...] = LACKS
    format: str = FORMAT

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def text(self) -> str:
        return canonical_json(self)

    @classmethod
    def of(cls, text: str) -> Manifest:
        told: dict[str, Any] = json.loads(text)
        if told.get("format") != FORMAT or told.keys() != {field.name for field in fields(cls)}:
            raise BackupBroken([f"The manifest is not of the format {FORMAT}."])
        told["heads"] = tuple(Head(**head) for head in told["heads"])
        told["parts"] = tuple(Part(**part) for part in told["parts"])
        for name in ("missing", "damaged", "lacks"):
            told[name] = tuple(told[name])
        return cls(**told)


def make(directory: Path, *, now: datetime.datetime) -> Manifest:
    """Write a backup into a new directory: whole, or not at all."""
    if not settings.DATABASE_BACKUP_URL:
        raise BackupRefused("DATABASE_BACKUP_URL is not set: it names the login portal_backup.")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise BackupRefused(f"{directory} exists already. Name a new directory.")
    signer = Signer.from_settings()
    directory.parent.mkdir(parents=True, exist_ok=True)
    # Readable by its owner only: it holds every record of every organization.
    partial = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
    try:
        manifest = _fill(partial, now)
        _write(partial / MANIFEST, manifest.text)
        _write(partial / SIGNATURE, signer.sign(manifest.text))
        _write(partial / PUBLIC_KEY, signer.public_key_text())
        partial.rename(directory)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        if isinstance(error, psycopg.Error):
            why = " ".join(str(error).split())
            refused = f"The login of DATABASE_BACKUP_URL cannot read everything: {why}"
            raise BackupRefused(refused) from error
        raise
    return manifest


def _fill(directory: Path, now: datetime.datetime) -> Manifest:
    # Checkpoints first: none of them may name a line that is not in the snapshot.
    parts = list(_copy_checkpoints(directory))
    with psycopg.connect(settings.DATABASE_BACKUP_URL, connect_timeout=10) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        version = _one(connection, "SHOW server_version")
        heads = tuple(_heads(connection))
        stored = connection.execute(
            "SELECT storage_key, sha256 FROM core_blob ORDER BY storage_key"
        ).fetchall()
        _dump(directory / DATABASE, snapshot, int(_one(connection, "SHOW server_version_num")) // 10_000)
    parts.append(_part_of(directory, DATABASE))
    missing, damaged = [], []
    for key, digest in stored:
        try:
            part = _copy_file(directory, key)
        except OSError:
            missing.append(key)
            continue
        parts.append(part)
        if part.sha256 != digest:
            damaged.append(key)
    return Manifest(now.isoformat(), version, heads, tuple(parts), tuple(missing), tuple(damaged))


def _heads(connection: psycopg.Connection[Any]) -> Iterator[Head]:
    for row in connection.execute(HEADS).fetchall():
        yield Head(*row)
    if row := connection.execute(OPERATORS_HEAD).fetchone():
        yield Head(OPERATORS, "", *row)


def _dump(target: Path, snapshot: str, server_version: int) -> None:
    place: dict[str, Any] = dict(conninfo_to_dict(settings.DATABASE_BACKUP_URL))
    # The password goes by the environment: a command line can be read by every account of the machine.
    password = place.pop("password", None)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if password:
        environment["PGPASSWORD"] = str(password)
    done = subprocess.run(
        [
            postgres_binaries.find_client("pg_dump", server_version=server_version),
            "--format=custom",
            "--no-password",
            f"--lock-wait-timeout={LOCK_WAIT}",
            f"--snapshot={snapshot}",
            f"--file={target}",
            f"--dbname={make_conninfo(**place)}",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
    )
    if done.returncode:
        raise BackupRefused(f"pg_dump failed: {_last_line(done.stderr)}")


def _copy_checkpoints(directory: Path) -> Iterator[Part]:
    root: Path = settings.CHECKPOINT_DIR
    for path in sorted(root.rglob("*.note")):
        name = f"{CHECKPOINTS}/{path.relative_to(root).as_posix()}"
        with path.open("rb") as source:
            yield _copy(source, directory, name)


def _copy_file(directory: Path, key: str) -> Part:
    with default_storage.open(key, "rb") as source:
        return _copy(cast("BinaryIO", source), directory, f"{FILES}/{key}")


def _copy(source: BinaryIO, directory: Path, name: str) -> Part:
    target = directory / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        while chunk := source.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Part(name, size, digest.hexdigest())


def check(directory: Path, *, public_key: str = "") -> Manifest:
    """The manifest of a backup whose signature and parts all hold; else BackupBroken names what does not."""
    manifest = signed_manifest(directory, public_key=public_key)
    problems = [problem for part in manifest.parts for problem in _faults(directory, part)]
    named = {part.name for part in manifest.parts} | {MANIFEST, SIGNATURE, PUBLIC_KEY}
    found = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
    problems += [f"{name} is not named by the manifest." for name in sorted(found - named)]
    if problems:
        raise BackupBroken(problems)
    return manifest


def signed_manifest(directory: Path, *, public_key: str = "") -> Manifest:
    """The manifest, once its signature by the key given, or by this installation's, has been verified."""
    try:
        text = (directory / MANIFEST).read_text(encoding="utf-8")
        signature = (directory / SIGNATURE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupBroken([f"{directory} holds no backup with a manifest and its signature."]) from error
    key = public_key or Signer.from_settings().public_key_text()
    try:
        verify_signature(key, text, signature.strip())
    except (BadSignature, ValueError) as error:
        raise BackupBroken(
            [f"The manifest was changed, or was not signed by the key {_fingerprint(key)}."]
        ) from error
    return Manifest.of(text)


def manifest_digest(manifest: Manifest) -> str:
    return sha256_of(manifest.text)


def _faults(directory: Path, part: Part) -> Iterator[str]:
    try:
        found = _part_of(directory, part.name)
    except OSError:
        yield f"{part.name} is missing."
    else:
        if found != part:
            yield f"{part.name} was changed."


def _part_of(directory: Path, name: str) -> Part:
    with (directory / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Part(name, file.tell(), digest)


def _fingerprint(public_key: str) -> str:
    try:
        return fingerprint_of(public_key)
    except (BadSignature, ValueError):
        return "of no key"


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _one(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(cast("Any", query)).fetchone()
    return row[0] if row else None


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it gave no reason."
