"""The permission table of audits (lifecycle-and-programme.md section 16, `by` of SM-11, SM-12 and SM-25)."""

from __future__ import annotations

from aims.core.permissions import (
    ADMIN,
    CONTROL_OWNER,
    EXTERNAL_AUDITOR,
    INTERNAL_AUDITOR,
    LEAD,
    READERS,
    READERS_AND_AUDITOR,
    RISK_OWNER,
    SYSTEM,
    SYSTEM_OWNER,
    TOP,
    Verb,
    moves,
    owner_is,
    reads,
    writes,
)

OWNERS = frozenset({CONTROL_OWNER, SYSTEM_OWNER, RISK_OWNER})
AUDITORS = frozenset({INTERNAL_AUDITOR})
COMMENTERS = frozenset({LEAD, INTERNAL_AUDITOR, TOP, SYSTEM})
is_auditee = owner_is("auditee")
is_assignee = owner_is("assignee")

TABLE = {
    # Internal audits
    "view_audits": Verb(
        "Reading audits", READERS_AND_AUDITOR, scope="audits:read", on=reads("audits"), in_entry=True
    ),
    "plan_audit": Verb("Planning an audit", AUDITORS, on=writes("audits")),
    "declare_independence": Verb("Declaring oneself independent", AUDITORS, on=writes("audits")),
    "do_audit": Verb(
        "Doing an audit", AUDITORS, on=moves("audits", "SM-11", "open_meeting end_fieldwork issue_report")
    ),
    "cancel_audit": Verb("Cancelling an audit", AUDITORS | {TOP}, on=moves("audits", "SM-11", "cancel")),
    "follow_up_audit": Verb(
        "Following an audit up", AUDITORS | {SYSTEM}, on=moves("audits", "SM-11", "start_follow_up")
    ),
    # Findings
    "view_findings": Verb(
        "Reading findings", READERS_AND_AUDITOR, scope="findings:read", on=reads("audits"), in_entry=True
    ),
    "draft_finding": Verb(
        "Writing a finding", AUDITORS | {LEAD, SYSTEM}, scope="findings:write", on=writes("audits")
    ),
    "raise_finding": Verb("Raising a finding", AUDITORS | {LEAD}, on=moves("audits", "SM-12", "raise")),
    "answer_finding": Verb(
        "Answering a finding",
        own_roles=OWNERS,
        owns=is_auditee,
        on=moves("audits", "SM-12", "dispute acknowledge"),
    ),
    "open_case": Verb(
        "Opening corrective action",
        frozenset({LEAD}),
        OWNERS,
        is_auditee,
        on=moves("nonconformity", "SM-12", "open_case"),
    ),
    "decide_finding": Verb(
        "Deciding on an improvement", frozenset({LEAD}), on=moves("audits", "SM-12", "close_ofi")
    ),
    "judge_finding": Verb(
        "Upholding, withdrawing, closing or moving a finding",
        AUDITORS,
        on=moves("audits", "SM-12", "uphold withdraw close"),
    ),
    # Certification
    "view_certification": Verb(
        "Seeing the certification",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN, EXTERNAL_AUDITOR, SYSTEM}),
        scope="audits:read",
        on=reads("certification", "own"),
        in_entry=True,
    ),
    "manage_certification": Verb(
        "Keeping the certification record", frozenset({LEAD, SYSTEM}), on=writes("certification")
    ),
    "apply_for_certification": Verb(
        "Applying for certification", frozenset({LEAD, TOP}), on=moves("certification", "SM-25", "apply")
    ),
    # External auditors
    "view_engagements": Verb(
        "Seeing external audits and auditors' access",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN}),
        on=reads("certification"),
    ),
    "manage_engagements": Verb("Inviting external auditors", frozenset({LEAD}), on=writes("certification")),
    "view_own_engagement": Verb(
        "Seeing the scope of one's own access",
        READERS_AND_AUDITOR - READERS,
        on=reads("certification", "own"),
    ),
    # What passes between an external auditor and the organization (SOD-07)
    "view_requests": Verb(
        "Reading the requests of external audits",
        READERS_AND_AUDITOR,
        scope="audits:read",
        on=reads("requests"),
    ),
    "add_request": Verb(
        "Asking for something in an external audit",
        frozenset({LEAD, EXTERNAL_AUDITOR, SYSTEM}),
        scope="audits:write",
        on=writes("requests"),
    ),
    "decide_request": Verb(
        "Accepting or flagging the answer to a request", frozenset({EXTERNAL_AUDITOR}), on=writes("requests")
    ),
    "close_request": Verb("Closing a request", frozenset({LEAD, EXTERNAL_AUDITOR}), on=writes("requests")),
    "comment_request": Verb(
        "Commenting on a request",
        COMMENTERS | {EXTERNAL_AUDITOR},
        OWNERS,
        is_assignee,
        scope="audits:write",
        on=writes("requests", "comment"),
    ),
    "assign_request": Verb(
        "Giving a request to somebody",
        frozenset({LEAD, SYSTEM}),
        scope="audits:write",
        on=writes("requests", "assign"),
    ),
    "answer_request": Verb(
        "Answering a request",
        frozenset({LEAD, SYSTEM}),
        OWNERS,
        is_assignee,
        scope="audits:write",
        on=writes("requests"),
    ),
    "show_confidential": Verb(
        "Showing confidential evidence to an auditor", frozenset({LEAD}), on=writes("certification")
    ),
    "note_request": Verb(
        "Writing internal notes on a request",
        COMMENTERS,
        OWNERS,
        is_assignee,
        on=writes("requests", "comment"),
    ),
    "view_auditor_work": Verb(
        "Reading the samples and what an external auditor shared",
        READERS_AND_AUDITOR,
        scope="audits:read",
        on=reads("auditor_work"),
    ),
    "do_external_audit": Verb(
        "Noting, sampling and drafting findings as external auditor",
        frozenset({EXTERNAL_AUDITOR}),
        on=writes("auditor_work"),
    ),
    "take_over_finding": Verb(
        "Taking over a finding of an external audit", AUDITORS | {LEAD}, on=writes("audits")
    ),
    # Dates
    "view_calendar": Verb("Seeing the calendar", READERS, on=reads("dates")),
    "view_reminders": Verb(
        "Seeing who was reminded of what",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN}),
        on=reads("reminders"),
    ),
}
