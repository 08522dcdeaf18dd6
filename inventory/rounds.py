"""What time moves: suppliers whose review has come, readings that stay out, alerts nobody acknowledged."""

from __future__ import annotations

import datetime

from django.utils import timezone

from aims.core.actor import Actor
from inventory.enums import AlertState, ReviewTrigger, SupplierState
from inventory.models import Alert, Supplier, SupplierQuestionnaire
from inventory.models.suppliers import ENDED
from inventory.queries.monitoring import silent_streams
from inventory.services import alerts, questionnaires
from inventory.services.suppliers import move_supplier

DAY = datetime.timedelta(days=1)


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


def questionnaire_round(actor: Actor, today: datetime.date) -> None:
    """Once a day: links that are over, and suppliers whose answer is due in a few days."""
    now = _moment_of(today)
    out = SupplierQuestionnaire.objects.open().select_related("supplier__owner", "organization")
    for questionnaire in out.filter(expires_at__lte=now).order_by("id"):
        questionnaires.expire_questionnaire(actor=actor, questionnaire=questionnaire, now=now)
    soon = today + datetime.timedelta(days=questionnaires.REMIND_DAYS)
    # Whom it was sent yesterday or today needs no reminder.
    waiting = out.filter(due_date__gte=today, due_date__lte=soon, reminded_at=None, sent_at__lt=now - DAY)
    for questionnaire in waiting.exclude(supplier__state__in=ENDED).order_by("id"):
        questionnaires.remind_supplier(actor=actor, questionnaire=questionnaire, now=now)


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
