"""An alert is to be acknowledged, and what is done about one finished, by its day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core.days import local_today
from aims.core.registry import Due
from aims.core.templatetags.formats import day_text
from inventory.enums import AlertState
from inventory.models import Alert
from inventory.reminders.falling_due import compliance_leads, falling_due


def due(today: datetime.date) -> Iterator[Due]:
    leads = compliance_leads()
    for alert in Alert.objects.unfinished().select_related("metric__system", "organization"):
        is_open = alert.state == AlertState.OPEN
        due_date = local_today(alert.due_at) if is_open else alert.action_due_date
        if due_date is None:
            continue
        what = "acknowledge" if is_open else "finish what is done about"
        yield from falling_due(
            "metric_alert" if is_open else "alert_action",
            alert,
            due_date=due_date,
            today=today,
            owner=alert.metric.owner_id or alert.metric.system.owner_id,
            leads=leads,
            text=f"{alert.reference} {alert.title}: {what} it by {day_text(due_date)}",
            url=alert.get_absolute_url(),
        )
