"""What is put to top management: treatment plans and residual-risk acceptances (SM-06)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.permissions import TOP
from risk.enums import PlanKind, PlanState, RiskState, TreatmentOption
from risk.models import Risk, RiskApproval
from risk.queries import current_level
from risk.rules import APPROVAL
from risk.services.risks import move_risk
from risk.services.telling import tell, with_role

#: From which state an acceptance leads to “accepted”, and by which step.
ACCEPTED_BY = {RiskState.EVALUATED: "accept", RiskState.TREATED: "accept_residual"}


@transaction.atomic
def propose_acceptance(
    *, actor: Actor, risk: Risk, reason: str, expires_on: datetime.date | None, now: datetime.datetime
) -> RiskApproval:
    """Put the acceptance of what remains of a risk to top management, with an end."""
    permissions.require(actor, "risk.propose_acceptance", risk)
    if risk.state not in ACCEPTED_BY:
        raise RuleBroken(
            f"A risk that is {risk.get_state_display().lower()} is not put up for acceptance.",
            field="state",
            code="state",
        )
    if risk.approvals.filter(kind=PlanKind.ACCEPTANCE, state=PlanState.SUBMITTED).exists():
        raise RuleBroken("An acceptance of this risk waits for a decision already.")
    if not risk.option:
        Risk.objects.filter(pk=risk.pk).update(option=TreatmentOption.RETAIN)
        risk.option = TreatmentOption.RETAIN
    approval: RiskApproval = RiskApproval.objects.create(
        kind=PlanKind.ACCEPTANCE,
        risk=risk,
        residual_level=current_level(risk),
        reason=reason.strip(),
        expires_on=expires_on,
        submitted_by_id=actor.member_id,
    )
    trail.record(actor, "riskapproval.drafted", approval, after={"risk": risk.pk, "kind": approval.kind})
    return submit_approval(actor=actor, approval=approval, now=now)


@transaction.atomic
def submit_approval(*, actor: Actor, approval: RiskApproval, now: datetime.datetime) -> RiskApproval:
    permissions.require(actor, "risk.submit_approval", approval)
    changes = {
        "submitted_by_id": actor.member_id,
        "submitted_at": now,
        "residual_level": current_level(approval.risk),
    }
    _move(actor, approval, "submit", now=now, changes=changes)
    what = "treatment plan" if approval.kind == PlanKind.TREATMENT else "acceptance"
    text = f"The {what} of {approval.risk.reference} “{approval.risk.title}” waits for your decision."
    tell(with_role(TOP, but=actor.member_id), approval.risk, f"submitted-{approval.pk}", text, now=now)
    return approval


@transaction.atomic
def approve(
    *, actor: Actor, approval: RiskApproval, now: datetime.datetime, comment: str = ""
) -> RiskApproval:
    """Sign it. Approving an acceptance accepts the risk in the same step: it is one decision."""
    permissions.require(actor, "risk.decide_approval", approval)
    changes = {"decided_by_id": actor.member_id, "decided_at": now, "comment": comment.strip()}
    _move(actor, approval, "approve", now=now, given={"comment": comment}, changes=changes)
    if approval.kind == PlanKind.ACCEPTANCE and approval.risk.state in ACCEPTED_BY:
        accept(actor=actor, risk=approval.risk, now=now)
    _tell_submitter(approval, "approved", now)
    return approval


@transaction.atomic
def reject(*, actor: Actor, approval: RiskApproval, comment: str, now: datetime.datetime) -> RiskApproval:
    permissions.require(actor, "risk.decide_approval", approval)
    changes = {"decided_by_id": actor.member_id, "decided_at": now, "comment": comment.strip()}
    _move(actor, approval, "reject", now=now, given={"comment": comment}, changes=changes)
    _tell_submitter(approval, "rejected", now)
    return approval


@transaction.atomic
def revoke(*, actor: Actor, approval: RiskApproval, reason: str, now: datetime.datetime) -> RiskApproval:
    """Take an approval back; an accepted risk is open again."""
    permissions.require(actor, "risk.decide_approval", approval)
    _move(actor, approval, "revoke", now=now, given={"reason": reason})
    _tell_submitter(approval, "revoked", now)
    return approval


@transaction.atomic
def expire_approval(*, actor: Actor, approval: RiskApproval, now: datetime.datetime) -> RiskApproval:
    permissions.require(actor, "risk.expire_approval", approval)
    _move(actor, approval, "expire", now=now)
    return approval


@transaction.atomic
def accept(*, actor: Actor, risk: Risk, now: datetime.datetime) -> Risk:
    """Accept a risk within appetite, or what remains under an approved acceptance."""
    permissions.require(actor, "risk.accept", risk)
    move_risk(actor, risk, ACCEPTED_BY.get(RiskState(risk.state), "accept"), now=now)
    return risk


def _move(
    actor: Actor,
    approval: RiskApproval,
    action: str,
    *,
    now: datetime.datetime,
    given: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    transitions.move(APPROVAL, approval, action, actor=actor, now=now, given=given, changes=changes)


def _tell_submitter(approval: RiskApproval, decision: str, now: datetime.datetime) -> None:
    what = "plan" if approval.kind == PlanKind.TREATMENT else "acceptance"
    text = f"The {what} of {approval.risk.reference} “{approval.risk.title}” was {decision}."
    tell([approval.submitted_by], approval.risk, f"{decision}-{approval.pk}", text, now=now)
