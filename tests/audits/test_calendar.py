"""The dates of the calendar, on the days of the organization."""

from __future__ import annotations

import datetime

import pytest

from aims.core.days import end_of_day
from aims.core.enums import GrantState
from aims.core.models import AccessGrant, Organization, Person
from aims.core.tenancy.context import acting_as, acting_in
from audits.calendar import audit_dates
from audits.models import Engagement
from tests.cast import NOW, House

pytestmark = pytest.mark.django_db
NOVEMBER = datetime.date(2026, 11, 1), datetime.date(2026, 11, 30)
DECEMBER = datetime.date(2026, 12, 1), datetime.date(2026, 12, 31)


def access_until(last_day: datetime.date) -> None:
    grant = AccessGrant.objects.create(
        user=Person.objects.create_user("ada@auditors.test", "Ada Auditor", "correct horse battery staple"),
        name="Ada",
        purpose="Stage 1",
        state=GrantState.ACTIVE,
        starts_at=NOW,
        ends_at=end_of_day(last_day),
        accepted_at=NOW,
    )
    Engagement.objects.create(grant=grant, kind="stage1", title="Stage 1", created_at=NOW)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "UTC", "Pacific/Auckland"])
def test_an_access_ends_in_the_month_of_its_last_day_there(house: House, zone: str) -> None:
    with acting_in(house.organization):
        Organization.objects.update(time_zone=zone)
    with acting_as(house.lead) as actor:
        access_until(NOVEMBER[1])  # already December in UTC for Los Angeles

        assert [entry.day for entry in audit_dates(actor, *NOVEMBER)] == [NOVEMBER[1]]
        assert list(audit_dates(actor, *DECEMBER)) == []
