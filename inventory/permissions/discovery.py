"""Who may do what with discovered AI (SM-02)."""

from __future__ import annotations

from aims.core.permissions import (
    ADMIN,
    LEAD,
    READERS,
    STAFF,
    TOP,
    Verb,
    moves,
    owner_is,
    reads,
    writes,
)
from inventory.permissions.holders import KEEPERS, OWNER, READ, WRITE

TABLE = {
    "report_tool": Verb(
        "Reporting an AI tool in use", READERS | {STAFF}, scope=WRITE, on=writes("inventory")
    ),
    "view_discovery": Verb(
        "Reading discovered AI", READERS | {ADMIN}, scope=READ, on=reads("inventory"), in_entry=True
    ),
    "keep_discovery": Verb(
        "Describing discovered AI",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=WRITE,
        on=writes("inventory"),
    ),
    "import_discovery": Verb(
        "Importing lists of applications or expenses", KEEPERS, scope=WRITE, on=writes("inventory")
    ),
    "record_survey": Verb("Recording a survey of AI in use", frozenset({LEAD}), on=writes("inventory")),
    "move_discovery": Verb(
        "Deciding what discovered AI is",
        KEEPERS | OWNER | {TOP},
        scope=WRITE,
        on=moves("inventory", "SM-02", "triage register dismiss merge ban"),
    ),
    "triage_discovery": Verb(
        "Taking up discovered AI", frozenset({LEAD}) | OWNER, on=moves("inventory", "SM-02", "triage")
    ),
    "decide_discovery": Verb(
        "Registering, dismissing or merging discovered AI",
        frozenset({LEAD}),
        on=moves("inventory", "SM-02", "register dismiss merge"),
    ),
    "ban_discovery": Verb(
        "Banning discovered AI", frozenset({LEAD, TOP}), on=moves("inventory", "SM-02", "ban")
    ),
}
