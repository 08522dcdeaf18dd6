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
    approves,
    moves,
    owner_is,
    reads,
    writes,
)

EVERYBODY = READERS_AND_AUDITOR | {ADMIN, STAFF}
MEMBERS = READERS | {ADMIN, STAFF}

TABLE = {
    "view_home": Verb("Seeing the start page", EVERYBODY, on=reads("self", "start page"), in_entry=True),
    "view_self": Verb(
        "Seeing who one is", EVERYBODY, scope=ANY_SCOPE, on=reads("self", "start page"), in_entry=True
    ),
    "view_own_work": Verb("Seeing one's own work", MEMBERS, on=reads("self")),
    "view_notifications": Verb("Reading one's notifications", MEMBERS, on=reads("self")),
    "view_saved_views": Verb("Seeing saved views", MEMBERS, scope="views:read", on=reads("self")),
    "save_view": Verb("Saving views of registers", MEMBERS, scope="views:write", on=writes("self")),
    "search": Verb("Searching", EVERYBODY, on=reads("self", "start page"), in_entry=True),
    "view_help": Verb("Reading the help page", EVERYBODY, on=reads("self", "start page"), in_entry=True),
    # Evidence
    "view_evidence": Verb(
        "Reading evidence", READERS_AND_AUDITOR, scope="evidence:read", on=reads("evidence"), in_entry=True
    ),
    "view_shared_evidence": Verb("Reading documents shared with oneself", MEMBERS, on=reads("self")),
    "request_evidence": Verb(
        "Asking for evidence", frozenset({LEAD, INTERNAL_AUDITOR, SYSTEM}), on=approves("evidence")
    ),
    "submit_evidence": Verb(
        "Adding evidence",
        frozenset({LEAD, SYSTEM_OWNER, RISK_OWNER, CONTROL_OWNER, SYSTEM}),
        scope="evidence:write",
        on=writes("evidence"),
    ),
    "review_evidence": Verb(
        "Accepting or rejecting evidence", frozenset({LEAD, INTERNAL_AUDITOR}), on=approves("evidence")
    ),
    "share_evidence": Verb(
        "Sharing a document with a named person", frozenset({LEAD}), on=writes("evidence")
    ),
    # People, keys, settings
    "view_people": Verb(
        "Seeing who has access",
        frozenset({LEAD, ADMIN, TOP, SYSTEM}),
        scope="people:read",
        on=reads("people"),
        in_entry=True,
    ),
    "manage_people": Verb(
        "Giving and taking access", frozenset({ADMIN, SYSTEM}), scope="people:write", on=writes("people")
    ),
    "hand_over": Verb(
        "Handing over what a member answers for",
        frozenset({LEAD, ADMIN, SYSTEM}),
        scope="people:write",
        on=writes("people"),
    ),
    "request_erasure": Verb(
        "Asking for the erasure of a departed member's personal data",
        frozenset({ADMIN}),
        on=writes("people"),
    ),
    "decide_erasure": Verb(
        "Confirming or refusing the erasure of personal data",
        frozenset({ADMIN, LEAD, TOP}),
        on=writes("people"),
    ),
    "request_role": Verb("Asking for a role of one's own", frozenset({ADMIN}), on=writes("people")),
    "decide_role": Verb(
        "Deciding on a role that an administrator asks for", frozenset({ADMIN, TOP}), on=writes("people")
    ),
    "view_separation": Verb(
        "Seeing exceptions and delegations", READERS | {ADMIN}, scope="people:read", on=reads("separation")
    ),
    "grant_exception": Verb(
        "Granting and ending exceptions from separation of duties",
        frozenset({LEAD, TOP}),
        on=approves("separation"),
    ),
    "delegate_duties": Verb(
        "Delegating one's duties, and taking them back",
        own_roles=READERS - {SYSTEM},
        owns=owner_is("delegator", "delegate"),
        on=writes("separation"),
    ),
    "view_invitations": Verb(
        "Seeing open invitations", frozenset({LEAD, ADMIN}), scope="people:read", on=reads("people")
    ),
    "manage_invitations": Verb(
        "Inviting people", frozenset({ADMIN, SYSTEM}), scope="people:write", on=writes("people")
    ),
    "view_operator_entries": Verb(
        "Seeing when operators of the installation entered",
        frozenset({LEAD, ADMIN}),
        scope="people:read",
        on=reads("people"),
    ),
    "end_operator_entry": Verb("Ending an operator's entry", frozenset({ADMIN}), on=writes("people")),
    "view_permissions": Verb("Seeing who may do what", MEMBERS, on=reads("self"), in_entry=True),
    "view_keys": Verb("Seeing API keys", frozenset({LEAD, ADMIN}), on=reads("keys")),
    "manage_keys": Verb("Making and revoking API keys", frozenset({ADMIN, SYSTEM}), on=writes("keys")),
    "view_settings": Verb("Seeing the settings", frozenset({LEAD, ADMIN}), on=reads("people"), in_entry=True),
    "manage_settings": Verb("Changing the settings", frozenset({ADMIN}), on=writes("people")),
    "view_sign_in_rules": Verb(
        "Seeing the sign-in rules", frozenset({LEAD, ADMIN}), scope="people:read", on=reads("keys")
    ),
    "change_sign_in_rules": Verb("Changing the sign-in rules", frozenset({ADMIN}), on=writes("keys")),
    "provision": Verb("Provisioning people by SCIM", scope="scim:write", on=writes("people")),
    # No key may do these: who can change the identity provider can become anybody.
    "view_sign_in": Verb("Seeing how members sign in", frozenset({LEAD, ADMIN}), on=reads("people")),
    "map_groups": Verb(
        "Choosing which roles a group of the directory gives", frozenset({ADMIN}), on=writes("people")
    ),
    "manage_sign_in": Verb("Changing how members sign in", frozenset({ADMIN}), on=writes("people")),
    "remove_sample": Verb("Removing the sample organization", frozenset({ADMIN, LEAD}), on=writes("people")),
    # Trail and jobs
    "view_trail": Verb(
        "Reading the trail",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN, SYSTEM}),
        scope="trail:read",
        on=reads("trail"),
    ),
    "export_trail": Verb(
        "Exporting the trail",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN, SYSTEM}),
        on=reads("trail"),
    ),
    "verify_trail": Verb(
        "Verifying the trail",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN, SYSTEM}),
        scope="trail:verify",
        on=reads("trail"),
    ),
    "view_jobs": Verb("Seeing jobs", READERS | {ADMIN}, scope="jobs:read", on=reads("jobs"), in_entry=True),
    "retry_job": Verb(
        "Starting a failed job again", frozenset({LEAD, INTERNAL_AUDITOR, ADMIN}), on=writes("jobs")
    ),
    # Auditor access
    "manage_grants": Verb(
        "Giving and ending auditors' access",
        frozenset({LEAD, ADMIN}),
        on=moves("certification", "SM-27", "revoke"),
    ),
    "preview_grant": Verb(
        "Looking as an external auditor would", frozenset({LEAD}), on=reads("certification")
    ),
    "accept_grant": Verb(
        "Accepting the terms of auditor access",
        frozenset({EXTERNAL_AUDITOR}),
        on=moves("certification", "SM-27", "accept"),
    ),
}
