"""Who may do what with the inventory (lifecycle-and-programme.md section 16)."""

from __future__ import annotations

from aims.core.permissions import (
    ADMIN,
    EXTERNAL_AUDITOR,
    INTERNAL_AUDITOR,
    LEAD,
    READERS,
    READERS_AND_AUDITOR,
    STAFF,
    SYSTEM,
    SYSTEM_OWNER,
    TOP,
    Verb,
    approves,
    moves,
    owner_is,
    reads,
    writes,
)

READ, WRITE = "systems:read", "systems:write"
SUPPLIERS_READ, SUPPLIERS_WRITE = "suppliers:read", "suppliers:write"
KEEPERS = frozenset({LEAD, SYSTEM})
OWNER = frozenset({SYSTEM_OWNER})

TABLE = {
    "view_systems": Verb(
        "Seeing the list of AI systems",
        READERS_AND_AUDITOR | {ADMIN, STAFF},
        scope=READ,
        on=reads("inventory", "list"),
    ),
    "view_system": Verb(
        "Reading the record of an AI system", READERS_AND_AUDITOR | {ADMIN}, scope=READ, on=reads("inventory")
    ),
    "view_history": Verb("Reading the history of an AI system", READERS | {ADMIN}, on=reads("inventory")),
    "register_system": Verb(
        "Registering an AI system",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=WRITE,
        on=writes("inventory"),
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
    "view_imports": Verb(
        "Seeing imports of AI systems",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, SYSTEM}),
        scope=READ,
        on=reads("inventory"),
    ),
    "import_systems": Verb("Uploading an inventory file", KEEPERS, scope=WRITE, on=writes("inventory")),
    "apply_import": Verb("Applying an import", KEEPERS, scope=WRITE, on=writes("inventory")),
    "discard_import": Verb("Discarding an import", KEEPERS, scope=WRITE, on=writes("inventory")),
    "download_template": Verb("Downloading the import template", KEEPERS | OWNER, on=writes("inventory")),
    "view_scope": Verb(
        "Reading the scope of the AIMS",
        READERS | {EXTERNAL_AUDITOR, STAFF},
        scope=READ,
        on=reads("context", "scope"),
    ),
    "write_scope": Verb("Writing the scope of the AIMS", frozenset({LEAD}), on=writes("context")),
    "approve_scope": Verb("Approving the scope of the AIMS", frozenset({TOP}), on=approves("context")),
    # Suppliers (SM-16)
    "view_suppliers": Verb("Reading suppliers", READERS, scope=SUPPLIERS_READ, on=reads("operation")),
    "keep_supplier": Verb(
        "Keeping the record of a supplier",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=SUPPLIERS_WRITE,
        on=writes("operation"),
    ),
    "move_supplier": Verb(
        "Moving a supplier along",
        KEEPERS | OWNER | {TOP},
        scope=SUPPLIERS_WRITE,
        on=moves(
            "operation",
            "SM-16",
            "start approve approve_with_conditions reject activate trigger_review confirm suspend"
            " restore exit",
        ),
    ),
    "start_supplier": Verb(
        "Starting the due diligence of a supplier",
        frozenset({LEAD}),
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves("operation", "SM-16", "start"),
    ),
    "decide_supplier": Verb(
        "Deciding on a supplier",
        frozenset({LEAD, TOP}),
        on=moves("operation", "SM-16", "approve approve_with_conditions reject suspend restore"),
    ),
    "activate_supplier": Verb(
        "Taking a supplier into use",
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves("operation", "SM-16", "activate"),
    ),
    "trigger_supplier_review": Verb(
        "Starting the review of a supplier",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=SUPPLIERS_WRITE,
        on=moves("operation", "SM-16", "trigger_review"),
    ),
    "confirm_supplier": Verb(
        "Confirming a supplier after a review, or ending its use",
        frozenset({LEAD}),
        on=moves("operation", "SM-16", "confirm exit"),
    ),
}
