"""What the gates of SM-01 ask of the records of a stage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from aims.core.exceptions import RuleBroken
from aims.core.schedule import add_months
from inventory.enums import ReevaluationTrigger, StageRecordKind, SystemStage

#: Months until a system in operation is assessed again.
REASSESSMENT_MONTHS = 12

VALIDATION = StageRecordKind.VALIDATION
RETIREMENT_KINDS = (
    StageRecordKind.DISPOSAL,
    StageRecordKind.USERS_INFORMED,
    StageRecordKind.ACCESS_REMOVED,
    StageRecordKind.RECORDS_RETAINED,
)
#: What is written at each stage; earlier records stay with the system.
KINDS_OF_STAGE: Mapping[str, tuple[str, ...]] = {
    SystemStage.INCEPTION: (StageRecordKind.REQUIREMENTS,),
    SystemStage.DESIGN_DEVELOPMENT: (StageRecordKind.DESIGN, StageRecordKind.DATA),
    SystemStage.VERIFICATION_VALIDATION: (StageRecordKind.VALIDATION_PLAN, StageRecordKind.VALIDATION),
    SystemStage.DEPLOYMENT: (
        StageRecordKind.DEPLOYMENT_PLAN,
        StageRecordKind.USER_INFORMATION,
        StageRecordKind.ROLLBACK_TEST,
    ),
    SystemStage.RETIREMENT: RETIREMENT_KINDS,
}


def next_reassessment(today: date) -> date:
    return add_months(today, REASSESSMENT_MONTHS)


def require_content(*, text: str, has_evidence: bool) -> None:
    if not text.strip() and not has_evidence:
        raise RuleBroken("Write it down here, or link the evidence that holds it.", field="text")


def require_complete(*, kind: str, text: str, has_evidence: bool, criteria_met: str, deviation: str) -> None:
    """It has content; a result says whether the criteria were met, and if not, what deviates."""
    require_content(text=text, has_evidence=has_evidence)
    if kind != VALIDATION:
        return
    if not criteria_met:
        raise RuleBroken("Say whether the criteria were met.", field="criteria_met")
    if criteria_met == "no" and not deviation.strip():
        raise RuleBroken(
            "Describe the deviation and why it can be lived with; another person approves it.",
            field="deviation",
        )


def require_trigger(trigger: str, *, reason: str, today: date, planned: date | None) -> None:
    """A re-evaluation has a cause: the planned date is reached, or something is said to have happened."""
    if trigger not in ReevaluationTrigger.values:
        raise RuleBroken("Say what asks for the re-evaluation.", field="trigger")
    if trigger == ReevaluationTrigger.DATE:
        if planned is None or planned > today:
            raise RuleBroken("The planned date is not reached. Say what happened instead.", field="trigger")
    elif not reason.strip():
        raise RuleBroken("Say what happened or changed.", field="reason")
