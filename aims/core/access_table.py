"""Core's permission table (lifecycle-and-programme.md section 16)."""

from __future__ import annotations

from aims.core.permissions import (
    ADMIN,
    ANY_SCOPE,
    CONTROL_OWNER,
    EXTERNAL_AUDITOR,
    INTERNAL_AUDITOR,
    LEAD,
    READERS,
    READERS_AND_AUDITOR,
    RISK_OWNER,
    STAFF,
    SYSTEM,
    SYSTEM_OWNER,
    TOP,
    Verb,
)

EVERYBODY = READERS_AND_AUDITOR | {ADMIN, STAFF}
MEMBERS = READERS | {ADMIN, STAFF}

TABLE = {
    "view_home": Verb("Seeing the start page", EVERYBODY),
    "view_self": Verb("Seeing who one is", EVERYBODY, scope=ANY_SCOPE),
    "view_own_work": Verb("Seeing one's own work", MEMBERS),
    "view_notifications": Verb("Reading one's notifications", MEMBERS),
    "search": Verb("Searching", EVERYBODY),
    "view_help": Verb("Reading the help page", EVERYBODY),
    # Evidence
    "view_evidence": Verb("Reading evidence", READERS_AND_AUDITOR, scope="evidence:read"),
    "view_shared_evidence": Verb("Reading documents shared with oneself", MEMBERS),
    "request_evidence": Verb("Asking for evidence", frozenset({LEAD, INTERNAL_AUDITOR, SYSTEM})),
    "submit_evidence": Verb(
        "Adding evidence",
        frozenset({LEAD, SYSTEM_OWNER, RISK_OWNER, CONTROL_OWNER, SYSTEM}),
        scope="evidence:write",
    ),
    "review_evidence": Verb("Accepting or rejecting evidence", frozenset({LEAD, INTERNAL_AUDITOR})),
    "share_evidence": Verb("Sharing a document with a named person", frozenset({LEAD})),
    # People, keys, settings
    "view_people": Verb("Seeing who has access", frozenset({LEAD, ADMIN, TOP, INTERNAL_AUDITOR, SYSTEM})),
    "manage_people": Verb("Giving and taking access", frozenset({ADMIN, SYSTEM})),
    "view_permissions": Verb("Seeing who may do what", MEMBERS),
    "view_keys": Verb("Seeing API keys", frozenset({LEAD, ADMIN})),
    "manage_keys": Verb("Making and revoking API keys", frozenset({ADMIN, SYSTEM})),
    "view_settings": Verb("Seeing the settings", frozenset({LEAD, ADMIN})),
    "manage_settings": Verb("Changing the settings", frozenset({ADMIN})),
    "remove_sample": Verb("Removing the sample organization", frozenset({ADMIN, LEAD})),
    # Trail and jobs
    "view_trail": Verb(
        "Reading the trail", frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN, SYSTEM}), scope="trail:read"
    ),
    "verify_trail": Verb("Verifying the trail", frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN, SYSTEM})),
    "view_jobs": Verb("Seeing jobs", READERS | {ADMIN}, scope="jobs:read"),
    "retry_job": Verb("Starting a failed job again", frozenset({LEAD, INTERNAL_AUDITOR, ADMIN})),
    # Auditor access
    "manage_grants": Verb("Giving and ending auditors' access", frozenset({LEAD, ADMIN})),
    "accept_grant": Verb("Accepting the terms of auditor access", frozenset({EXTERNAL_AUDITOR})),
}
