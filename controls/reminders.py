"""What falls due in controls; core keeps the uniqueness and the delivery."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from django.utils import timezone

from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.models import Member
from aims.core.permissions import LEAD as LEAD_ROLE
from aims.core.registry import Due
from aims.core.schedule import LEAD, OWNER, RULES, WEEKLY, Audience, Rule, reminders_due
from controls import competence_queries, queries, rules, services
from controls.competence import NEAR_DAYS
from controls.enums import ImplementationState
from controls.models import Control, ControlEvidence
from controls.services import competence

REVIEW = Rule("control_review", "Control review", (30, 7, 0), (OWNER, LEAD), WEEKLY)
TARGET = Rule(
    "control_target", "Control implementation", (30, 7, 0), (OWNER, Audience("compliance_lead", -1)), WEEKLY
)


def due(today: datetime.date) -> Iterator[Due]:
    leads = list(Member.objects.with_role(LEAD_ROLE).values_list("pk", flat=True))
    yield from _reviews(today, leads)
    yield from _targets(today, leads)
    yield from _evidence_of_own_controls(today)
    yield from _ends_of_competence(today, leads)


def _reviews(today: datetime.date, leads: list[int]) -> Iterator[Due]:
    wanted = Control.objects.exclude(state=ImplementationState.EXCLUDED)
    for control in wanted.filter(next_review_date__lte=_horizon(REVIEW, today)).select_related(
        "organization"
    ):
        text = f"Review of {control.reference} {control.title}: due {control.next_review_date:%Y-%m-%d}."
        yield from _dues(REVIEW, control, control.next_review_date, today, leads, text)


def _targets(today: datetime.date, leads: list[int]) -> Iterator[Due]:
    unfinished = Control.objects.filter(state__in=rules.UNFINISHED)
    near = unfinished.filter(target_date__lte=_horizon(TARGET, today)).select_related("organization")
    for control in near:
        text = f"{control.reference} {control.title} is to be implemented by {control.target_date:%Y-%m-%d}."
        yield from _dues(TARGET, control, control.target_date, today, leads, text)


def _dues(
    rule: Rule,
    control: Control,
    due_date: datetime.date | None,
    today: datetime.date,
    leads: Iterable[int],
    text: str,
) -> Iterator[Due]:
    if due_date is None:
        return
    people = {"owner": [control.owner_id] if control.owner_id else [], "compliance_lead": list(leads)}
    for reminder in reminders_due(rule, due_date=due_date, today=today):
        told = sorted({pk for who in reminder.to for pk in people[who]})
        if told:
            yield Due(
                rule=rule.id,
                object_type="controls.control",
                object_id=control.pk,
                due_date=due_date,
                member_ids=tuple(told),
                text=text,
                url=control.get_absolute_url(),
                step=reminder.days_left,
            )


def _evidence_of_own_controls(today: datetime.date) -> Iterator[Due]:
    """The owners of the controls that an ending item shows to work; core tells whoever handed it in."""
    rule = RULES["evidence_expiry"]
    links = ControlEvidence.objects.filter(
        control__owner__isnull=False,
        evidence__state__in=["accepted", "expiring"],
        evidence__valid_until__range=(today, _horizon(rule, today)),
    ).select_related("control", "evidence__organization")
    for link in links:
        evidence = link.evidence
        for reminder in reminders_due(rule, due_date=evidence.valid_until, today=today):
            yield Due(
                rule=rule.id,
                object_type="core.evidence",
                object_id=evidence.pk,
                due_date=evidence.valid_until,
                member_ids=(link.control.owner_id,),
                text=f"{evidence.reference} {evidence.title} is valid until {evidence.valid_until:%Y-%m-%d}",
                url=evidence.get_absolute_url(),
                step=reminder.days_left,
            )


def _horizon(rule: Rule, today: datetime.date) -> datetime.date:
    return today + datetime.timedelta(days=max(rule.days_before))


def daily_round(actor: Actor, today: datetime.date) -> None:
    """What worked and has only expired evidence left no longer counts as working."""
    now = timezone.now()
    if local_today(now) != today:
        now = datetime.datetime.combine(today, datetime.time(12), tzinfo=datetime.UTC)
    for control in queries.controls_with_expired_evidence_only(today):
        services.degrade(actor=actor, control=control, cause="evidence_expired", now=now)
    end_competence(actor, today, now)


def end_competence(actor: Actor, today: datetime.date, now: datetime.datetime) -> None:
    """Proofs that come near their end, and those whose last day is over."""
    near = today + datetime.timedelta(days=NEAR_DAYS)
    for record in competence_queries.ending(today).filter(state="valid", valid_until__lte=near):
        competence.move_competence(actor=actor, record=record, action="near_end", now=now)
    for record in competence_queries.ending(today).filter(state="expiring", valid_until__lt=today):
        competence.move_competence(actor=actor, record=record, action="end", now=now)


def _ends_of_competence(today: datetime.date, leads: list[int]) -> Iterator[Due]:
    """The person is told, and the compliance leads, as long as the portal knows nobody's manager."""
    rule = RULES["training_validity"]
    for record in competence_queries.ending(today).filter(valid_until__gte=today):
        for reminder in reminders_due(rule, due_date=record.valid_until, today=today):
            yield Due(
                rule=rule.id,
                object_type="controls.competencerecord",
                object_id=record.pk,
                due_date=record.valid_until,
                member_ids=tuple(sorted({record.person_id, *leads})),
                text=f"{record.person.name}, {record}: valid until {record.valid_until:%Y-%m-%d}",
                url=record.get_absolute_url(),
                step=reminder.days_left,
            )
