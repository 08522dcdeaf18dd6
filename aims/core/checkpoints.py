"""Checkpoints: the signed head of a trail, kept as a row and outside the database, where it anchors `verify`.

A checkpoint that exists outside is never written over: a second one for the same line that differs is the
sign of a rewritten trail, and is refused.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from aims.core import trail
from aims.core.jobs import publish
from aims.core.models import Organization, TrailCheckpoint
from aims.core.signing import BadSignature, Signer, open_note
from aims.core.tenancy.context import acting_in, current_actor, current_organization

NOTE = ".note"


class AnotherCheckpoint(RuntimeError):
    """Outside the database a different checkpoint is kept for the same line."""


@dataclass(frozen=True)
class Anchor:
    """What a checkpoint outside the database says: this line had this hash."""

    seq: int
    hash: bytes


@dataclass(frozen=True)
class Anchors:
    """The readable checkpoints, and the names of files that are not signed by this installation."""

    known: Mapping[int, bytes]
    unreadable: tuple[str, ...] = ()


def make(*, signer: Signer, now: datetime.datetime) -> TrailCheckpoint | None:
    """Sign the head of the organization acted in, unless this head is signed already."""
    head = trail.head()
    if head is None or head.seq == 0:
        return None
    known: TrailCheckpoint | None = TrailCheckpoint.objects.filter(seq=head.seq).first()
    if known is not None:
        return known
    digest = bytes(head.hash)
    note = signer.sign_checkpoint(organization=current_organization().slug, seq=head.seq, head_hash=digest)
    # Two at once: one row.
    made, _ = TrailCheckpoint.objects.get_or_create(
        organization_id=current_actor().organization_id,
        seq=head.seq,
        defaults={"hash": digest, "note": note, "made_at": now},
    )
    return made


def make_for_pack(*, signer: Signer, now: datetime.datetime) -> TrailCheckpoint | None:
    """The checkpoint that a pack carries; a worker stores it outside after commit."""
    made = make(signer=signer, now=now)
    if made is not None and made.stored_at is None:
        publish("core.checkpoint", "default", organization_id=made.organization_id)
    return made


def round_of(organization_id: int, *, now: datetime.datetime) -> None:
    """The hourly task: sign when there are new lines, then store what is not outside yet."""
    with acting_in(organization_id):
        make(signer=Signer.from_settings(), now=now)
    store_waiting(organization_id)


def store_waiting(organization_id: int) -> None:
    with acting_in(organization_id):
        directory = directory_of(current_organization())
        waiting = list(TrailCheckpoint.objects.filter(stored_at=None).order_by("seq"))
    for checkpoint in waiting:
        write_once(directory / file_name(checkpoint.seq), checkpoint.note.encode())
        with acting_in(organization_id):
            TrailCheckpoint.objects.filter(pk=checkpoint.pk, stored_at=None).update(stored_at=timezone.now())


def directory_of(organization: Organization, root: Path | None = None) -> Path:
    """By number and name: a sample that was removed and made again begins a directory of its own."""
    return (root or settings.CHECKPOINT_DIR) / f"{organization.pk}-{organization.slug}"


def file_name(seq: int) -> str:
    return f"{seq:012d}{NOTE}"


def write_once(path: Path, content: bytes) -> None:
    """Whole or not at all, and never over another: a link fails when the name is taken."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.chmod(file.name, 0o440)
        os.link(file.name, path)
    except FileExistsError:
        if path.read_bytes() != content:
            raise AnotherCheckpoint(f"{path.name} exists and says something else.") from None
    finally:
        os.unlink(file.name)


def anchors_of(organization: Organization, root: Path | None = None) -> Anchors:
    """Every checkpoint outside the database that this installation's key has signed for the organization."""
    key = Signer.from_settings().public_key_text()
    known: dict[int, bytes] = {}
    unreadable = []
    for path in _files(directory_of(organization, root)):
        try:
            anchor = read(path.read_text(), organization=organization.slug, public_key=key)
        except (OSError, ValueError, BadSignature):
            unreadable.append(path.name)
        else:
            known[anchor.seq] = anchor.hash
    return Anchors(known, tuple(unreadable))


def read(note: str, *, organization: str, public_key: str) -> Anchor:
    """Raises BadSignature or ValueError for anything that is not a checkpoint of this organization."""
    origin, seq, digest, *rest = open_note(public_key, note).splitlines()
    if origin != f"portal/{organization}" or rest or not seq.isdecimal():
        raise ValueError("This is a checkpoint of something else.")
    try:
        return Anchor(int(seq), base64.b64decode(digest, validate=True))
    except binascii.Error as error:
        raise ValueError("The hash is not base64.") from error


def _files(directory: Path) -> Iterator[Path]:
    if directory.is_dir():
        yield from sorted(directory.glob(f"*{NOTE}"))
