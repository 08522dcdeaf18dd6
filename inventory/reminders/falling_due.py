"""Whoever answers for a record is told of its day, and the compliance leads where the rule says so."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db import models

from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import Due
from aims.core.schedule import RULES, reminders_due

LONGEST = 290


def falling_due(
    rule: str,
    record: models.Model,
    *,
    due_date: datetime.date,
    today: datetime.date,
    owner: int | None,
    leads: tuple[int, ...],
    text: str,
    url: str,
) -> Iterator[Due]:
    """`owner` is a member's number; without one the leads are told."""
    for reminder in reminders_due(RULES[rule], due_date=due_date, today=today):
        members = {owner} if owner else {*leads}
        if LEAD in reminder.to:
            members |= {*leads}
        if members:
            yield Due(
                rule=rule,
                object_type=record._meta.label_lower,
                object_id=record.pk,
                due_date=due_date,
                member_ids=tuple(sorted(members)),
                text=text[:LONGEST],
                url=url,
                step=reminder.days_left,
            )


def compliance_leads() -> tuple[int, ...]:
    return tuple(Member.objects.with_role(LEAD).values_list("pk", flat=True))
