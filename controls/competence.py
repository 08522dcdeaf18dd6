"""The life cycle of a competence record (SM-20), and when somebody counts as competent."""

from __future__ import annotations

from datetime import date, timedelta

from aims.core.exceptions import RuleBroken
from aims.core.machines import Machine, step

COMPETENCE = Machine(
    id="SM-20",
    entity="CompetenceRecord",
    noun="competence record",
    initial="required",
    final=frozenset({"waived"}),
    labels={
        "assign": "Assign",
        "waive": "Waive: competent already",
        "complete": "Hand in proof",
        "confirm_effective": "Confirm as effective",
        "fail_check": "Not effective",
    },
    transitions=(
        step("required", "assign", "assigned", by="compliance_lead", effects=("notify person",)),
        step(
            "required",
            "waive",
            "waived",
            by="compliance_lead",
            guards=("proof of existing competence",),
        ),
        step("assigned", "complete", "completed", by="staff system", guards=("evidence",)),
        step(
            "completed",
            "confirm_effective",
            "valid",
            by="compliance_lead ai_system_owner",
            guards=("effectiveness check", "assessor is not the person"),
            effects=("validity end",),
        ),
        step(
            "completed",
            "fail_check",
            "not_effective",
            by="compliance_lead ai_system_owner",
            effects=("assign again",),
        ),
        step("not_effective", "assign", "assigned", by="compliance_lead"),
        step(
            "valid", "near_end", "expiring", by="system", guards=("60 days before end",), effects=("remind",)
        ),
        step("expiring", "end", "expired", by="system", effects=("block oversight role", "notify")),
        step("expiring", "assign", "assigned", by="compliance_lead"),
        step("expired", "assign", "assigned", by="compliance_lead"),
    ),
)

NEAR_DAYS = 60
VALID_MONTHS = 12
HOLDS = frozenset({"valid", "expiring", "waived"})


def is_competent(state: str, valid_until: date | None, *, on: date) -> bool:
    """Proven, checked by somebody else, and not past its last day."""
    return state in HOLDS and (valid_until is None or valid_until >= on)


def require_near_end(valid_until: date | None, *, on: date) -> None:
    if valid_until is None or valid_until > on + timedelta(days=NEAR_DAYS):
        raise RuleBroken("The last day is more than 60 days away.", field="valid_until")


def require_validity(valid_until: date | None, *, on: date) -> None:
    if valid_until is not None and valid_until <= on:
        raise RuleBroken("Give a last day that lies ahead.", field="valid_until")
