"""Who may do what with incidents and complaints."""

from __future__ import annotations

from aims.core.permissions import (
    LEAD,
    READERS,
    WRITE,
    Access,
    Verb,
    moves,
    owner_is,
    reads,
    writes,
)
from inventory.permissions.holders import EVERYBODY, KEEPERS, OWNER

INCIDENTS_READ, INCIDENTS_WRITE = "incidents:read", "incidents:write"

TABLE = {
    # Incidents and complaints (SM-17)
    "view_incidents": Verb(
        "Reading incidents", READERS, scope=INCIDENTS_READ, on=reads("incident"), in_entry=True
    ),
    "report_incident": Verb(
        "Reporting an incident or complaint",
        EVERYBODY,
        scope=INCIDENTS_WRITE,
        on=Access("incident", WRITE, part="report"),
    ),
    "keep_incident": Verb(
        "Keeping the record of an incident",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=INCIDENTS_WRITE,
        on=writes("incident"),
    ),
    "keep_notice_clauses": Verb(
        "Keeping the contract clauses about notices", frozenset({LEAD}), on=writes("incident")
    ),
    "move_incident": Verb(
        "Moving an incident along",
        frozenset({LEAD}) | OWNER,
        on=moves("incident", "SM-17", "triage dismiss contain investigate resolve review close"),
    ),
    "triage_incident": Verb(
        "Triage and investigation of an incident",
        frozenset({LEAD}),
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves("incident", "SM-17", "triage investigate"),
    ),
    "contain_incident": Verb(
        "Containing and resolving an incident",
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves("incident", "SM-17", "contain resolve"),
    ),
    "decide_incident": Verb(
        "Dismissing, reviewing and closing an incident",
        frozenset({LEAD}),
        on=moves("incident", "SM-17", "dismiss review close"),
    ),
}
