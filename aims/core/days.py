"""Days where an organization lives. Moments are stored in UTC, days without a zone."""

from __future__ import annotations

import datetime
import zoneinfo

from django.utils import timezone

from aims.core.numbers import counted
from aims.core.tenancy.context import current_organization


def organization_zone() -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(current_organization().time_zone)


def local_today(now: datetime.datetime | None = None) -> datetime.date:
    """Today where the organization acted in lives."""
    return (now or timezone.now()).astimezone(organization_zone()).date()


def start_of_day(day: datetime.date) -> datetime.datetime:
    """The first moment of a day there; moments are filtered with this and `end_of_day`, not `__date`."""
    return datetime.datetime.combine(day, datetime.time(), tzinfo=organization_zone())


def end_of_day(day: datetime.date) -> datetime.datetime:
    """The last moment of a day there, for reading row history."""
    return datetime.datetime.combine(day, datetime.time.max, tzinfo=organization_zone())


def due_in_words(day: datetime.date, *, today: datetime.date) -> str:
    """in 3 days, today, overdue 1 day"""
    left = (day - today).days
    if left == 0:
        return "today"
    return f"in {counted(left, 'day')}" if left > 0 else f"overdue {counted(-left, 'day')}"
