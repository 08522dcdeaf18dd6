"""The permission table of audits (lifecycle-and-programme.md section 16, `by` of SM-11, SM-12 and SM-25)."""

from __future__ import annotations

from aims.core.permissions import (
    ADMIN,
    CONTROL_OWNER,
    INTERNAL_AUDITOR,
    LEAD,
    READERS,
    READERS_AND_AUDITOR,
    RISK_OWNER,
    SYSTEM,
    SYSTEM_OWNER,
    TOP,
    Verb,
    owner_is,
)

OWNERS = frozenset({CONTROL_OWNER, SYSTEM_OWNER, RISK_OWNER})
AUDITORS = frozenset({INTERNAL_AUDITOR})
is_auditee = owner_is("auditee")

TABLE = {
    # Internal audits
    "view_audits": Verb("Reading audits", READERS_AND_AUDITOR, scope="audits:read"),
    "plan_audit": Verb("Planning an audit", AUDITORS),
    "declare_independence": Verb("Declaring oneself independent", AUDITORS),
    "do_audit": Verb("Doing an audit", AUDITORS),
    "cancel_audit": Verb("Cancelling an audit", AUDITORS | {TOP}),
    "follow_up_audit": Verb("Following an audit up", AUDITORS | {SYSTEM}),
    # Findings
    "view_findings": Verb("Reading findings", READERS_AND_AUDITOR, scope="findings:read"),
    "draft_finding": Verb("Writing a finding", AUDITORS | {LEAD, SYSTEM}, scope="findings:write"),
    "raise_finding": Verb("Raising a finding", AUDITORS | {LEAD}),
    "answer_finding": Verb("Answering a finding", own_roles=OWNERS, owns=is_auditee),
    "open_case": Verb("Opening corrective action", frozenset({LEAD}), OWNERS, is_auditee),
    "decide_finding": Verb("Deciding on an improvement", frozenset({LEAD})),
    "judge_finding": Verb("Upholding, withdrawing, closing or moving a finding", AUDITORS),
    # Certification
    "view_certification": Verb("Seeing the certification", READERS_AND_AUDITOR, scope="audits:read"),
    "manage_certification": Verb("Keeping the certification record", frozenset({LEAD, SYSTEM})),
    "apply_for_certification": Verb("Applying for certification", frozenset({LEAD, TOP})),
    # External auditors
    "view_engagements": Verb(
        "Seeing external audits and auditors' access", frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN})
    ),
    "manage_engagements": Verb("Inviting external auditors", frozenset({LEAD})),
    "view_own_engagement": Verb("Seeing the scope of one's own access", READERS_AND_AUDITOR - READERS),
    # Dates
    "view_calendar": Verb("Seeing the calendar", READERS),
    "view_reminders": Verb(
        "Seeing who was reminded of what", frozenset({LEAD, INTERNAL_AUDITOR, TOP, ADMIN})
    ),
}
