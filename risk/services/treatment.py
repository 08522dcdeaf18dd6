"""Treating a risk: plan, start, complete, and what happens when it does not work (SM-05)."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from risk.enums import PlanKind, PlanState, RiskState
from risk.models import Risk, RiskApproval
from risk.queries import current_level, latest_plan
from risk.scoring import Ratings, criteria_from
from risk.services.criteria import require_approved
from risk.services.risks import move_risk


@transaction.atomic
def plan_treatment(
    *,
    actor: Actor,
    risk: Risk,
    option: str,
    plan: str,
    due_date: datetime.date | None,
    now: datetime.datetime,
    control_ids: Collection[int] = (),
    controls: Collection[str] = (),
) -> Risk:
    """Choose an option and write the plan down; it waits as a draft until it is submitted (SM-06).

    `control_ids` are the controls that modify the risk, `controls` what they are called; the app above
    keeps the links.
    """
    permissions.require(actor, "risk.plan_treatment", risk)
    _require_plan(plan, due_date, now)
    move_risk(
        actor,
        risk,
        "plan_treatment",
        now=now,
        given={"option": option, "plan": plan, "control_ids": list(control_ids)},
        changes={"option": option, "treatment_plan": plan.strip(), "treatment_due_date": due_date},
    )
    _draft(actor, risk, controls or [str(pk) for pk in control_ids])
    return risk


@transaction.atomic
def revise_plan(
    *,
    actor: Actor,
    risk: Risk,
    plan: str,
    due_date: datetime.date | None,
    now: datetime.datetime,
    controls: Collection[str] | None = None,
) -> RiskApproval:
    """Write a plan again that was rejected or did not work; the new one needs approval of its own."""
    permissions.require(actor, "risk.plan_treatment", risk)
    if risk.state not in (RiskState.TREATMENT_PLANNED, RiskState.IN_TREATMENT):
        raise RuleBroken(
            f"A plan is not revised while the risk is {risk.get_state_display().lower()}.",
            field="state",
            code="state",
        )
    _require_plan(plan, due_date, now)
    earlier = latest_plan(risk)
    if earlier is not None and earlier.state == PlanState.SUBMITTED:
        raise RuleBroken("The plan waits for a decision. Wait for it before you write another.")
    if earlier is not None and earlier.state == PlanState.DRAFT:
        earlier.delete()
    values = {"treatment_plan": plan.strip(), "treatment_due_date": due_date}
    Risk.objects.filter(pk=risk.pk).update(**values, row_version=risk.row_version + 1)
    for key, value in values.items():
        setattr(risk, key, value)
    risk.row_version += 1
    trail.record(actor, "risk.plan_revised", risk, after={"due": due_date.isoformat() if due_date else None})
    return _draft(actor, risk, controls if controls is not None else (earlier.controls if earlier else ()))


@transaction.atomic
def start_treatment(*, actor: Actor, risk: Risk, now: datetime.datetime) -> Risk:
    permissions.require(actor, "risk.start_treatment", risk)
    move_risk(actor, risk, "start_treatment", now=now)
    return risk


@transaction.atomic
def complete_treatment(
    *,
    actor: Actor,
    risk: Risk,
    residual: Ratings | None,
    done: str,
    now: datetime.datetime,
    treated_on: datetime.date | None = None,
) -> Risk:
    """Say what was done and rate what remains; the residual level is computed like the first one."""
    permissions.require(actor, "risk.complete_treatment", risk)
    today = local_today(now)
    if treated_on is not None and treated_on > today:
        raise RuleBroken("A treatment is completed today at the latest.", field="treated_on")
    changes = {"treated_on": treated_on or today, "treatment_result": done.strip()}
    if residual is not None:
        changes |= _residual(residual)
    given = {"done": done, "residual": residual}
    move_risk(actor, risk, "complete_treatment", now=now, given=given, changes=changes)
    return risk


@transaction.atomic
def report_not_effective(*, actor: Actor, risk: Risk, reason: str, now: datetime.datetime) -> Risk:
    """The check showed that the treatment does not work: back into treatment, with a plan to revise."""
    permissions.require(actor, "risk.report_not_effective", risk)
    move_risk(actor, risk, "not_effective", now=now, given={"reason": reason})
    return risk


def _require_plan(plan: str, due_date: datetime.date | None, now: datetime.datetime) -> None:
    if not plan.strip():
        raise RuleBroken("Describe the plan: what is done, and by whom.", field="plan")
    if due_date is None:
        raise RuleBroken("Give the day by which the treatment is done.", field="due_date")
    if due_date < local_today(now):
        raise RuleBroken("The treatment is due today at the earliest.", field="due_date")


def _residual(ratings: Ratings) -> dict[str, object]:
    criteria = criteria_from(require_approved().content)
    return {
        "residual_likelihood": ratings.likelihood,
        "residual_organization": ratings.organization,
        "residual_individuals": ratings.individuals,
        "residual_society": ratings.society,
        "residual_score": ratings.score,
        "residual_level": ratings.level(criteria),
    }


def _draft(actor: Actor, risk: Risk, controls: Collection[str]) -> RiskApproval:
    approval: RiskApproval = RiskApproval.objects.create(
        kind=PlanKind.TREATMENT,
        risk=risk,
        residual_level=current_level(risk),
        reason=risk.treatment_plan,
        controls=list(controls),
        submitted_by_id=actor.member_id,
    )
    trail.record(actor, "riskapproval.drafted", approval, after={"risk": risk.pk, "kind": approval.kind})
    return approval
