"""What a pack says of the trail and of history: the head, its note and time stamp, and since when."""

from __future__ import annotations

from aims.core import checkpoints, stamping
from aims.core.models import TrailCheckpoint
from aims.core.tenancy.context import acting_in
from audits.container import PackFacts, TrailHead


def head_of(made: TrailCheckpoint) -> TrailHead:
    stamp = bytes(made.stamp) if made.stamp is not None else None
    return TrailHead(made.seq, bytes(made.hash), made.note, stamp, made.stamped_at)


def stamped(head: TrailHead, organization_id: int) -> TrailHead:
    """With the time stamp of the checkpoint, where the authority answers now; a pack does not wait for it."""
    if not stamping.is_configured() or head.stamp is not None:
        return head
    with acting_in(organization_id):
        checkpoint = TrailCheckpoint.objects.get(seq=head.seq)
    checkpoints.stamp_one(checkpoint)
    with acting_in(organization_id):
        return head_of(TrailCheckpoint.objects.get(seq=head.seq))


def stamp_fact(head: TrailHead) -> str:
    """For the cover, which says what it is and no more than that."""
    if head.stamped_at is not None:
        return f"{head.stamped_at:%Y-%m-%d %H:%M} UTC, {stamping.KIND} (RFC 3161)"
    if stamping.is_configured():
        return "none: the time-stamp authority gave none when the pack was built"
    return "none: no time-stamp authority is configured"


def history_fact(facts: PackFacts) -> str:
    """For the cover: an empty register may mean that nobody had entered anything by that day."""
    begins = facts.history_begins
    if begins is None:
        return "as entered by that day"
    if facts.as_of < begins:
        return (
            f"begins here on {begins:%d %b %Y}, after the day of this pack: its registers are empty because "
            "nothing was entered by that day, whatever dates the entries themselves carry"
        )
    return f"begins here on {begins:%d %b %Y}; registers show what was entered by the day of this pack"
