"""What time moves: suppliers whose review has come, readings that stay out, alerts nobody acknowledged."""

from __future__ import annotations

import datetime

from django.utils import timezone

from aims.core.actor import Actor
from inventory.enums import AlertState, ReviewTrigger, SupplierState
from inventory.models import Alert, Supplier
from inventory.queries.monitoring import silent_streams
from inventory.services import alerts
from inventory.services.suppliers import move_supplier


def daily_round(actor: Actor, today: datetime.date) -> None:
    """Running it twice on a day changes nothing the second time."""
    now = _moment_of(today)
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


def monitoring_round(actor: Actor, today: datetime.date) -> None:
    """Several times a day; what was noticed once is not noticed again."""
    now = _moment_of(today)
    for metric, group, since in list(silent_streams(now=now)):
        alerts.notice_silence(metric, group=group, missing_since=since, now=now)
    waiting = Alert.objects.filter(state=AlertState.OPEN, escalated_at=None, due_at__lt=now)
    for alert in waiting.select_related("metric__system", "organization").order_by("id"):
        alerts.escalate(alert, now=now)


def _moment_of(today: datetime.date) -> datetime.datetime:
    now = timezone.now()
    if timezone.localdate(now) != today:  # a round that is run for another day: its noon
        now = datetime.datetime.combine(today, datetime.time(12), tzinfo=datetime.UTC)
    return now
