"""What the trail costs writers, how fast it is verified, and that tampering is found wherever it is done."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from aims.core.verification import genesis, link, verify
from audits.bench import sample, writers
from audits.bench.figures import Figure
from audits.bench.tampering import FOUND_BY_AN_ANCHOR, FOUND_BY_THE_CHAIN
from audits.bench.writers import Writing

SEED = 42001
AT = "2026-11-28T12:00:00.000001+00:00"
LINE = json.dumps(
    {
        "action": "bench.line",
        "actor": "member:1",
        "after": {"number": 1, "text": "as long as a usual line of the trail"},
        "at": AT,
        "object": {"id": 1, "label": "R-001", "type": "risk.risk"},
        "request": "0123456789ab",
        "roles": ["compliance_lead"],
    },
    separators=(",", ":"),
)
COPY = (
    "COPY core_trailevent (organization_id, body, at, actor, action, object_type, object_id, seq, previous,"
    " hash) FROM STDIN"
)


@dataclass(frozen=True)
class TrailSizes:
    lines: int = 1_000_000
    tampered_lines: int = 200
    positions: int = 100
    writing: Writing = field(default_factory=Writing)


class NotFound(RuntimeError):
    """A tampering that verification did not find, or found at another line."""


def trail_figures(sizes: TrailSizes, *, super_url: str) -> Iterator[Figure]:
    with psycopg.connect(super_url, autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        yield from verifying(admin, sizes)
        yield from tampering(admin, sizes)
    yield from writers.figures(sizes.writing, seed=SEED, line=LINE, at=AT)


def verifying(admin: Any, sizes: TrailSizes) -> Iterator[Figure]:
    house = sample.house("bench-trail-long")
    lay_chain(admin, house.organization.pk, sizes.lines)
    start = time.perf_counter()
    check = verify(house.organization.pk)
    seconds = time.perf_counter() - start
    if not check.is_intact or check.count != sizes.lines:
        raise NotFound(f"the chain laid for the bench does not hold: {check.bad[:1]}")
    goal = 30 * sizes.lines / 1_000_000
    yield Figure(f"trail: {sizes.lines:,} lines verified in", seconds, "s", goal=goal)
    yield Figure("trail: lines verified per second", check.count / seconds, "lines/s")


def lay_chain(admin: Any, organization_id: int, lines: int) -> None:
    """A whole chain in place of the organization's own, faster than through its trigger."""
    admin.execute("DELETE FROM core_trailevent WHERE organization_id = %s", [organization_id])
    previous = genesis(organization_id)
    with admin.cursor().copy(COPY) as copy:
        for seq in range(1, lines + 1):
            digest = link(previous, seq, LINE)
            copy.write_row(
                (organization_id, LINE, AT, "member:1", "bench.line", "risk.risk", 1, seq, previous, digest)
            )
            previous = digest
    admin.execute(
        "UPDATE core_trailhead SET seq = %s, hash = %s WHERE organization_id = %s",
        [lines, previous, organization_id],
    )


def tampering(admin: Any, sizes: TrailSizes) -> Iterator[Figure]:
    """Each kind at random positions of a small chain, which is laid anew each time."""
    own, other = (sample.house(f"bench-tampered-{name}").organization.pk for name in ("one", "two"))
    chance, found, last = random.Random(SEED), 0, sizes.tampered_lines  # noqa: S311 (places, not secrets)
    for tamper in (*FOUND_BY_THE_CHAIN, *FOUND_BY_AN_ANCHOR):
        for _ in range(sizes.positions):
            for organization_id in (own, other):
                _begin_anew(admin, organization_id, last)
            anchors = {last: bytes.fromhex(verify(own).head_hash)}
            expected = tamper(admin, own, other, chance.randrange(2, last - 1), last)
            check = verify(own, anchors=anchors)
            if check.is_intact or check.bad[0].seq != expected:
                raise NotFound(f"{tamper.__name__}: {check.bad[:1]}, expected at line {expected}")
            found += 1
    kinds = len(FOUND_BY_THE_CHAIN) + len(FOUND_BY_AN_ANCHOR)
    yield Figure(
        f"trail: {kinds} kinds of tampering found and located",
        found,
        "found",
        goal=kinds * sizes.positions,
        more_is_better=True,
    )


def _begin_anew(admin: Any, organization_id: int, lines: int) -> None:
    admin.execute("DELETE FROM core_trailhead WHERE organization_id = %s", [organization_id])
    admin.execute(
        "INSERT INTO core_trailhead (organization_id, seq, hash) VALUES (%s, 0, ''::bytea)", [organization_id]
    )
    lay_chain(admin, organization_id, lines)
