"""Disclosures are looked at again as their review comes near."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core.registry import Due
from aims.core.templatetags.formats import day_text
from inventory.models import Disclosure
from inventory.reminders.falling_due import compliance_leads, falling_due


def due(today: datetime.date) -> Iterator[Due]:
    leads = compliance_leads()
    shown = Disclosure.objects.shown().exclude(review_date=None)
    for disclosure in shown.select_related("system", "organization").order_by("pk"):
        last = disclosure.review_date or today
        yield from falling_due(
            "disclosure_review",
            disclosure,
            due_date=last,
            today=today,
            owner=disclosure.owner_id,
            leads=leads,
            text=f"Review {disclosure} of {disclosure.system.name[:120]}: {day_text(last)}",
            url=disclosure.get_absolute_url(),
        )
