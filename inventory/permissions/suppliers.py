"""Who may do what with suppliers (SM-16)."""

from __future__ import annotations

from aims.core.permissions import LEAD, READERS, TOP, Verb, moves, owner_is, reads, writes
from inventory.permissions.holders import KEEPERS, OWNER

SUPPLIERS_READ, SUPPLIERS_WRITE = "suppliers:read", "suppliers:write"


TABLE = {
    "view_suppliers": Verb(
        "Reading suppliers", READERS, scope=SUPPLIERS_READ, on=reads("operation"), in_entry=True
    ),
    "keep_supplier": Verb(
        "Keeping the record of a supplier",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=SUPPLIERS_WRITE,
        on=writes("operation"),
    ),
    "send_questionnaire": Verb(
        "Sending a questionnaire to a supplier",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=SUPPLIERS_WRITE,
        on=writes("operation"),
    ),
    "decide_questionnaire": Verb(
        "Accepting the answers of a supplier, or asking for more",
        frozenset({LEAD, TOP}),
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
