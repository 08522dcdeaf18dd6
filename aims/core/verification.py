"""Walking the chain: every line, its columns, the head, and the checkpoints kept outside the database."""

from __future__ import annotations

import datetime
import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection
from django.db.models import F, Func, TextField
from django.utils import timezone

from aims.core import texts
from aims.core.models import TrailEvent, TrailHead
from aims.core.tenancy.context import acting_in

#: The moment as a line spells it: to read a million of them as datetimes takes as long as all else.
AT = Func(
    F("at"),
    template="replace(to_char(%(expressions)s AT TIME ZONE 'UTC', '{}'), '.000000', '')".format(
        'YYYY-MM-DD"T"HH24:MI:SS.US'
    ),
    output_field=TextField(),
)
COLUMNS = ("seq", "previous", "hash", "body", "moment", "actor", "action", "object_type", "object_id")
LINES_AT_ONCE = 5000
#: No transaction lasts as long: a line that still has no number never went through the chain.
LONGEST_TRANSACTION = datetime.timedelta(hours=2)
MOST_BAD_LINES = 1000

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class BadLine:
    seq: int | None
    sentence: str


@dataclass(frozen=True)
class Start:
    """The line after which the walk begins, its hash known from a checkpoint outside the database."""

    seq: int
    hash: bytes


@dataclass(frozen=True)
class TrailCheck:
    """What a verification saw: which lines, the head, the checkpoints, and the lines that do not hold."""

    first: int
    count: int
    head_seq: int
    head_hash: str
    bad: tuple[BadLine, ...]
    anchors: int = 0
    anchored_seq: int = 0

    @property
    def is_intact(self) -> bool:
        return not self.bad


def genesis(chain: int | str) -> bytes:
    """Where a chain begins: an organization's by its number, the operators' by its name."""
    return hashlib.sha256(f"genesis:{chain}".encode()).digest()


def link(previous: bytes, seq: int, body: str) -> bytes:
    return hashlib.sha256(previous + struct.pack(">q", seq) + body.encode()).digest()


def verify(
    organization_id: int,
    *,
    anchors: Mapping[int, bytes] | None = None,
    start: Start | None = None,
    tell: Told | None = None,
) -> TrailCheck:
    """Walk the chain, each piece in its own transaction; anchors are known (seq -> hash) from outside."""
    begin = start or Start(0, genesis(organization_id))
    known = {seq: digest for seq, digest in (anchors or {}).items() if seq > begin.seq}
    walk = Walk(begin.seq, begin.hash, known)
    end = _walk_to_the_end(organization_id, walk, begin.seq if start else -(2**63), tell)
    walk.compare_head(end)
    walk.bad += _unchained(organization_id)
    return TrailCheck(
        first=begin.seq + 1,
        count=walk.last,
        head_seq=end.seq if end else 0,
        head_hash=bytes(end.hash).hex() if end else genesis(organization_id).hex(),
        bad=tuple(sorted(walk.bad, key=lambda line: -1 if line.seq is None else line.seq)),
        anchors=walk.fitting,
        anchored_seq=max([begin.seq, *(seq for seq in known if seq in walk.met)]),
    )


def _walk_to_the_end(organization_id: int, walk: Walk, after: int, tell: Told | None) -> TrailHead | None:
    """In pieces, not by one cursor: a million lines take no more memory than five thousand.

    The head is read with the last piece, so that lines added meanwhile are walked or not named by it.
    """
    while True:
        with acting_in(organization_id):
            # The head first: every line up to it is visible to the statement after.
            end: TrailHead | None = TrailHead.objects.first()
            page = _page(after)
            walk.bad += [BadLine(*fault) for fault in texts.faults((line[0], line[3]) for line in page)]
        for line in page:
            walk.step(line)
        if tell:
            tell(walk.steps, end.seq if end else walk.steps)
        if len(page) < LINES_AT_ONCE and (
            end is None or walk.last == end.seq or not _grew(organization_id, end)
        ):
            return end
        after = page[-1][0] if page else after


def _page(after: int) -> list[tuple[Any, ...]]:
    """By the index of the numbers even where the database has no figures yet, as after a restore.

    It would sort the whole chain for each piece.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
    rows = TrailEvent.objects.filter(seq__gt=after).order_by("seq").annotate(moment=AT)
    return list(rows.values_list(*COLUMNS)[:LINES_AT_ONCE])


def _grew(organization_id: int, end: TrailHead) -> bool:
    """Whether lines were added between reading the head and reading the lines."""
    with acting_in(organization_id):
        return TrailHead.objects.exclude(seq=end.seq).exists()


@dataclass
class Walk:
    last: int
    previous: bytes
    anchors: Mapping[int, bytes]
    bad: list[BadLine] = field(default_factory=list)
    met: set[int] = field(default_factory=set)
    fitting: int = 0
    steps: int = 0

    def step(self, line: tuple[Any, ...]) -> None:
        seq, previous, digest, body = line[0], line[1], line[2], line[3]
        # The whole line at once; which of its parts is wrong is asked only of a line that does not hold.
        holds = (
            seq == self.last + 1
            and previous == self.previous
            and digest == hashlib.sha256(self.previous + struct.pack(">q", seq) + body.encode()).digest()
            and _columns_fit(line)
        )
        if not holds and len(self.bad) < MOST_BAD_LINES:
            self.bad += _faults(line, self.previous, self.last + 1)
        if seq in self.anchors:
            self._compare_anchor(seq, digest)
        self.previous, self.last = bytes(digest or b""), seq
        self.steps += 1

    def _compare_anchor(self, seq: int, digest: bytes | None) -> None:
        self.met.add(seq)
        if digest == self.anchors[seq]:
            self.fitting += 1
        else:
            self.bad.append(BadLine(seq, "The line differs from the checkpoint kept outside the database."))

    def compare_head(self, end: TrailHead | None) -> None:
        if (end.seq, bytes(end.hash)) != (self.last, self.previous) if end else self.last > 0:
            sentence = "The head does not match the last line: the end was cut off or added to."
            # Lines beyond the head: the first of them.
            beyond = 1 if end and end.seq < self.last else 0
            self.bad.append(BadLine(end.seq + beyond if end else 0, sentence))
        sentence = "A checkpoint kept outside the database names this line; it is gone."
        self.bad += [BadLine(seq, sentence) for seq in self.anchors if seq not in self.met]


def _columns_fit(line: tuple[Any, ...]) -> bool:
    _, _, _, text, moment, actor, action, object_type, object_id = line
    try:
        body = orjson.loads(text)
        told = body.get("object") or {"type": "", "id": None}
        return bool(
            body["at"] == f"{moment}+00:00"
            and body["actor"] == actor
            and body["action"] == action
            and told["type"] == object_type
            and told["id"] == object_id
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _faults(line: tuple[Any, ...], previous: bytes, expected: int) -> Iterable[BadLine]:
    seq, named, digest, body = line[0], line[1], line[2], line[3]
    if seq != expected:
        yield BadLine(seq, f"Line {expected} is missing or out of order.")
    if bytes(named or b"") != previous:
        yield BadLine(seq, "The line does not follow the one before it.")
    if digest is None or bytes(digest) != link(previous, seq, body):
        yield BadLine(seq, "The line was changed after it was written.")
    if not _columns_fit(line):
        yield BadLine(seq, "The columns used for filters differ from the line itself.")


def _unchained(organization_id: int) -> list[BadLine]:
    long_ago = timezone.now() - LONGEST_TRANSACTION
    with acting_in(organization_id):
        if TrailEvent.objects.filter(seq=None, at__lt=long_ago).exists():
            return [BadLine(None, "There are lines outside the chain.")]
    return []
