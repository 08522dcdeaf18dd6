"""Decisions of governance bodies are reminded of until they are done."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core.registry import Due
from aims.core.templatetags.formats import day_text
from inventory.models import BodyDecision
from inventory.reminders.falling_due import compliance_leads, falling_due


def due(today: datetime.date) -> Iterator[Due]:
    leads = compliance_leads()
    for decision in BodyDecision.objects.open().select_related("meeting__body"):
        yield from falling_due(
            "body_decision",
            decision,
            due_date=decision.due_date,
            today=today,
            owner=decision.owner_id,
            leads=leads,
            text=f"Decision of {decision.meeting.body}: {decision}: {day_text(decision.due_date)}",
            url=decision.meeting.get_absolute_url(),
        )
