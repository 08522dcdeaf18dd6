"""Who may do what with risks and impact assessments (lifecycle-and-programme.md, section 16).

The steps of a life cycle take their roles from `by` of the state machines; this table adds on whose records.
"""

from __future__ import annotations

from typing import Any

from aims.core.actor import Actor
from aims.core.permissions import (
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
    approves,
    moves,
    owner_is,
    reads,
    writes,
)

READ_RISKS, WRITE_RISKS = "risks:read", "risks:write"
READ_ASSESSMENTS, WRITE_ASSESSMENTS = "impact-assessments:read", "impact-assessments:write"

READ_CLASSIFICATIONS, WRITE_CLASSIFICATIONS = "classifications:read", "classifications:write"


def _own_system(actor: Actor, system: Any) -> bool:
    """A risk without a system belongs to a process of the AIMS, which every owner may name."""
    return system is None or actor.member_id in {system.owner_id, system.risk_owner_id}


def _own_risk(actor: Actor, risk: Any) -> bool:
    """Risk owners act on the risks they own, system owners on those of their systems."""
    if actor.member_id is None:
        return False
    if RISK_OWNER in actor.roles and risk.owner_id == actor.member_id:
        return True
    owns_system = risk.system is not None and risk.system.owner_id == actor.member_id
    return SYSTEM_OWNER in actor.roles and owns_system


def _own_approval(actor: Actor, approval: Any) -> bool:
    return owner_is("owner")(actor, approval.risk)


def _own_assessment(actor: Actor, assessment: Any) -> bool:
    return owner_is("owner")(actor, assessment.system)


OWNERS = frozenset({SYSTEM_OWNER, RISK_OWNER})
ONLY_LEAD, ONLY_TOP = frozenset({LEAD}), frozenset({TOP})
ONLY_RISK_OWNER, ONLY_SYSTEM_OWNER = frozenset({RISK_OWNER}), frozenset({SYSTEM_OWNER})
own_risk = owner_is("owner")

TABLE = {
    # Criteria
    "view_criteria": Verb(
        "Reading the risk criteria", READERS_AND_AUDITOR, scope=READ_RISKS, on=reads("risk"), in_entry=True
    ),
    "draft_criteria": Verb("Drafting risk criteria", frozenset({LEAD, SYSTEM}), on=writes("risk")),
    "approve_criteria": Verb("Approving risk criteria", ONLY_TOP, on=approves("risk")),
    # Risks
    "view_risks": Verb(
        "Reading risks", READERS_AND_AUDITOR, scope=READ_RISKS, on=reads("risk"), in_entry=True
    ),
    "identify_risk": Verb(
        "Identifying risks",
        frozenset({LEAD, SYSTEM}),
        OWNERS,
        _own_system,
        scope=WRITE_RISKS,
        on=writes("risk"),
    ),
    "edit_risk": Verb(
        "Editing a risk", frozenset({LEAD, SYSTEM}), OWNERS, _own_risk, scope=WRITE_RISKS, on=writes("risk")
    ),
    "rate": Verb("Rating a risk", ONLY_LEAD, OWNERS, _own_risk, on=writes("risk")),
    "analyse": Verb("Analysing a risk", frozenset(), OWNERS, _own_risk, on=moves("risk", "SM-05", "analyse")),
    "evaluate": Verb(
        "Evaluating a risk", ONLY_LEAD, ONLY_RISK_OWNER, own_risk, on=moves("risk", "SM-05", "evaluate")
    ),
    "plan_treatment": Verb(
        "Planning a treatment",
        frozenset(),
        ONLY_RISK_OWNER,
        own_risk,
        on=moves("risk", "SM-05", "plan_treatment"),
    ),
    "start_treatment": Verb(
        "Starting a treatment",
        frozenset({CONTROL_OWNER}),
        ONLY_RISK_OWNER,
        own_risk,
        on=moves("risk", "SM-05", "start_treatment"),
    ),
    "complete_treatment": Verb(
        "Completing a treatment",
        frozenset(),
        ONLY_RISK_OWNER,
        own_risk,
        on=moves("risk", "SM-05", "complete_treatment"),
    ),
    "report_not_effective": Verb(
        "Reporting that a treatment does not work",
        frozenset({LEAD, INTERNAL_AUDITOR}),
        on=moves("risk", "SM-05", "not_effective"),
    ),
    "accept": Verb("Accepting a risk", ONLY_TOP, on=moves("risk", "SM-05", "accept accept_residual")),
    "reopen": Verb(
        "Reopening a risk",
        frozenset({LEAD, SYSTEM}),
        ONLY_RISK_OWNER,
        own_risk,
        on=moves("risk", "SM-05", "reopen"),
    ),
    "close": Verb("Closing a risk", ONLY_LEAD, on=moves("risk", "SM-05", "close")),
    # Treatment plans and acceptances (SM-06)
    "view_approvals": Verb("Seeing what waits for approval", READERS, on=reads("risk"), in_entry=True),
    "propose_acceptance": Verb(
        "Proposing an acceptance", ONLY_LEAD, ONLY_RISK_OWNER, own_risk, on=moves("risk", "SM-06", "submit")
    ),
    "submit_approval": Verb(
        "Submitting for approval",
        ONLY_LEAD,
        ONLY_RISK_OWNER,
        _own_approval,
        on=moves("risk", "SM-06", "submit"),
    ),
    "decide_approval": Verb(
        "Deciding on plans and acceptances", ONLY_TOP, on=moves("risk", "SM-06", "approve reject revoke")
    ),
    "expire_approval": Verb(
        "Ending an acceptance on its day", frozenset({SYSTEM}), on=moves("risk", "SM-06", "expire")
    ),
    # Impact assessments
    "view_assessments": Verb(
        "Reading impact assessments",
        READERS_AND_AUDITOR,
        scope=READ_ASSESSMENTS,
        on=reads("impact"),
        in_entry=True,
    ),
    "start_assessment": Verb(
        "Starting an impact assessment",
        frozenset({LEAD, SYSTEM}),
        ONLY_SYSTEM_OWNER,
        lambda actor, system: owner_is("owner")(actor, system),
        scope=WRITE_ASSESSMENTS,
        on=writes("impact"),
    ),
    "answer_assessment": Verb(
        "Answering an impact assessment",
        frozenset({SYSTEM}),
        ONLY_SYSTEM_OWNER,
        _own_assessment,
        scope=WRITE_ASSESSMENTS,
        on=writes("impact"),
    ),
    "finish_screening": Verb(
        "Finishing a screening",
        frozenset(),
        ONLY_SYSTEM_OWNER,
        _own_assessment,
        on=moves("impact", "SM-07", "score_low start_light_or_full"),
    ),
    "confirm_screen_out": Verb(
        "Confirming that no assessment is needed",
        ONLY_LEAD,
        on=moves("impact", "SM-07", "confirm_screen_out"),
    ),
    "approve_screening": Verb("Approving a screening", frozenset({LEAD, TOP}), on=approves("impact")),
    "stop_assessment": Verb(
        "Stopping a banned use", frozenset({LEAD, TOP}), on=moves("impact", "SM-07", "stop_banned")
    ),
    "submit_assessment": Verb(
        "Submitting an impact assessment",
        frozenset(),
        ONLY_SYSTEM_OWNER,
        _own_assessment,
        on=moves("impact", "SM-07", "submit"),
    ),
    "review_assessment": Verb(
        "Reviewing an impact assessment", ONLY_LEAD, on=moves("impact", "SM-07", "start_review")
    ),
    "decide_assessment": Verb(
        "Deciding on an impact assessment",
        frozenset({LEAD, TOP}),
        on=moves("impact", "SM-07", "approve return"),
    ),
    # Legal classification
    "view_classification": Verb(
        "Reading legal classifications",
        READERS_AND_AUDITOR,
        scope=READ_CLASSIFICATIONS,
        on=reads("classification"),
    ),
    "answer_classification": Verb(
        "Answering a legal classification",
        frozenset({LEAD, SYSTEM}),
        ONLY_SYSTEM_OWNER,
        lambda actor, system: owner_is("owner")(actor, system),
        scope=WRITE_CLASSIFICATIONS,
        on=writes("classification"),
    ),
    "decide_classification": Verb(
        "Deciding on a legal classification", frozenset({LEAD, TOP}), on=approves("classification")
    ),
    "mark_assessment_due": Verb(
        "Marking an assessment as due", frozenset({SYSTEM}), on=moves("impact", "SM-07", "mark_due")
    ),
}
