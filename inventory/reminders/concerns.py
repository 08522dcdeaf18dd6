"""Handlers are reminded to acknowledge a concern and to give feedback; nobody else learns of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.urls import reverse

from aims.core.days import local_today
from aims.core.registry import Due
from aims.core.schedule import RULES, reminders_due
from aims.core.templatetags.formats import day_text
from aims.core.tenancy.context import current_organization
from inventory.models import Concern
from inventory.queries.concerns import waiting
from inventory.rules.concerns import acknowledge_by, feedback_by


def due(today: datetime.date) -> Iterator[Due]:
    waiting_now = waiting()
    if not waiting_now:
        return
    slug = current_organization().slug
    for each in waiting_now:
        received = local_today(each.received_at)
        is_new = each.acknowledged_at is None
        rule = "concern_acknowledgement" if is_new else "concern_feedback"
        last = acknowledge_by(received) if is_new else feedback_by(received)
        what = "Acknowledge a concern" if is_new else "Give feedback on a concern"
        for reminder in reminders_due(RULES[rule], due_date=last, today=today):
            if each.readers:
                yield Due(
                    rule=rule,
                    object_type=Concern._meta.label_lower,
                    object_id=each.concern_id,
                    due_date=last,
                    member_ids=each.readers,
                    text=f"{what} by {day_text(last)}",
                    url=reverse("concern", args=[slug, each.concern_id]),
                    step=reminder.days_left,
                    is_confidential=True,
                )
