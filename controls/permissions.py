"""Who may do what with controls and the Statement of Applicability (lifecycle-and-programme.md, section 16).

A step of a life cycle takes its roles from `by` of SM-08 and SM-09; the table repeats them for pages.
"""

from __future__ import annotations

from aims.core.permissions import (
    CONTROL_OWNER,
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
    moves,
    owner_is,
    reads,
    writes,
)

OWNS_CONTROL = owner_is("owner")
EVERYBODY = READERS - {SYSTEM} | {STAFF}

TABLE = {
    # Competence (SM-20)
    "view_competence": Verb(
        "Reading the competence register", READERS, scope="competence:read", on=reads("objectives")
    ),
    "read_competence": Verb(
        "Reading a competence record",
        READERS,
        own_roles=frozenset({STAFF}),
        owns=owner_is("person"),
        scope="competence:read",
        on=reads("objectives"),
    ),
    "require_competence": Verb(
        "Requiring a competence",
        frozenset({LEAD, SYSTEM}),
        scope="competence:write",
        on=writes("objectives"),
    ),
    "move_competence": Verb(
        "Moving a competence record along",
        EVERYBODY | {SYSTEM},
        scope="competence:write",
        on=moves("objectives", "SM-20", "assign waive complete confirm_effective fail_check near_end end"),
    ),
    "assign_competence": Verb(
        "Assigning or waiving a competence",
        frozenset({LEAD}),
        on=moves("objectives", "SM-20", "assign waive"),
    ),
    "complete_competence": Verb(
        "Handing in the proof of one's competence",
        frozenset({SYSTEM}),
        own_roles=EVERYBODY,
        owns=owner_is("person"),
        scope="competence:write",
        on=moves("objectives", "SM-20", "complete"),
    ),
    "check_competence": Verb(
        "Checking somebody's competence",
        frozenset({LEAD, SYSTEM_OWNER}),
        on=moves("objectives", "SM-20", "confirm_effective fail_check"),
    ),
    "end_competence": Verb(
        "Ending a competence on its day", frozenset({SYSTEM}), on=moves("objectives", "SM-20", "near_end end")
    ),
    "view_controls": Verb(
        "Reading the controls",
        READERS_AND_AUDITOR,
        scope="controls:read",
        on=reads("controls"),
        in_entry=True,
    ),
    "view_clauses": Verb(
        "Reading the clauses", READERS_AND_AUDITOR, scope="controls:read", on=reads("controls"), in_entry=True
    ),
    "add_control": Verb(
        "Adding a control", frozenset({LEAD, SYSTEM}), scope="controls:write", on=writes("controls")
    ),
    "edit_control": Verb(
        "Editing a control",
        frozenset({LEAD, SYSTEM}),
        frozenset({CONTROL_OWNER}),
        OWNS_CONTROL,
        scope="controls:write",
        on=writes("soa"),
    ),
    "assign_control": Verb(
        "Giving a control an owner", frozenset({LEAD, SYSTEM}), scope="controls:write", on=writes("controls")
    ),
    "link_evidence": Verb(
        "Linking evidence to a control",
        frozenset({LEAD, SYSTEM}),
        frozenset({CONTROL_OWNER}),
        OWNS_CONTROL,
        scope="controls:write",
        on=writes("soa"),
    ),
    "plan": Verb(
        "Planning a control",
        frozenset({LEAD}),
        frozenset({CONTROL_OWNER}),
        OWNS_CONTROL,
        on=moves("soa", "SM-09", "plan"),
    ),
    "start": Verb(
        "Starting on a control",
        own_roles=frozenset({CONTROL_OWNER}),
        owns=OWNS_CONTROL,
        on=moves("soa", "SM-09", "start"),
    ),
    "complete": Verb(
        "Reporting a control as implemented",
        own_roles=frozenset({CONTROL_OWNER}),
        owns=OWNS_CONTROL,
        on=moves("soa", "SM-09", "complete"),
    ),
    "verify": Verb(
        "Verifying a control", frozenset({LEAD, INTERNAL_AUDITOR}), on=moves("soa", "SM-09", "verify")
    ),
    "degrade": Verb(
        "Reporting that a control no longer works",
        frozenset({LEAD, INTERNAL_AUDITOR, SYSTEM}),
        scope="controls:write",
        on=moves("soa", "SM-09", "degrade"),
    ),
    "repair": Verb(
        "Repairing a control",
        own_roles=frozenset({CONTROL_OWNER}),
        owns=OWNS_CONTROL,
        on=moves("soa", "SM-09", "repair"),
    ),
    # One door for the buttons of a control; each step asks its own verb.
    "act": Verb(
        "Moving a control along",
        frozenset({LEAD, INTERNAL_AUDITOR, CONTROL_OWNER, SYSTEM}),
        scope="controls:write",
        on=moves("soa", "SM-09", "plan start complete verify degrade repair"),
    ),
    "plan_treatment": Verb(
        "Choosing the controls of a treatment",
        own_roles=frozenset({RISK_OWNER}),
        owns=owner_is("owner"),
        on=moves("risk", "SM-05", "plan_treatment"),
    ),
    # Statement of Applicability
    "view_soa": Verb(
        "Reading the Statement of Applicability",
        READERS_AND_AUDITOR,
        scope="soa:read",
        on=reads("soa"),
        in_entry=True,
    ),
    "export_soa": Verb(
        "Exporting the Statement of Applicability", READERS_AND_AUDITOR, scope="soa:read", on=reads("soa")
    ),
    "draft_soa": Verb(
        "Drafting a Statement of Applicability",
        frozenset({LEAD, SYSTEM}),
        scope="soa:write",
        on=writes("soa"),
    ),
    "decide_soa": Verb("Deciding on a control", frozenset({LEAD}), scope="soa:write", on=writes("soa")),
    "submit_soa": Verb(
        "Sending a Statement of Applicability for approval",
        frozenset({LEAD}),
        on=moves("soa", "SM-08", "submit"),
    ),
    "return_soa": Verb(
        "Returning a Statement of Applicability", frozenset({TOP}), on=moves("soa", "SM-08", "return")
    ),
    "approve_soa": Verb(
        "Approving a Statement of Applicability", frozenset({TOP}), on=moves("soa", "SM-08", "approve")
    ),
}
