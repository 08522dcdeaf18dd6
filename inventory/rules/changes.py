"""What a change makes stale, as a table; and the life cycle of a change request (SM-24)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from aims.core.exceptions import RuleBroken
from aims.core.machines import Machine, step
from inventory.enums import ChangeKind, ReevaluationTrigger, StageRecordKind

CHANGE_REQUEST = Machine(
    id="SM-24",
    entity="ChangeRequest",
    noun="change request",
    initial="draft",
    final=frozenset({"rejected", "reviewed"}),
    labels={
        "assess": "Effects are assessed",
        "approve": "Approve",
        "reject": "Reject",
        "implement": "Change is made",
        "review": "Review",
    },
    transitions=(
        step(
            "draft",
            "assess",
            "assessed",
            by="ai_system_owner compliance_lead",
            guards=("purpose, effects on scope, risk, impact, SoA, documents, people",),
            effects=("trigger reassessments",),
        ),
        step(
            "assessed",
            "approve",
            "approved",
            by="compliance_lead top_management",
            guards=("actor is not author",),
        ),
        step(
            "assessed",
            "reject",
            "rejected",
            by="compliance_lead top_management",
            guards=("reason given",),
        ),
        step(
            "approved",
            "implement",
            "implemented",
            by="ai_system_owner control_owner",
            guards=("date and evidence",),
        ),
        step(
            "implemented",
            "review",
            "reviewed",
            by="compliance_lead",
            guards=("unintended effects looked for",),
        ),
    ),
)

#: What a change request says of each, one way or the other.
EFFECTS: Mapping[str, str] = {
    "scope": "Scope of the AIMS",
    "risk": "Risks",
    "impact": "Impact on people and society",
    "soa": "Statement of Applicability",
    "documents": "Documents",
    "people": "People and their competence",
}

IMPACT, RISKS, CLASSIFICATION, SOA = "impact", "risks", "classification", "soa"
_BUILT = frozenset({StageRecordKind.DESIGN, StageRecordKind.VALIDATION_PLAN, StageRecordKind.VALIDATION})
_TOLD = frozenset({StageRecordKind.USER_INFORMATION, StageRecordKind.DEPLOYMENT_PLAN})
#: Kind of change -> the records that may no longer hold.
STALE_AFTER: Mapping[str, frozenset[str]] = {
    ChangeKind.VERSION: frozenset({RISKS, StageRecordKind.ROLLBACK_TEST}) | _BUILT | _TOLD,
    ChangeKind.MODEL: frozenset({IMPACT, RISKS, SOA, StageRecordKind.ROLLBACK_TEST}) | _BUILT,
    ChangeKind.DATA: frozenset({IMPACT, RISKS, StageRecordKind.DATA, StageRecordKind.VALIDATION}),
    ChangeKind.USE: frozenset({IMPACT, RISKS, CLASSIFICATION, SOA, StageRecordKind.REQUIREMENTS})
    | _BUILT
    | _TOLD,
    ChangeKind.USERS: frozenset({IMPACT, RISKS, CLASSIFICATION, StageRecordKind.VALIDATION}) | _TOLD,
    ChangeKind.INCIDENT: frozenset({IMPACT, RISKS, SOA, StageRecordKind.VALIDATION}),
    ChangeKind.SUPPLIER: frozenset({RISKS, StageRecordKind.VALIDATION}),
    ChangeKind.LAW: frozenset({CLASSIFICATION, IMPACT, RISKS, SOA}),
    ChangeKind.THRESHOLD: frozenset({RISKS, StageRecordKind.VALIDATION}),
}
#: And why, for the person who confirms.
WHY: Mapping[str, str] = {
    ChangeKind.VERSION: "it describes the version before",
    ChangeKind.MODEL: "it was made for another model",
    ChangeKind.DATA: "it was made with other data",
    ChangeKind.USE: "it was made for another use",
    ChangeKind.USERS: "it was made for other people or places",
    ChangeKind.INCIDENT: "the incident shows something it may not have seen",
    ChangeKind.SUPPLIER: "it relies on what the supplier delivered before",
    ChangeKind.LAW: "it was decided under the law as it stood",
    ChangeKind.THRESHOLD: "the system no longer does what it was approved with",
}
TRIGGER_OF: Mapping[str, str] = {
    ChangeKind.VERSION: ReevaluationTrigger.MODEL,
    ChangeKind.MODEL: ReevaluationTrigger.MODEL,
    ChangeKind.DATA: ReevaluationTrigger.DATA,
    ChangeKind.USE: ReevaluationTrigger.PURPOSE,
    ChangeKind.USERS: ReevaluationTrigger.PURPOSE,
    ChangeKind.INCIDENT: ReevaluationTrigger.INCIDENT,
    ChangeKind.SUPPLIER: ReevaluationTrigger.SUPPLIER,
    ChangeKind.LAW: ReevaluationTrigger.LAW,
    ChangeKind.THRESHOLD: ReevaluationTrigger.THRESHOLD,
}


def is_stale(area: str, kind: str) -> bool:
    return area in STALE_AFTER.get(kind, frozenset())


def require_change(*, kind: str, text: str, chosen: Collection[str], re_evaluates: bool, reason: str) -> None:
    """Something is said to have changed; when nothing is done about it, there is a reason on record."""
    if kind not in ChangeKind.values:
        raise RuleBroken("Say what changed.", field="kind")
    if not text.strip():
        raise RuleBroken("Describe the change.", field="text")
    if not chosen and not re_evaluates and not reason.strip():
        raise RuleBroken("Nothing is to be done again: say why.", field="reason")


def require_effects(purpose: str, effects: Mapping[str, Mapping[str, str]]) -> None:
    if not purpose.strip():
        raise RuleBroken("State the purpose of the change.", field="purpose")
    left = [
        title for key, title in EFFECTS.items() if effects.get(key, {}).get("answer") not in ("yes", "no")
    ]
    if left:
        raise RuleBroken(f"Say whether it has an effect on: {', '.join(left)}.", field="effects")
    silent = [
        title
        for key, title in EFFECTS.items()
        if effects[key]["answer"] == "yes" and not effects[key].get("text", "").strip()
    ]
    if silent:
        raise RuleBroken(f"Say which effect it has on: {', '.join(silent)}.", field="effects")


def require_done(*, done_on: date | None, today: date, text: str, has_evidence: bool) -> None:
    if done_on is None or done_on > today:
        raise RuleBroken("Give the day it was done.", field="done_on")
    if not text.strip() and not has_evidence:
        raise RuleBroken("Say what shows that it was done, or link the evidence.", field="done_text")
