"""Who adds fields of the organization's own to the record of every AI system."""

from __future__ import annotations

from aims.core.permissions import ADMIN, READERS_AND_AUDITOR, Verb, reads, writes
from inventory.permissions.holders import KEEPERS, READ, WRITE

TABLE = {
    "view_fields": Verb(
        "Seeing the organization's own fields",
        READERS_AND_AUDITOR | {ADMIN},
        scope=READ,
        on=reads("inventory"),
        in_entry=True,
    ),
    "keep_fields": Verb(
        "Keeping the organization's own fields", KEEPERS, scope=WRITE, on=writes("inventory")
    ),
}
