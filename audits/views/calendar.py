"""The calendar, and the record of who was reminded of what."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from aims.core.generic import ListPage, Page
from aims.core.models import Reminder
from aims.core.numbers import counted
from aims.core.schedule import RULES, add_months
from audits import calendar

#: months shown at once -> what the tab says
SPANS = {"3": "Three months", "12": "A year", "36": "The whole cycle"}
LOOK_BACK_MONTHS = 1


class Calendar(Page):
    """List by month: readable, printable, without script."""

    verb = "audits.view_calendar"
    template_name = "audits/calendar.html"

    def context(self) -> Mapping[str, Any]:
        span = self.request.GET.get("months", "12")
        span = span if span in SPANS else "12"
        kind = self.request.GET.get("kind", "")
        kind = kind if kind in calendar.KINDS else ""
        first = add_months(self.today, -LOOK_BACK_MONTHS).replace(day=1)
        last = add_months(self.today, int(span))
        return {
            "months": calendar.months(self.actor, first, last, kind=kind),
            "today": self.today,
            "kinds": calendar.KINDS,
            "kind": kind,
            "span": span,
            "may_see_reminders": self.can("audits.view_reminders"),
            "tabs": [
                {"label": label, "url": f"?months={key}&kind={kind}", "count": "", "current": key == span}
                for key, label in SPANS.items()
            ],
        }


class Reminders(ListPage):
    """Evidence of reminding: one row per rule, record, date, step and person."""

    verb = "audits.view_reminders"
    template_name = "audits/reminders.html"
    sorts = {"sent": "created_at", "due": "due_date"}

    def rows(self) -> Any:
        return Reminder.objects.select_related("member")

    def context(self) -> Mapping[str, Any]:
        context = dict(super().context())
        titles = {key: rule.title for key, rule in RULES.items()}
        context["rows"] = [
            {"reminder": row, "rule": titles.get(row.rule, row.rule), "when": _step(row.days_before)}
            for row in context["page"].object_list
        ]
        return context


def _step(days_before: int) -> str:
    if days_before > 0:
        return f"{counted(days_before, 'day')} before"
    if days_before == 0:
        return "On the day"
    return f"{datetime.timedelta(days=-days_before).days} days overdue"
