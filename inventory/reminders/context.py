"""Issues and interested parties are looked at again as their next date comes near."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from aims.core.registry import Due
from aims.core.templatetags.formats import day_text
from inventory.models import ContextIssue, InterestedParty
from inventory.reminders.falling_due import compliance_leads, falling_due


def due(today: datetime.date) -> Iterator[Due]:
    leads = compliance_leads()
    models: tuple[Any, ...] = (ContextIssue, InterestedParty)
    for model in models:
        for record in model.objects.that_matter().exclude(next_review_date=None):
            yield from falling_due(
                "context_review",
                record,
                due_date=record.next_review_date,
                today=today,
                owner=record.owner_id,
                leads=leads,
                text=f"Review of {str(record)[:200]}: {day_text(record.next_review_date)}",
                url=record.get_absolute_url(),
            )
