"""Who may read and write the context of the AIMS (4.1, 4.2), and who looks at it again."""

from __future__ import annotations

from aims.core.permissions import LEAD, READERS, READERS_AND_AUDITOR, SYSTEM, Verb, owner_is, reads, writes
from inventory.permissions.holders import KEEPERS

CONTEXT_READ, CONTEXT_WRITE = "context:read", "context:write"

TABLE = {
    "view_context": Verb(
        "Reading the context of the AIMS",
        READERS_AND_AUDITOR,
        scope=CONTEXT_READ,
        on=reads("context"),
        in_entry=True,
    ),
    "keep_context": Verb(
        "Keeping the context of the AIMS", KEEPERS, scope=CONTEXT_WRITE, on=writes("context")
    ),
    "review_context": Verb(
        "Noting a review of a part of the context",
        frozenset({LEAD}),
        own_roles=READERS - {LEAD, SYSTEM},
        owns=owner_is("owner"),
        on=writes("context"),
    ),
    "finish_decision": Verb(
        "Saying that a decision of a governance body is done",
        frozenset({LEAD}),
        own_roles=READERS - {LEAD, SYSTEM},
        owns=owner_is("owner"),
        on=writes("context"),
    ),
    "decide_climate": Verb(
        "Deciding whether climate change is relevant", frozenset({LEAD}), on=writes("context")
    ),
}
