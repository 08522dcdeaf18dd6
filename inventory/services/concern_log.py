"""What was done about a concern is written beside it; the trail holds only the digest of each line.

A line of the trail that named a concern or who acted would tell its readers of a single case.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets

from aims.core import trail
from aims.core.actor import system_actor
from aims.core.canonical import canonical_json
from inventory.models import Concern, ConcernEntry


def note(concern: Concern, action: str, *, member_id: int | None, now: datetime.datetime) -> None:
    """`member_id` is None for whatever a reporter did, with or without a name."""
    entry = ConcernEntry(
        organization_id=concern.organization_id,
        concern=concern,
        at=now,
        action=action,
        member_id=member_id,
        nonce=secrets.token_hex(16),
    )
    entry.digest = digest_of_entry(entry)
    entry.save(force_insert=True)
    trail.record(system_actor(concern.organization_id), "concern.noted", after={"digest": entry.digest})


def digest_of_entry(entry: ConcernEntry) -> str:
    """Nobody without the row can guess what it stands for: the nonce is in it."""
    told = [entry.concern_id, entry.action, entry.member_id, entry.at.isoformat(), entry.nonce]
    return hashlib.sha256(canonical_json({"concern": told}).encode()).hexdigest()
