"""Checkpoints: the signed head of a trail, kept as a row and outside the database, where it anchors `verify`.

A checkpoint that exists outside is never written over: a second one for the same line that differs is the
sign of a rewritten trail, and is refused.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import itertools
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from aims.core import blobs, stamping, trail
from aims.core.exceptions import RuleBroken
from aims.core.jobs import publish
from aims.core.models import Organization, TrailCheckpoint
from aims.core.signing import BadSignature, Signer, open_note
from aims.core.tenancy.context import acting_in, current_actor, current_organization

NOTE, STAMP = ".note", ".tsr"
STAMPED_AT_ONCE = 24
logger = logging.getLogger(__name__)


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
    """The hourly task: sign when there are new lines, then stamp and store what is not yet."""
    with acting_in(organization_id):
        make(signer=Signer.from_settings(), now=now)
    store_waiting(organization_id)
    stamp_waiting(organization_id)


def store_waiting(organization_id: int) -> None:
    with acting_in(organization_id):
        organization = current_organization()
        waiting = list(TrailCheckpoint.objects.filter(stored_at=None).order_by("seq"))
    for checkpoint in waiting:
        keep_outside(organization, file_name(checkpoint.seq), checkpoint.note.encode())
        with acting_in(organization_id):
            TrailCheckpoint.objects.filter(pk=checkpoint.pk, stored_at=None).update(stored_at=timezone.now())


def stamp_waiting(organization_id: int) -> int:
    """Have checkpoints stamped that are not yet, the newest first; from the first that fails on, next round.

    The newest covers all before it, so an authority that was away for days is not flooded afterwards.
    """
    if not stamping.is_configured():
        return 0
    with acting_in(organization_id):
        waiting = list(TrailCheckpoint.objects.filter(stamp=None).order_by("-seq")[:STAMPED_AT_ONCE])
    return len(list(itertools.takewhile(stamp_one, waiting)))


def stamp_one(checkpoint: TrailCheckpoint) -> bool:
    """Ask outside of any transaction; write once, as a row and beside the note outside, both or neither."""
    with acting_in(checkpoint.organization_id):
        organization = current_organization()
    name = f"{checkpoint.seq:012d}{STAMP}"
    path = directory_of(organization) / name
    note = checkpoint.note.encode()
    try:
        # There already where an earlier try came as far as the file and no further.
        stamp = stamping.verified(path.read_bytes(), note) if path.exists() else stamping.request_stamp(note)
    except RuleBroken as problem:
        logger.warning("Checkpoint at line %s is not stamped yet: %s", checkpoint.seq, problem)
        return False
    with acting_in(checkpoint.organization_id):
        # Two at once: the first one's stays.
        written = TrailCheckpoint.objects.filter(pk=checkpoint.pk, stamp=None).update(
            stamp=stamp.answer, stamped_at=stamp.at
        )
        if written:
            keep_outside(organization, name, stamp.answer)
    return bool(written)


def bad_stamps(after: int = 0) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of each kept time stamp of the organization acted in that does not hold."""
    kept = TrailCheckpoint.objects.exclude(stamp=None).filter(seq__gt=after).order_by("seq")
    for checkpoint in kept.iterator():
        try:
            stamp = stamping.verified(bytes(checkpoint.stamp), checkpoint.note.encode())
        except stamping.BadStamp as problem:
            yield checkpoint.seq, str(problem)
        else:
            if stamp.at != checkpoint.stamped_at:
                yield checkpoint.seq, "The time stamp says another time than its column."


def directory_of(organization: Organization, root: Path | None = None) -> Path:
    """By number and name: a sample that was removed and made again begins a directory of its own."""
    return (root or settings.CHECKPOINT_DIR) / f"{organization.pk}-{organization.slug}"


def file_name(seq: int) -> str:
    return f"{seq:012d}{NOTE}"


def keep_outside(organization: Organization, name: str, content: bytes) -> None:
    """In the directory, and locked in the store of files where the operator asked for that."""
    directory = directory_of(organization)
    if settings.S3_LOCK_DAYS:
        _lock_once(f"checkpoints/{directory.name}/{name}", content)
    write_once(directory / name, content)


def _lock_once(key: str, content: bytes) -> None:
    store = blobs.lock()
    if not store.exists(key):
        store.save(key, ContentFile(content))
    with store.open(key, "rb") as kept:
        if kept.read() != content:
            raise AnotherCheckpoint(f"{key} exists in the store and says something else.")


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
