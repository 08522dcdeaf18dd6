"""Reminders: once per rule, object, due date, step and person; in the portal and by mail, kept as evidence.

Sources are registered by the apps; the scheduler enqueues one round per organization, workers run it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from aims.core.messages import tell
from aims.core.models import Member, Reminder
from aims.core.registry import Due, registry
from aims.core.tenancy.context import current_actor


def run_round(today: datetime.date) -> int:
    """Send what is due and was not sent yet, nothing twice. Returns how many were new."""
    return remind((due for source in registry.reminder_sources for due in source(today)), today)


def remind(dues: Iterable[Due], today: datetime.date) -> int:
    members = {member.pk: member for member in Member.objects.active()}
    return sum(
        _remind(due, members[member_id], today)
        for due in dues
        for member_id in due.member_ids
        if member_id in members
    )


def _remind(due: Due, member: Member, today: datetime.date) -> int:
    days_before = (due.due_date - today).days
    reminder = Reminder(
        organization_id=current_actor().organization_id,
        rule=due.rule,
        object_type=due.object_type,
        object_id=due.object_id,
        due_date=due.due_date,
        days_before=due.step if due.step is not None else days_before,
        member=member,
        text=due.text[:300],
        url=due.url,
    )
    if not due.is_confidential:
        # ON CONFLICT DO NOTHING: eight schedulers at once still write one row.
        Reminder.objects.bulk_create([reminder], ignore_conflicts=True)
    key = f"{due.rule}:{due.object_type}:{due.object_id}:{due.due_date}:{reminder.days_before}"
    return int(tell(member, dedupe=f"reminder:{key}", text=due.text, url=due.url, mail_subject=due.text))
