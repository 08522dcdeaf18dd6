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
is_auditee = owner_is("auditee")

TABLE = {
    # Internal audits
    "view_audits": Verb("Reading audits", READERS_AND_AUDITOR, scope="audits:read", on=reads("audits")),
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
    "view_findings": Verb("Reading findings", READERS_AND_AUDITOR, scope="findings:read", on=reads("audits")),
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
    # Dates
    "view_calendar": Verb("Seeing the calendar", READERS, on=reads("dates")),
    "view_reminders": Verb(
        "Seeing who was reminded of what",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN}),
        on=reads("reminders"),
    ),
}
