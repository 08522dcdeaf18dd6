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
    owner_is,
)

READ_RISKS, WRITE_RISKS = "risks:read", "risks:write"
READ_ASSESSMENTS, WRITE_ASSESSMENTS = "impact-assessments:read", "impact-assessments:write"


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
    "view_criteria": Verb("Reading the risk criteria", READERS_AND_AUDITOR, scope=READ_RISKS),
    "draft_criteria": Verb("Drafting risk criteria", frozenset({LEAD, SYSTEM})),
    "approve_criteria": Verb("Approving risk criteria", ONLY_TOP),
    # Risks
    "view_risks": Verb("Reading risks", READERS_AND_AUDITOR, scope=READ_RISKS),
    "identify_risk": Verb(
        "Identifying risks", frozenset({LEAD, SYSTEM}), OWNERS, _own_system, scope=WRITE_RISKS
    ),
    "edit_risk": Verb("Editing a risk", frozenset({LEAD, SYSTEM}), OWNERS, _own_risk, scope=WRITE_RISKS),
    "rate": Verb("Rating a risk", ONLY_LEAD, OWNERS, _own_risk),
    "analyse": Verb("Analysing a risk", frozenset(), OWNERS, _own_risk),
    "evaluate": Verb("Evaluating a risk", ONLY_LEAD, ONLY_RISK_OWNER, own_risk),
    "plan_treatment": Verb("Planning a treatment", frozenset(), ONLY_RISK_OWNER, own_risk),
    "start_treatment": Verb("Starting a treatment", frozenset({CONTROL_OWNER}), ONLY_RISK_OWNER, own_risk),
    "complete_treatment": Verb("Completing a treatment", frozenset(), ONLY_RISK_OWNER, own_risk),
    "report_not_effective": Verb(
        "Reporting that a treatment does not work", frozenset({LEAD, INTERNAL_AUDITOR})
    ),
    "accept": Verb("Accepting a risk", ONLY_TOP),
    "reopen": Verb("Reopening a risk", frozenset({LEAD, SYSTEM}), ONLY_RISK_OWNER, own_risk),
    "close": Verb("Closing a risk", ONLY_LEAD),
    # Treatment plans and acceptances (SM-06)
    "view_approvals": Verb("Seeing what waits for approval", READERS),
    "propose_acceptance": Verb("Proposing an acceptance", ONLY_LEAD, ONLY_RISK_OWNER, own_risk),
    "submit_approval": Verb("Submitting for approval", ONLY_LEAD, ONLY_RISK_OWNER, _own_approval),
    "decide_approval": Verb("Deciding on plans and acceptances", ONLY_TOP),
    "expire_approval": Verb("Ending an acceptance on its day", frozenset({SYSTEM})),
    # Impact assessments
    "view_assessments": Verb("Reading impact assessments", READERS_AND_AUDITOR, scope=READ_ASSESSMENTS),
    "start_assessment": Verb(
        "Starting an impact assessment",
        frozenset({LEAD, SYSTEM}),
        ONLY_SYSTEM_OWNER,
        lambda actor, system: owner_is("owner")(actor, system),
        scope=WRITE_ASSESSMENTS,
    ),
    "answer_assessment": Verb(
        "Answering an impact assessment",
        frozenset({SYSTEM}),
        ONLY_SYSTEM_OWNER,
        _own_assessment,
        scope=WRITE_ASSESSMENTS,
    ),
    "finish_screening": Verb("Finishing a screening", frozenset(), ONLY_SYSTEM_OWNER, _own_assessment),
    "confirm_screen_out": Verb("Confirming that no assessment is needed", ONLY_LEAD),
    "approve_screening": Verb("Approving a screening", frozenset({LEAD, TOP})),
    "stop_assessment": Verb("Stopping a banned use", frozenset({LEAD, TOP})),
    "submit_assessment": Verb(
        "Submitting an impact assessment", frozenset(), ONLY_SYSTEM_OWNER, _own_assessment
    ),
    "review_assessment": Verb("Reviewing an impact assessment", ONLY_LEAD),
    "decide_assessment": Verb("Deciding on an impact assessment", frozenset({LEAD, TOP})),
    "mark_assessment_due": Verb("Marking an assessment as due", frozenset({SYSTEM})),
}
