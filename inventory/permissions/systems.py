"""Who may do what with AI systems (lifecycle-and-programme.md section 16)."""

from __future__ import annotations

from aims.core.permissions import ADMIN, READERS, READERS_AND_AUDITOR, STAFF, Verb, owner_is, reads, writes
from inventory.permissions.holders import KEEPERS, OWNER, READ, WRITE

TABLE = {
    "view_systems": Verb(
        "Seeing the list of AI systems",
        READERS_AND_AUDITOR | {ADMIN, STAFF},
        scope=READ,
        on=reads("inventory", "list"),
        in_entry=True,
    ),
    "view_system": Verb(
        "Reading the record of an AI system",
        READERS_AND_AUDITOR | {ADMIN},
        scope=READ,
        on=reads("inventory"),
        in_entry=True,
    ),
    "view_history": Verb(
        "Reading earlier states of the inventory's records",
        READERS | {ADMIN},
        scope=READ,
        on=reads("inventory"),
    ),
    "register_system": Verb(
        "Registering an AI system",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=WRITE,
        on=writes("inventory"),
    ),
    "enter_as_found": Verb(
        "Entering an AI system in a later stage, as found", KEEPERS, scope=WRITE, on=writes("inventory")
    ),
    "edit_system": Verb(
        "Editing an AI system",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=WRITE,
        on=writes("inventory"),
    ),
    "set_owner": Verb("Naming the owner of an AI system", KEEPERS, scope=WRITE, on=writes("inventory")),
    "link_evidence": Verb(
        "Linking evidence to an AI system",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=WRITE,
        on=writes("inventory"),
    ),
}
