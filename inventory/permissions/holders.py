"""Roles and scopes of API keys that the tables of several nouns give."""

from __future__ import annotations

from aims.core.permissions import (
    CONTROL_OWNER,
    INTERNAL_AUDITOR,
    LEAD,
    RISK_OWNER,
    STAFF,
    SYSTEM,
    SYSTEM_OWNER,
    TOP,
)

KEEPERS = frozenset({LEAD, SYSTEM})
OWNER = frozenset({SYSTEM_OWNER})
#: Everybody inside: whoever sees that something is wrong says so.
EVERYBODY = frozenset({LEAD, SYSTEM_OWNER, RISK_OWNER, CONTROL_OWNER, INTERNAL_AUDITOR, TOP, STAFF, SYSTEM})
READ, WRITE = "systems:read", "systems:write"
GATES_WRITE = "gates:write"
