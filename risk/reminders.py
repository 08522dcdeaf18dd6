"""What falls due in risk and impact assessment; core keeps the schedule, the uniqueness and the delivery."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import Due
from aims.core.schedule import RULES, reminders_due
from risk.enums import AssessmentState, PlanKind, PlanState, RiskState
from risk.models import ImpactAssessment, Risk, RiskApproval


def due(today: datetime.date) -> Iterator[Due]:
    leads = tuple(Member.objects.with_role(LEAD).values_list("pk", flat=True))
    yield from _treatments(today, leads)
    yield from _risk_reviews(today)
    yield from _acceptances(today)
    yield from _assessments(today)


def _treatments(today: datetime.date, leads: tuple[int, ...]) -> Iterator[Due]:
    planned = [RiskState.TREATMENT_PLANNED, RiskState.IN_TREATMENT]
    risks = Risk.objects.filter(state__in=planned, treatment_due_date__lte=_horizon("treatment", today))
    for risk in risks.select_related("organization"):
        text = f"Treatment of {risk.reference} {risk.title}: {_when(risk.treatment_due_date, today)}"
        people = {"owner": (risk.owner_id,), "compliance_lead": leads}
        yield from _dues("treatment", risk, risk.treatment_due_date, today, people, text)


def _risk_reviews(today: datetime.date) -> Iterator[Due]:
    risks = Risk.objects.exclude(state=RiskState.CLOSED).filter(
        review_date__lte=_horizon("reassessment", today)
    )
    for risk in risks.select_related("organization", "system"):
        text = f"Review of {risk.reference} {risk.title}: {_when(risk.review_date, today)}"
        system_owner = risk.system.owner_id if risk.system else None
        people = {"risk_owner": (risk.owner_id,), "ai_system_owner": (system_owner,)}
        yield from _dues("reassessment", risk, risk.review_date, today, people, text)


def _acceptances(today: datetime.date) -> Iterator[Due]:
    running = RiskApproval.objects.filter(
        kind=PlanKind.ACCEPTANCE,
        state=PlanState.APPROVED,
        expires_on__lte=_horizon("acceptance_expiry", today),
    )
    for approval in running.select_related("risk__organization"):
        risk = approval.risk
        text = f"Acceptance of {risk.reference} {risk.title}: {_when(approval.expires_on, today, 'ends')}"
        people = {"risk_owner": (risk.owner_id,), "approver": (approval.decided_by_id,)}
        yield from _dues("acceptance_expiry", risk, approval.expires_on, today, people, text)


def _assessments(today: datetime.date) -> Iterator[Due]:
    decided = [AssessmentState.SCREENED_OUT, AssessmentState.APPROVED, AssessmentState.DUE]
    found = ImpactAssessment.objects.filter(
        state__in=[*decided, AssessmentState.IN_PROGRESS], next_date__lte=_horizon("reassessment", today)
    )
    for assessment in found.select_related("organization", "system"):
        system = assessment.system
        text = f"Impact assessment of {system.reference} {system.name}: {_when(assessment.next_date, today)}"
        people = {"ai_system_owner": (system.owner_id,), "risk_owner": (system.risk_owner_id,)}
        yield from _dues("reassessment", assessment, assessment.next_date, today, people, text)


def _dues(
    rule: str,
    obj: Any,
    due_date: datetime.date | None,
    today: datetime.date,
    people: Mapping[str, Iterable[int | None]],
    text: str,
) -> Iterator[Due]:
    if due_date is None:
        return
    for reminder in reminders_due(RULES[rule], due_date=due_date, today=today):
        told = {pk for who in reminder.to for pk in people.get(who, ()) if pk is not None}
        if told:
            yield Due(
                rule=rule,
                object_type=obj._meta.label_lower,
                object_id=obj.pk,
                due_date=due_date,
                member_ids=tuple(sorted(told)),
                text=text,
                url=obj.get_absolute_url(),
                step=reminder.days_left,
            )


def _horizon(rule: str, today: datetime.date) -> datetime.date:
    return today + datetime.timedelta(days=max(RULES[rule].days_before))


def _when(day: datetime.date | None, today: datetime.date, word: str = "due") -> str:
    if day is None:
        return "no day set."
    left = (day - today).days
    if left < 0:
        return f"overdue by {-left} {'day' if left == -1 else 'days'}."
    return f"{word} {'today' if left == 0 else f'on {day.isoformat()}'}."
