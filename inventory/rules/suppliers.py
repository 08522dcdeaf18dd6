"""The life cycle of a supplier (SM-16), and what its steps ask of the record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from aims.core.exceptions import RuleBroken
from aims.core.machines import Machine, step
from inventory.rules.systems import OUT_OF_USE

SUPPLIER = Machine(
    id="SM-16",
    entity="SupplierAI",
    noun="supplier",
    initial="proposed",
    final=frozenset({"rejected", "exited"}),
    labels={
        "start": "Start due diligence",
        "approve": "Approve",
        "approve_with_conditions": "Approve with conditions",
        "reject": "Reject",
        "activate": "Take into use",
        "trigger_review": "Start review",
        "confirm": "Confirm after review",
        "suspend": "Suspend",
        "restore": "Use again",
        "exit": "End use",
    },
    transitions=(
        step(
            "proposed",
            "start",
            "due_diligence",
            by="compliance_lead ai_system_owner",
            guards=("AI risk tier set",),
            effects=("send questionnaire",),
        ),
        step(
            "due_diligence",
            "approve",
            "approved",
            by="compliance_lead top_management",
            guards=("actor is not author", "contract clauses checked"),
        ),
        step(
            "due_diligence",
            "approve_with_conditions",
            "approved_with_conditions",
            by="compliance_lead top_management",
            guards=("actor is not author", "conditions with dates"),
            effects=("actions",),
        ),
        step(
            "due_diligence",
            "reject",
            "rejected",
            by="compliance_lead top_management",
            guards=("reason given",),
        ),
        step(
            "approved",
            "activate",
            "active",
            by="ai_system_owner",
            guards=("duties shared out (A.10.2)",),
            effects=("review date",),
        ),
        step(
            "approved_with_conditions",
            "activate",
            "active",
            by="ai_system_owner",
            guards=("blocking conditions met",),
            effects=("review date",),
        ),
        step(
            "active",
            "trigger_review",
            "under_review",
            by="system compliance_lead ai_system_owner",
            guards=("date, model change, incident, renewal",),
            effects=("requests to supplier",),
        ),
        step("under_review", "confirm", "active", by="compliance_lead", effects=("review date",)),
        step(
            "under_review",
            "suspend",
            "suspended",
            by="compliance_lead top_management",
            guards=("reason given",),
            effects=("re-evaluate linked systems",),
        ),
        step(
            "suspended",
            "restore",
            "active",
            by="compliance_lead top_management",
            guards=("corrective action accepted",),
        ),
        step("suspended", "exit", "exited", by="compliance_lead", guards=("exit plan done",)),
        step("active", "exit", "exited", by="compliance_lead", guards=("exit plan done",)),
    ),
)

#: What a contract with a supplier of AI settles, one way or the other.
CLAUSES: Mapping[str, str] = {
    "duties": "Who has which duty",
    "change_notice": "Notice before a change",
    "data_use": "What may be done with our data",
    "incident_notice": "Notice of incidents",
    "audit_right": "Right to audit or to reports",
    "exit": "Leaving: data back, time to change over",
}
#: Months until a supplier in use is looked at again.
REVIEW_MONTHS: Mapping[str, int] = {"high": 6, "medium": 12, "low": 24}
#: The event that has to be on record before it is a reason for a review.
EVENT_OF_TRIGGER: Mapping[str, str] = {
    "model_change": "version_change",
    "incident": "incident",
    "renewal": "terms",
}
REQUESTS = frozenset({"review_request", "corrective_request"})
ACTS_ALONE = frozenset({"full", "human_can_override"})


@dataclass(frozen=True)
class Served:
    """What the tier looks at in a system that a supplier serves."""

    stage: str
    ai_type: str
    automation_degree: str
    special_categories: Collection[str]
    affected_count: int | None


def proposed_tier(systems: Iterable[Served]) -> str:
    """The highest of the systems served, nothing without a system in use or under way.

    High: a system acts alone, knows people by their bodies or holds special categories of data.
    Medium: people are affected, or their number is not recorded.
    """
    levels = {_level(system) for system in systems if system.stage not in OUT_OF_USE}
    return next((tier for tier in ("high", "medium", "low") if tier in levels), "")


def _level(system: Served) -> str:
    if system.automation_degree in ACTS_ALONE or system.ai_type == "biometric" or system.special_categories:
        return "high"
    return "low" if system.affected_count == 0 else "medium"


def require_supplier_name(name: str) -> None:
    if not name.strip():
        raise RuleBroken("Give the supplier a name.", field="name")


def require_contract(contract: Mapping[str, Mapping[str, str]]) -> None:
    """Known topics, each answered yes or no."""
    for topic, entry in contract.items():
        if topic not in CLAUSES:
            raise RuleBroken(f"“{topic}” is no topic of the contract checklist.", field="contract")
        if entry.get("answer") not in {"yes", "no"}:
            raise RuleBroken(f"Answer “{CLAUSES[topic]}” with yes or no.", field="contract")


def open_clauses(contract: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Topics without an answer, or without a place in the contract or a word on what holds instead."""
    return [
        title
        for topic, title in CLAUSES.items()
        if not contract.get(topic, {}).get("answer") or not contract[topic].get("where", "").strip()
    ]


def require_no_cycle(supplier: int, sub_supplier: int, links: Iterable[tuple[int, int]]) -> None:
    """`links` are (supplier, sub-supplier) on record; nobody serves itself through others."""
    below: dict[int, set[int]] = {}
    for upper, lower in links:
        below.setdefault(upper, set()).add(lower)
    waiting, seen = [sub_supplier], set()
    while waiting:
        current = waiting.pop()
        if current == supplier:
            raise RuleBroken("A supplier cannot serve itself, not even through others.", field="sub_supplier")
        if current not in seen:
            seen.add(current)
            waiting += below.get(current, ())


def require_trigger(
    trigger: str, *, today: date, review_date: date | None, events_since: Collection[str]
) -> None:
    """A review has a reason on record: its date is reached, or an event of that kind since the last step."""
    if trigger == "date":
        if review_date is None or review_date > today:
            raise RuleBroken("The review date is not reached.", field="trigger")
        return
    kind = EVENT_OF_TRIGGER.get(trigger)
    if kind is None:
        raise RuleBroken("Say what asks for the review.", field="trigger")
    if kind not in events_since:
        raise RuleBroken("Record the supplier event first, then start the review.", field="trigger")
