"""Who may read, write and approve the scope of the AIMS."""

from __future__ import annotations

from aims.core.permissions import EXTERNAL_AUDITOR, LEAD, READERS, STAFF, TOP, Verb, approves, reads, writes
from inventory.permissions.holders import READ

TABLE = {
    "view_scope": Verb(
        "Reading the scope of the AIMS",
        READERS | {EXTERNAL_AUDITOR, STAFF},
        scope=READ,
        on=reads("context", "scope"),
        in_entry=True,
    ),
    "write_scope": Verb("Writing the scope of the AIMS", frozenset({LEAD}), on=writes("context")),
    "approve_scope": Verb("Approving the scope of the AIMS", frozenset({TOP}), on=approves("context")),
}
