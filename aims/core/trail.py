"""The append-only trail: record() writes one line in the same transaction as what it tells of."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone

from aims.core.actor import Actor
from aims.core.canonical import canonical_json
from aims.core.models import TrailEvent, TrailHead


def record(
    actor: Actor,
    action: str,
    obj: models.Model | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one line. Its time is real time, whatever `now` a verb was given.

    Personal data stays out: people appear as member ids.
    """
    at = timezone.now()
    body: dict[str, Any] = {
        "at": at.isoformat(),
        "actor": actor.label,
        "roles": sorted(actor.roles),
        "request": actor.request_id,
        "action": action,
    }
    if obj is not None:
        body["object"] = {"type": obj._meta.label_lower, "id": obj.pk, "label": _label(obj)}
    if before:
        body["before"] = {key: _plain(value) for key, value in before.items()}
    if after:
        body["after"] = {key: _plain(value) for key, value in after.items()}
    if reason:
        body["reason"] = reason
    line = TrailEvent(
        organization_id=actor.organization_id,
        body=canonical_json(body),
        at=at,
        actor=actor.label,
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=obj.pk if obj is not None else None,
    )
    # Without RETURNING: an external auditor's role may add a line and read none.
    TrailEvent.objects.bulk_create([line], ignore_conflicts=True)


def number_of(value: Any) -> Any:
    """A record by its number where the name of the value says what it is; anything else as it is."""
    return getattr(value, "pk", value)


def _label(obj: models.Model) -> str:
    return str(getattr(obj, "reference", "") or "")


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return {"type": value._meta.label_lower, "id": value.pk}
    return value


@dataclass(frozen=True)
class BadLine:
    seq: int | None
    sentence: str


@dataclass(frozen=True)
class TrailCheck:
    """What a verification saw: how many lines, the head, and the lines that do not hold."""

    count: int
    head_seq: int
    head_hash: str
    bad: tuple[BadLine, ...]

    @property
    def is_intact(self) -> bool:
        return not self.bad


def genesis(organization_id: int) -> bytes:
    return hashlib.sha256(f"genesis:{organization_id}".encode()).digest()


def link(previous: bytes, seq: int, body: str) -> bytes:
    return hashlib.sha256(previous + struct.pack(">q", seq) + body.encode()).digest()


def verify(organization_id: int, *, anchors: Mapping[int, bytes] | None = None) -> TrailCheck:
    """Walk the chain of the organization acted in; anchors are known (seq -> hash) from outside."""
    bad: list[BadLine] = []
    previous, expected, hashes = genesis(organization_id), 1, {}
    for event in _chain():
        bad += _faults(event, previous, expected)
        previous, expected = bytes(event.hash or b""), (event.seq or 0) + 1
        hashes[event.seq] = previous
    last = expected - 1
    head = TrailHead.objects.first()
    head_seq, head_hash = (head.seq, bytes(head.hash)) if head else (0, genesis(organization_id))
    if (head_seq, head_hash) != (last, previous):
        bad.append(
            BadLine(head_seq, "The head does not match the last line: the end was cut off or added to.")
        )
    for seq, known in (anchors or {}).items():
        if hashes.get(seq) != known:
            bad.append(BadLine(seq, "The line differs from the checkpoint kept outside the database."))
    return TrailCheck(last, head_seq, head_hash.hex(), tuple(bad))


def _chain() -> Iterator[TrailEvent]:
    return TrailEvent.objects.exclude(seq=None).order_by("seq").iterator(chunk_size=5000)


def _faults(event: TrailEvent, previous: bytes, expected: int) -> Iterator[BadLine]:
    if event.seq != expected:
        yield BadLine(event.seq, f"Line {expected} is missing or out of order.")
    if bytes(event.previous or b"") != previous:
        yield BadLine(event.seq, "The line does not follow the one before it.")
    if event.hash is None or bytes(event.hash) != link(previous, event.seq or 0, event.body):
        yield BadLine(event.seq, "The line was changed after it was written.")
    body = json.loads(event.body)
    shown = (event.actor, event.action, event.at.isoformat())
    if shown != (body["actor"], body["action"], body["at"]):
        yield BadLine(event.seq, "The columns used for filters differ from the line itself.")


def head() -> TrailHead | None:
    """The end of the chain of the organization acted in, as committed."""
    return TrailHead.objects.first()
