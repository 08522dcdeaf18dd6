"""The trail as a file that can be checked elsewhere: every line whole, the hashes, the latest checkpoint.

Read in pieces while it is sent, each piece in a transaction of its own: a million lines need no memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aims.core import texts
from aims.core.actor import Actor
from aims.core.documents import csv_text
from aims.core.models import TrailCheckpoint, TrailEvent
from aims.core.queries.trail import TrailLine, filtered_trail, lines
from aims.core.tenancy.context import acting_as

LINES_AT_ONCE = 2000
COLUMNS = ("no", "at", "who", "what", "record", "details", "actor", "action", "body", "previous", "hash")
BYTE_ORDER_MARK = "\ufeff"

Filters = Mapping[str, Any]
Told = tuple[TrailEvent, TrailLine]


def as_csv(reader: Actor, filters: Filters) -> Iterator[str]:
    """The last row holds the checkpoint in the column of the bodies."""
    yield BYTE_ORDER_MARK + csv_text([COLUMNS])
    for piece in _pieces(reader, filters):
        yield csv_text(_row(event, line) for event, line in piece)
    note = _checkpoint(reader)
    if note:
        yield csv_text([("checkpoint", *[""] * 7, note, "", "")])


def as_json_lines(reader: Actor, filters: Filters) -> Iterator[str]:
    """The last line holds the checkpoint; `body` is the exact text that was hashed.

    `texts` holds what people wrote: each mark in the body is HMAC-SHA256 of the text with its key.
    """
    for piece in _pieces(reader, filters):
        known = _texts(reader, piece)
        yield "".join(
            f"{json.dumps(_object(event, line, known), ensure_ascii=False)}\n" for event, line in piece
        )
    note = _checkpoint(reader)
    if note:
        yield f"{json.dumps({'checkpoint': note}, ensure_ascii=False)}\n"


EXPORTS: dict[str, Callable[[Actor, Filters], Iterator[str]]] = {"csv": as_csv, "jsonl": as_json_lines}


def _pieces(reader: Actor, filters: Filters) -> Iterator[list[Told]]:
    before = 2**63 - 1
    while True:
        with acting_as(reader):
            events = list(filtered_trail(**filters).filter(seq__lt=before)[:LINES_AT_ONCE])
            piece = list(zip(events, lines(events, reader=reader), strict=True))
        if not piece:
            return
        yield piece
        before = piece[-1][0].seq or 0


def _checkpoint(reader: Actor) -> str:
    with acting_as(reader):
        found = TrailCheckpoint.objects.first()
    return found.note if found else ""


def _row(event: TrailEvent, line: TrailLine) -> tuple[object, ...]:
    told = (line.seq, line.at.isoformat(), line.actor, line.verb, line.object, line.summary)
    return (*told, event.actor, event.action, event.body, _hex(event.previous), line.hash)


def _texts(reader: Actor, piece: list[Told]) -> dict[str, Any]:
    with acting_as(reader):
        return texts.kept_texts(event.body for event, _ in piece)


def _object(event: TrailEvent, line: TrailLine, known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "at": line.at.isoformat(),
        "who": line.actor,
        "what": line.verb,
        "record": line.object,
        "details": line.summary,
        "body": event.body,
        "previous": _hex(event.previous),
        "hash": line.hash,
        "texts": texts.disclosed(event.body, known),
    }


def _hex(digest: Any) -> str:
    return bytes(digest or b"").hex()
