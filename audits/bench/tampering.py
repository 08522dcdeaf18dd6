# ruff: noqa: S608 (names of our own tables)
"""What somebody with full power over the database could do to a trail, and where verification finds it.

Each tampering is given a connection that passes triggers, the organization, another one with a chain at
least as long, a line between 2 and the last but one, and the last line. It answers the line at which
`verify` has to find it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aims.core.verification import link

Tamper = Callable[[Any, int, int, int, int], int]

LINE = "WHERE organization_id = %s AND seq = %s"


def edit_body(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute(f"UPDATE core_trailevent SET body = body || ' ' {LINE}", [own, seq])
    return seq


def edit_column(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    column, value = [
        ("actor", "member:99999999"),
        ("action", "nothing.happened"),
        ("object_type", "core.nothing"),
        ("object_id", 99_999_999),
        ("at", "2001-01-01T00:00:00Z"),
    ][seq % 5]
    admin.execute(f"UPDATE core_trailevent SET {column} = %s {LINE}", [value, own, seq])
    return seq


def edit_with_own_hash(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    body, previous = admin.execute(
        f"SELECT body, previous FROM core_trailevent {LINE}", [own, seq]
    ).fetchone()
    changed = f"{body} "
    admin.execute(
        f"UPDATE core_trailevent SET body = %s, hash = %s {LINE}",
        [changed, link(previous, seq, changed), own, seq],
    )
    return seq + 1


def delete_a_line(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute(f"DELETE FROM core_trailevent {LINE}", [own, seq])
    return seq + 1


def delete_and_renumber(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    delete_a_line(admin, own, other, seq, last)
    for number in range(seq + 1, last + 1):
        admin.execute(f"UPDATE core_trailevent SET seq = seq - 1 {LINE}", [own, number])
    return seq


def swap(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        admin.execute(f"UPDATE core_trailevent SET seq = %s {LINE}", [new, own, old])
    return seq


def add_a_copy(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute(
        "INSERT INTO core_trailevent"
        " (organization_id, body, at, actor, action, object_type, seq, previous, hash)"
        " SELECT organization_id, body, at, actor, action, object_type, %s, hash, hash"
        f" FROM core_trailevent {LINE}",
        [last + 1, own, seq],
    )
    return last + 1


def take_from_another(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute(f"DELETE FROM core_trailevent {LINE}", [own, seq])
    admin.execute(f"UPDATE core_trailevent SET organization_id = %s {LINE}", [own, other, seq])
    return seq


def cut_the_tail(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute("DELETE FROM core_trailevent WHERE organization_id = %s AND seq > %s", [own, seq])
    return last


def cut_everything(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute("DELETE FROM core_trailevent WHERE organization_id = %s", [own])
    return last


def take_the_whole_chain_of_another(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    for table in ("core_trailevent", "core_trailhead"):
        admin.execute(f"DELETE FROM {table} WHERE organization_id = %s", [own])
        admin.execute(f"UPDATE {table} SET organization_id = %s WHERE organization_id = %s", [own, other])
    return 1


def move_the_head(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute("UPDATE core_trailhead SET seq = %s WHERE organization_id = %s", [seq, own])
    return seq + 1


def drop_the_head(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    admin.execute("DELETE FROM core_trailhead WHERE organization_id = %s", [own])
    return 0


def cut_the_tail_and_mend_the_head(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    cut_the_tail(admin, own, other, seq, last)
    _mend_the_head(admin, own, seq)
    return last


def rewrite_from_here_on(admin: Any, own: int, other: int, seq: int, last: int) -> int:
    """The perfect forgery inside the database: a line changed, every hash after it and the head as well."""
    body, previous = admin.execute(
        f"SELECT body, previous FROM core_trailevent {LINE}", [own, seq]
    ).fetchone()
    for number in range(seq, last + 1):
        if number > seq:
            body = admin.execute(f"SELECT body FROM core_trailevent {LINE}", [own, number]).fetchone()[0]
        else:
            body = body.replace('"reason"', '"why"') if '"reason"' in body else f"{body} "
        fresh = link(previous, number, body)
        admin.execute(
            f"UPDATE core_trailevent SET body = %s, previous = %s, hash = %s {LINE}",
            [body, previous, fresh, own, number],
        )
        previous = fresh
    _mend_the_head(admin, own, last)
    return last


def _mend_the_head(admin: Any, own: int, seq: int) -> None:
    admin.execute(
        "UPDATE core_trailhead h SET seq = e.seq, hash = e.hash FROM core_trailevent e"
        " WHERE h.organization_id = %s AND e.organization_id = h.organization_id AND e.seq = %s",
        [own, seq],
    )


FOUND_BY_THE_CHAIN: tuple[Tamper, ...] = (
    edit_body,
    edit_column,
    edit_with_own_hash,
    delete_a_line,
    delete_and_renumber,
    swap,
    add_a_copy,
    take_from_another,
    cut_the_tail,
    cut_everything,
    take_the_whole_chain_of_another,
    move_the_head,
    drop_the_head,
)
#: Only a checkpoint outside the database, here at the last line, finds these.
FOUND_BY_AN_ANCHOR: tuple[Tamper, ...] = (cut_the_tail_and_mend_the_head, rewrite_from_here_on)
