"""Notices about incidents are reminded of before their clock ends, and each day after."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core.days import local_today
from aims.core.registry import Due
from aims.core.templatetags.formats import day_text
from inventory.models import IncidentNotice
from inventory.models.incidents import OPEN_NOTICE
from inventory.reminders.falling_due import compliance_leads, falling_due

RULE = "legal_clock"


def due(today: datetime.date) -> Iterator[Due]:
    """Whoever answers for the incident and the compliance leads, until it is sent or a reason is given."""
    leads = compliance_leads()
    running = IncidentNotice.objects.filter(OPEN_NOTICE).exclude(due_at=None).order_by("pk")
    for notice in running.select_related("incident__organization"):
        last, incident = local_today(notice.due_at), notice.incident
        yield from falling_due(
            RULE,
            notice,
            due_date=last,
            today=today,
            owner=incident.owner_id,
            leads=leads,
            text=f"{incident.reference}: {notice.title[:200]} ends {day_text(last)}",
            url=incident.get_absolute_url(),
        )
