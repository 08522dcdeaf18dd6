"""Days where an organization lives. Moments are stored in UTC, days without a zone."""

from __future__ import annotations

import datetime
import zoneinfo

from django.utils import timezone

from aims.core.models import Organization
from aims.core.tenancy.context import current_actor


def organization_zone() -> zoneinfo.ZoneInfo:
    organization = Organization.objects.get(pk=current_actor().organization_id)
    return zoneinfo.ZoneInfo(organization.time_zone)


def local_today(now: datetime.datetime | None = None) -> datetime.date:
    """Today where the organization acted in lives."""
    return (now or timezone.now()).astimezone(organization_zone()).date()


def end_of_day(day: datetime.date, zone: datetime.tzinfo | None = None) -> datetime.datetime:
    """The last moment of a day, for reading row history; in the zone of the installation unless told."""
    return datetime.datetime.combine(day, datetime.time.max, tzinfo=zone or timezone.get_current_timezone())
