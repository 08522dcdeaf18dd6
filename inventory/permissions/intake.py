"""Who may do what with intakes. A new use is reported with `report_tool`, by everybody inside."""

from __future__ import annotations

from aims.core.permissions import ADMIN, READERS, STAFF, Verb, owner_is, reads, writes
from inventory.permissions.holders import KEEPERS, OWNER, READ, WRITE

TABLE = {
    "view_intake": Verb(
        "Reading an intake",
        READERS | {ADMIN},
        own_roles=frozenset({STAFF}),
        owns=owner_is("answered_by"),
        scope=READ,
        on=reads("inventory"),
        in_entry=True,
    ),
    "answer_intake": Verb(
        "Answering the three questions of an intake",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=WRITE,
        on=writes("inventory"),
    ),
}
