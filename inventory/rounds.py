"""What time moves: suppliers whose review has come."""

from __future__ import annotations

import datetime

from django.utils import timezone

from aims.core.actor import Actor
from inventory.enums import ReviewTrigger, SupplierState
from inventory.models import Supplier
from inventory.services.suppliers import move_supplier


def daily_round(actor: Actor, today: datetime.date) -> None:
    """Running it twice on a day changes nothing the second time."""
    now = timezone.now()
    if timezone.localdate(now) != today:  # a round that is run for another day: its noon
        now = datetime.datetime.combine(today, datetime.time(12), tzinfo=datetime.UTC)
    due = Supplier.objects.filter(state=SupplierState.ACTIVE, next_review_date__lte=today)
    for supplier in due.select_related("owner", "organization"):
        move_supplier(
            actor=actor,
            supplier=supplier,
            action="trigger_review",
            trigger=ReviewTrigger.DATE,
            reason="The review date has come.",
            now=now,
        )
