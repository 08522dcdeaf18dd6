"""What time moves: acceptances that end, risks whose review has come, assessments that are due again."""

from __future__ import annotations

import datetime

from django.utils import timezone

from aims.core.actor import Actor
from aims.core.days import local_today
from risk.enums import AssessmentState, PlanKind, PlanState, RiskState
from risk.guards.assessments import NEAR_DAYS
from risk.models import ImpactAssessment, Risk, RiskApproval
from risk.services import approvals, assessments, risks


def daily_round(actor: Actor, today: datetime.date) -> None:
    """Running it twice on a day changes nothing the second time."""
    now = _moment_on(today)
    expire_acceptances(actor, today, now)
    reopen_reviewed_risks(actor, today, now)
    mark_assessments_due(actor, today, now)


def expire_acceptances(actor: Actor, today: datetime.date, now: datetime.datetime) -> None:
    ended = RiskApproval.objects.filter(
        kind=PlanKind.ACCEPTANCE, state=PlanState.APPROVED, expires_on__lte=today
    )
    for approval in ended.select_related("risk__owner", "decided_by"):
        approvals.expire_approval(actor=actor, approval=approval, now=now)


def reopen_reviewed_risks(actor: Actor, today: datetime.date, now: datetime.datetime) -> None:
    due = Risk.objects.filter(state=RiskState.ACCEPTED, review_date__lte=today)
    for risk in due.select_related("system", "owner"):
        risks.reopen(actor=actor, risk=risk, reason="The review date has come.", now=now)


def mark_assessments_due(actor: Actor, today: datetime.date, now: datetime.datetime) -> None:
    near = today + datetime.timedelta(days=NEAR_DAYS)
    screened_out = ImpactAssessment.objects.filter(state=AssessmentState.SCREENED_OUT, next_date__lte=today)
    approved = ImpactAssessment.objects.filter(state=AssessmentState.APPROVED, next_date__lte=near)
    for found in (screened_out, approved):
        for assessment in found.select_related("system__owner"):
            assessments.mark_due(actor=actor, assessment=assessment, now=now)


def _moment_on(today: datetime.date) -> datetime.datetime:
    """Now, or noon of another day when a round is run for one."""
    now = timezone.now()
    if local_today(now) == today:
        return now
    return datetime.datetime.combine(today, datetime.time(12), tzinfo=datetime.UTC)
