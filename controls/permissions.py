"""Who may do what with controls and the Statement of Applicability (lifecycle-and-programme.md, section 16).

A step of a life cycle takes its roles from `by` of SM-08 and SM-09; the table repeats them for pages.
"""

from __future__ import annotations

from aims.core.permissions import (
    CONTROL_OWNER,
    INTERNAL_AUDITOR,
    LEAD,
    READERS_AND_AUDITOR,
    RISK_OWNER,
    SYSTEM,
    TOP,
    Verb,
    owner_is,
)

OWNS_CONTROL = owner_is("owner")

TABLE = {
    "view_controls": Verb("Reading the controls", READERS_AND_AUDITOR, scope="controls:read"),
    "view_clauses": Verb("Reading the clauses", READERS_AND_AUDITOR, scope="controls:read"),
    "add_control": Verb("Adding a control", frozenset({LEAD, SYSTEM}), scope="controls:write"),
    "edit_control": Verb(
        "Editing a control",
        frozenset({LEAD, SYSTEM}),
        frozenset({CONTROL_OWNER}),
        OWNS_CONTROL,
        scope="controls:write",
    ),
    "assign_control": Verb("Giving a control an owner", frozenset({LEAD, SYSTEM}), scope="controls:write"),
    "link_evidence": Verb(
        "Linking evidence to a control",
        frozenset({LEAD, SYSTEM}),
        frozenset({CONTROL_OWNER}),
        OWNS_CONTROL,
        scope="controls:write",
    ),
    "plan": Verb("Planning a control", frozenset({LEAD}), frozenset({CONTROL_OWNER}), OWNS_CONTROL),
    "start": Verb("Starting on a control", own_roles=frozenset({CONTROL_OWNER}), owns=OWNS_CONTROL),
    "complete": Verb(
        "Reporting a control as implemented", own_roles=frozenset({CONTROL_OWNER}), owns=OWNS_CONTROL
    ),
    "verify": Verb("Verifying a control", frozenset({LEAD, INTERNAL_AUDITOR})),
    "degrade": Verb(
        "Reporting that a control no longer works",
        frozenset({LEAD, INTERNAL_AUDITOR, SYSTEM}),
        scope="controls:write",
    ),
    "repair": Verb("Repairing a control", own_roles=frozenset({CONTROL_OWNER}), owns=OWNS_CONTROL),
    # One door for the buttons of a control; each step asks its own verb.
    "act": Verb(
        "Moving a control along",
        frozenset({LEAD, INTERNAL_AUDITOR, CONTROL_OWNER, SYSTEM}),
        scope="controls:write",
    ),
    "plan_treatment": Verb(
        "Choosing the controls of a treatment", own_roles=frozenset({RISK_OWNER}), owns=owner_is("owner")
    ),
    # Statement of Applicability
    "view_soa": Verb("Reading the Statement of Applicability", READERS_AND_AUDITOR, scope="soa:read"),
    "export_soa": Verb("Exporting the Statement of Applicability", READERS_AND_AUDITOR, scope="soa:read"),
    "draft_soa": Verb("Drafting a Statement of Applicability", frozenset({LEAD, SYSTEM}), scope="soa:write"),
    "decide_soa": Verb("Deciding on a control", frozenset({LEAD}), scope="soa:write"),
    "submit_soa": Verb("Sending a Statement of Applicability for approval", frozenset({LEAD})),
    "return_soa": Verb("Returning a Statement of Applicability", frozenset({TOP})),
    "approve_soa": Verb("Approving a Statement of Applicability", frozenset({TOP})),
}
