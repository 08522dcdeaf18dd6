"""The life cycle of an incident (SM-17), and what its steps ask of the record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from aims.core.exceptions import RuleBroken
from aims.core.machines import Machine, step

INCIDENT = Machine(
    id="SM-17",
    entity="Incident",
    noun="incident",
    initial="reported",
    final=frozenset({"closed", "not_incident"}),
    labels={
        "triage": "Triage",
        "dismiss": "Not an incident",
        "contain": "Contained",
        "investigate": "Start investigation",
        "resolve": "Resolved",
        "review": "Reviewed",
        "close": "Close",
    },
    transitions=(
        step(
            "reported",
            "triage",
            "triaged",
            by="compliance_lead ai_system_owner",
            guards=(
                "severity, systems, people affected",
                "legal clocks checked (serious incident, data breach, contract)",
            ),
            effects=("start clocks", "inform top management if critical"),
        ),
        step(
            "triaged",
            "dismiss",
            "not_incident",
            by="compliance_lead",
            guards=("reason given",),
            effects=("tell reporter",),
        ),
        step(
            "triaged",
            "contain",
            "contained",
            by="ai_system_owner",
            effects=("user notices per plan (A.8.4)",),
        ),
        step(
            "contained",
            "investigate",
            "investigating",
            by="ai_system_owner compliance_lead",
            guards=("evidence kept unaltered",),
        ),
        step(
            "investigating",
            "resolve",
            "resolved",
            by="ai_system_owner",
            guards=("cause and fix recorded",),
        ),
        step(
            "resolved",
            "review",
            "post_review",
            by="compliance_lead",
            guards=("lessons, need for corrective action decided",),
            effects=("create Nonconformity if needed", "trigger risk and impact reassessment"),
        ),
        step(
            "post_review",
            "close",
            "closed",
            by="compliance_lead",
            guards=("notices sent or reason", "closer is not the resolver"),
            effects=("feed trends",),
        ),
    ),
)

ENDED = frozenset({"closed", "not_incident"})
#: From here on the answers about clocks start them.
CLOCKS_RUN = INCIDENT.states - {"reported", "not_incident"}


def require_moments(*, happened_at: datetime | None, noticed_at: datetime | None, now: datetime) -> None:
    """Nothing happened after it was noticed, and neither lies ahead."""
    if noticed_at is None:
        raise RuleBroken("Say when it was noticed: clocks run from there.", field="noticed_at")
    if noticed_at > now:
        raise RuleBroken("This moment lies ahead.", field="noticed_at")
    if happened_at is not None and happened_at > noticed_at:
        raise RuleBroken("It happened after it was noticed: check both moments.", field="happened_at")


def checks_left(*, serious: str, data_breach: str, contract_duty: str, has_contract_clock: bool) -> list[str]:
    """What of the legal questions has no answer yet."""
    left = []
    if not serious:
        left.append("whether it is a serious incident")
    if not data_breach:
        left.append("whether personal data were breached")
    if not contract_duty:
        left.append("whether a contract asks for a notice")
    elif contract_duty == "yes" and not has_contract_clock:
        left.append("which contract clause asks for the notice")
    return left


def quarter(moment: datetime) -> str:
    return f"{moment.year} Q{(moment.month + 2) // 3}"


def typical(spans: Iterable[timedelta]) -> timedelta | None:
    """The median, which one bad case does not move."""
    seconds = [span.total_seconds() for span in spans]
    return timedelta(seconds=median(seconds)) if seconds else None
