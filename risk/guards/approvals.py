"""What SM-06 asks of a treatment plan or an acceptance that is put to a person with authority."""

from __future__ import annotations

from aims.core import snapshots
from aims.core.actor import system_actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.registry import registry
from aims.core.separation import keep_apart
from aims.core.transitions import Facts
from risk.enums import PlanKind, RiskState
from risk.models import RiskApproval
from risk.queries import current_level, current_scales
from risk.rules import (
    Acceptance,
    Proposal,
    authority_of,
    require_acceptable,
    require_complete_proposal,
)
from risk.scoring import rank
from risk.services import risks
from risk.services.telling import tell

guard, effect = registry.guard, registry.effect


@guard("SM-06", "residual level, reason, controls, expiry filled")
def proposal_is_complete(facts: Facts) -> None:
    approval: RiskApproval = facts.obj
    proposal = Proposal(
        kind=approval.kind,
        level=current_level(approval.risk),
        reason=approval.reason,
        option=approval.risk.option,
        controls=approval.controls,
        expires_on=approval.expires_on,
    )
    require_complete_proposal(proposal, today=local_today(facts.now), criteria=current_scales())


@guard("SM-06", "authority level matches residual band")
def authority_covers_level(facts: Facts) -> None:
    """Asked of the level the risk has now: what was scored higher after the submission needs a new one."""
    approval: RiskApproval = facts.obj
    level = current_level(approval.risk)
    if not level or rank(level) > rank(approval.residual_level):
        raise RuleBroken(
            f"The risk was scored {level or 'not at all'} after this was submitted as"
            f" {approval.residual_level}. Reject it and ask for a new one.",
            field="level",
        )
    if approval.kind == PlanKind.TREATMENT:
        _require_authority(facts, level)
        return
    keep_apart(
        "SOD-04",
        actor=facts.actor,
        obj=approval,
        hands=[approval.risk.owner_id],
        sentence="You own this risk. Its owner does not accept it alone.",
        field="approver",
    )
    acceptance = Acceptance(
        level=approval.residual_level,
        approver=facts.actor.member_id or 0,
        authors=(),  # asked by “actor is not author” before
        authority=authority_of(facts.actor.roles),
        reason=approval.reason,
        accepted_on=local_today(facts.now),
        expires_on=approval.expires_on,
    )
    require_acceptable(acceptance, criteria=current_scales())


def _require_authority(facts: Facts, level: str) -> None:
    authority = authority_of(facts.actor.roles)
    if not authority or rank(authority) < rank(level):
        raise RuleBroken(
            f"A {level} risk needs an approver with authority for that level.", field="authority"
        )


@guard("SM-06", "expiry date reached")
def expiry_is_reached(facts: Facts) -> None:
    expires_on = facts.obj.expires_on
    if expires_on is None or expires_on > local_today(facts.now):
        until = expires_on.isoformat() if expires_on else "no set day"
        raise RuleBroken(f"It runs until {until}.", field="expires_on")


@effect("SM-06", "sign with date")
def freeze_decision(facts: Facts) -> None:
    """What was signed, by whom and when, is kept word for word."""
    approval: RiskApproval = facts.obj
    content = {
        "kind": approval.kind,
        "risk": approval.risk.reference,
        "title": approval.risk.title,
        "level": approval.residual_level,
        "option": approval.risk.option,
        "controls": approval.controls,
        "reason": approval.reason,
        "treatment_due": approval.risk.treatment_due_date,
        "expires_on": approval.expires_on,
        "submitted_by": approval.submitted_by_id,
        "approved_by": facts.actor.member_id,
        "approved_at": facts.now,
        "comment": approval.comment,
    }
    snapshot = snapshots.freeze(facts.actor, approval, content, now=facts.now)
    RiskApproval.objects.filter(pk=approval.pk).update(snapshot=snapshot)
    approval.snapshot = snapshot


@effect("SM-06", "reopen risk")
def reopen_accepted_risk(facts: Facts) -> None:
    approval: RiskApproval = facts.obj
    if approval.kind != PlanKind.ACCEPTANCE or approval.risk.state != RiskState.ACCEPTED:
        return
    risks.reopen(
        actor=system_actor(facts.actor.organization_id),
        risk=approval.risk,
        reason=f"The acceptance was {approval.get_state_display().lower()}.",
        now=facts.now,
    )


@effect("SM-06", "notify")
def tell_of_expiry(facts: Facts) -> None:
    approval: RiskApproval = facts.obj
    text = f"The acceptance of {approval.risk.reference} has expired; the risk is open again."
    tell([approval.risk.owner, approval.decided_by], approval.risk, "expired", text, now=facts.now)
