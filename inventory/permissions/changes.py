"""Who may do what with changes of a system and change requests (SM-24)."""

from __future__ import annotations

from typing import Any

from aims.core.actor import Actor
from aims.core.permissions import (
    CONTROL_OWNER,
    LEAD,
    READERS,
    SYSTEM_OWNER,
    TOP,
    Verb,
    moves,
    owner_is,
    reads,
    writes,
)
from inventory.permissions.holders import GATES_WRITE, KEEPERS, OWNER, READ

CHANGES_READ, CHANGES_WRITE = "changes:read", "changes:write"


def _own_change(actor: Actor, change: Any) -> bool:
    """A change of one's own system, or one that belongs to no system and was written by oneself."""
    if change.system is not None:
        return owner_is("owner")(actor, change.system)
    return owner_is("author")(actor, change)


TABLE = {
    "foresee_change": Verb(
        "Seeing what a change of a system would make stale",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=READ,
        on=writes("inventory"),
    ),
    "record_change": Verb(
        "Recording what changed about a system",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=GATES_WRITE,
        on=writes("inventory"),
    ),
    "view_changes": Verb("Reading change requests", READERS, scope=CHANGES_READ, on=reads("actions")),
    "keep_change": Verb(
        "Writing a change request",
        KEEPERS,
        own_roles=OWNER,
        owns=_own_change,
        scope=CHANGES_WRITE,
        on=writes("actions"),
    ),
    "move_change": Verb(
        "Moving a change request along",
        frozenset({LEAD, TOP, SYSTEM_OWNER, CONTROL_OWNER}),
        on=moves("actions", "SM-24", "assess approve reject implement review"),
    ),
    "assess_change": Verb(
        "Assessing a change request",
        frozenset({LEAD}),
        own_roles=OWNER,
        owns=_own_change,
        on=moves("actions", "SM-24", "assess"),
    ),
    "decide_change": Verb(
        "Deciding on a change request",
        frozenset({LEAD, TOP}),
        on=moves("actions", "SM-24", "approve reject"),
    ),
    "implement_change": Verb(
        "Saying that a change was made",
        frozenset({CONTROL_OWNER}),
        own_roles=OWNER,
        owns=_own_change,
        on=moves("actions", "SM-24", "implement"),
    ),
    "review_change": Verb("Reviewing a change", frozenset({LEAD}), on=moves("actions", "SM-24", "review")),
}
