"""What this person can do with a risk or an assessment now, and what still stands in the way."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from aims.core import permissions, transitions
from aims.core.actor import Actor
from aims.core.enums import Role
from risk import taxonomy
from risk.enums import PlanState, RiskState
from risk.models import Risk, RiskApproval
from risk.queries import current_level
from risk.rules import RISK
from risk.scoring import Criteria, acceptance_ends_by


@dataclass(frozen=True)
class Act:
    """How an action of the machine appears: its words, its verb, its page; a button posts at once."""

    label: str
    verb: str
    url_name: str
    is_button: bool = False


ACTS = {
    "analyse": Act("Score", "risk.rate", "risk_rate"),
    "evaluate": Act("Evaluate", "risk.evaluate", "risk_evaluate", is_button=True),
    "plan_treatment": Act("Plan treatment", "risk.plan_treatment", "treatment"),
    "accept": Act("Accept", "risk.accept", "risk_accept", is_button=True),
    "start_treatment": Act("Start treatment", "risk.start_treatment", "risk_start", is_button=True),
    "complete_treatment": Act("Complete treatment", "risk.complete_treatment", "risk_complete"),
    "not_effective": Act("Report that it does not work", "risk.report_not_effective", "risk_not_effective"),
    "accept_residual": Act("Accept what remains", "risk.accept", "risk_accept", is_button=True),
    "reopen": Act("Reopen", "risk.reopen", "risk_reopen"),
    "close": Act("Close", "risk.close", "risk_close"),
}
#: What can be done beside the steps of the machine, by state.
BESIDE = {
    RiskState.ANALYSED: (Act("Score again", "risk.rate", "risk_rate"),),
    RiskState.EVALUATED: (
        Act("Score again", "risk.rate", "risk_rate"),
        Act("Propose acceptance", "risk.propose_acceptance", "risk_acceptance"),
    ),
    RiskState.TREATMENT_PLANNED: (
        Act("Score again", "risk.rate", "risk_rate"),
        Act("Revise plan", "risk.plan_treatment", "treatment"),
    ),
    RiskState.IN_TREATMENT: (
        Act("Score again", "risk.rate", "risk_rate"),
        Act("Revise plan", "risk.plan_treatment", "treatment"),
    ),
    RiskState.TREATED: (
        Act("Score again", "risk.rate", "risk_rate"),
        Act("Propose acceptance", "risk.propose_acceptance", "risk_acceptance"),
    ),
}
WAY = (
    (RiskState.IDENTIFIED, "Identified"),
    (RiskState.ANALYSED, "Analysed"),
    (RiskState.EVALUATED, "Evaluated"),
    (RiskState.TREATMENT_PLANNED, "Planned"),
    (RiskState.IN_TREATMENT, "In treatment"),
    (RiskState.TREATED, "Treated"),
    (RiskState.ACCEPTED, "Accepted"),
)


@dataclass(frozen=True)
class Step:
    """`waits` are the sentences of the guards that refuse now; `who` is named when it is for others."""

    label: str
    url: str
    is_button: bool
    is_mine: bool
    who: str
    waits: tuple[str, ...]


def steps_for(risk: Risk, actor: Actor, *, now: datetime.datetime) -> list[Step]:
    """Every step out of the state, the person's own first."""
    slug = risk.organization_slug
    found = []
    for row in RISK.from_state(risk.state):
        act = ACTS[row.action]
        mine = bool(actor.roles & row.by) and permissions.can(actor, act.verb, risk)
        waits: tuple[str, ...] = ()
        if mine and act.is_button:
            refused = transitions.obstacles(RISK, risk, row.action, actor=actor, now=now)
            waits = tuple(str(each) for each in refused)
        found.append(_step(act, risk, slug, mine, row.by, waits))
    for act in BESIDE.get(RiskState(risk.state), ()):
        if permissions.can(actor, act.verb, risk):
            found.append(_step(act, risk, slug, True, frozenset(), ()))
    return sorted(found, key=lambda step: not step.is_mine)


def _step(act: Act, risk: Risk, slug: str, mine: bool, by: frozenset[str], waits: tuple[str, ...]) -> Step:
    url = reverse(act.url_name, args=[slug, risk.pk]) if mine else ""
    return Step(act.label, url, act.is_button, mine, _spoken(by), waits)


def _spoken(roles: frozenset[str]) -> str:
    names = sorted(Role(role).label.lower() for role in roles if role != "system")
    return " or ".join(names)


def path_of(risk: Risk) -> list[dict[str, str]]:
    """The way of a risk as c-steps shows it; a closed one is past all of it."""
    states = [state for state, _ in WAY]
    here = states.index(RiskState(risk.state)) if risk.state in states else len(states)
    return [
        {"label": label, "state": "done" if at < here else "current" if at == here else "later"}
        for at, (_, label) in enumerate(WAY)
    ]


def acts_on(approval: RiskApproval, actor: Actor) -> list[dict[str, str]]:
    """The buttons beside a plan or acceptance for this person."""
    slug = approval.organization_slug
    found = []
    if approval.state == PlanState.DRAFT and permissions.can(actor, "risk.submit_approval", approval):
        found.append(("submit", "Send to top management", "primary"))
    if permissions.can(actor, "risk.decide_approval"):
        if approval.state == PlanState.SUBMITTED:
            found += [("approve", "Approve", "primary"), ("reject", "Reject", "danger")]
        elif approval.state == PlanState.APPROVED:
            found.append(("revoke", "Revoke", "danger"))
    return [
        {
            "action": action,
            "label": label,
            "tone": tone,
            "url": reverse(f"risk_approval_{action}", args=[slug, approval.pk]),
            "field": {"reject": "comment", "revoke": "reason", "approve": "comment"}.get(action, ""),
        }
        for action, label, tone in found
    ]


def category_name(id: str) -> str:
    return next((each.name for each in taxonomy.categories() if each.id == id), "")


def suggested_rating(risk: Risk) -> str:
    """What the library of scenarios starts from, in words; a start and no result."""
    if not risk.scenario:
        return ""
    try:
        found = taxonomy.scenario(risk.scenario)
    except KeyError:
        return ""
    return (
        f"The library starts this scenario at likelihood {found.default_likelihood} and severity"
        f" {found.default_severity}. Watch for: {found.early_warning}"
    )


def latest_acceptance(risk: Risk, criteria: Criteria, *, today: datetime.date) -> Any:
    now = current_level(risk)
    return acceptance_ends_by(now, accepted_on=today, criteria=criteria) if now else None
