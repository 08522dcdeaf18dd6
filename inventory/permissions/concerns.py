"""Who may do what with concerns (SM-18). Beyond this table each record asks for its own handlers."""

from __future__ import annotations

from aims.core.permissions import (
    INTERNAL_AUDITOR,
    LEAD,
    SYSTEM,
    TOP,
    WRITE,
    Access,
    Verb,
    moves,
    reads,
    writes,
)
from inventory.permissions.holders import EVERYBODY

PERSONS = EVERYBODY - {SYSTEM}

TABLE = {
    "report_concern": Verb("Raising a concern", PERSONS, on=Access("concern", WRITE, part="report")),
    "view_concerns": Verb("Reading concerns", PERSONS, on=reads("concern")),
    "handle_concern": Verb(
        "Handling a concern",
        PERSONS - {INTERNAL_AUDITOR},
        on=moves("concern", "SM-18", "acknowledge assess investigate conclude close"),
    ),
    "view_concern_statistics": Verb(
        "Reading the statistics of concerns",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP}),
        on=reads("concern", "statistics"),
    ),
    "appoint_concern_handler": Verb("Naming who handles concerns", frozenset({TOP}), on=writes("concern")),
}
