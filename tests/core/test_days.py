"""One moment, two days: at half past eleven UTC it is Monday in Auckland and still Sunday in Los Angeles."""

from __future__ import annotations

import datetime

import pytest
import time_machine

from aims.core import evidence, tasks
from aims.core.days import due_in_words, end_of_day, local_today
from aims.core.enums import EvidenceState, GrantState
from aims.core.exceptions import RuleBroken
from aims.core.models import AccessGrant, Evidence, Notification, Organization, Person
from aims.core.tenancy.context import acting_as, acting_in
from tests.cast import House, build_house
from tests.core.evidence_sample import accepted, pdf

MOMENT = datetime.datetime(2026, 11, 22, 11, 30, tzinfo=datetime.UTC)
SUNDAY, MONDAY = datetime.date(2026, 11, 22), datetime.date(2026, 11, 23)


def house_in(zone: str, slug: str) -> House:
    house = build_house(slug.title(), slug)
    with acting_in(house.organization):
        Organization.objects.update(time_zone=zone)
    return house


@pytest.fixture
def auckland(db: None) -> House:
    return house_in("Pacific/Auckland", "auckland")


@pytest.fixture
def angeles(db: None) -> House:
    return house_in("America/Los_Angeles", "angeles")


def test_each_organization_has_its_own_day(auckland, angeles):
    with acting_in(auckland.organization):
        assert local_today(MOMENT) == MONDAY
        with acting_in(angeles.organization):
            assert local_today(MOMENT) == SUNDAY
            assert end_of_day(SUNDAY) == datetime.datetime(
                2026, 11, 23, 7, 59, 59, 999999, tzinfo=datetime.UTC
            )
        assert end_of_day(SUNDAY) == datetime.datetime(2026, 11, 22, 10, 59, 59, 999999, tzinfo=datetime.UTC)


def ask_until(house: House, day: datetime.date) -> None:
    with acting_as(house.lead) as actor:
        evidence.request_evidence(
            actor=actor, title="Access review", member=house.member["owner"], due_date=day, now=MOMENT
        )


def test_a_due_date_lies_in_the_past_where_its_day_is_over(auckland, angeles):
    ask_until(angeles, SUNDAY)
    with pytest.raises(RuleBroken, match="The date lies in the past"):
        ask_until(auckland, SUNDAY)

    for house, asked in ((auckland, 0), (angeles, 1)):
        with acting_in(house.organization):
            assert Evidence.objects.count() == asked


def hand_in_until(house: House, day: datetime.date) -> None:
    with acting_as(house.control_owner) as actor:
        evidence.submit_evidence(
            actor=actor,
            title="Report",
            source="Bench",
            file=pdf(),
            file_name="report.pdf",
            period_from=SUNDAY,
            valid_until=day,
            now=MOMENT,
        )


def test_evidence_is_expired_already_where_its_last_day_is_over(auckland, angeles):
    hand_in_until(angeles, SUNDAY)
    with pytest.raises(RuleBroken, match="expired already"):
        hand_in_until(auckland, SUNDAY)


@pytest.mark.django_db(transaction=True)
def test_the_daily_round_expires_and_reminds_by_the_organizations_day():
    houses = [house_in("Pacific/Auckland", "auckland"), house_in("America/Los_Angeles", "angeles")]
    items = [accepted(house, until=SUNDAY) for house in houses]
    with time_machine.travel(MOMENT, tick=True):
        for house in houses:
            tasks.daily_round(organization_id=house.organization.pk)

    states, told = [], []
    for house, item in zip(houses, items, strict=True):
        with acting_in(house.organization):
            states.append(Evidence.objects.get(pk=item.pk).state)
            told.append(Notification.objects.filter(dedupe__contains=f":core.evidence:{item.pk}:").count())
    assert states[0] == EvidenceState.EXPIRED
    assert states[1] == EvidenceState.EXPIRING
    assert told[1] == 1


@pytest.mark.django_db(transaction=True)
def test_a_grant_ends_with_the_last_day_where_the_organization_lives():
    houses = [house_in("Pacific/Auckland", "auckland"), house_in("America/Los_Angeles", "angeles")]
    person = Person.objects.create_user("ada@auditors.test", "Ada Auditor", "correct horse battery staple")
    for house in houses:
        with acting_in(house.organization):
            AccessGrant.objects.create(
                user=person,
                name="Ada",
                purpose="Stage 1",
                state=GrantState.ACTIVE,
                starts_at=MOMENT - datetime.timedelta(days=3),
                ends_at=end_of_day(SUNDAY),
                accepted_at=MOMENT - datetime.timedelta(days=3),
            )
    with time_machine.travel(MOMENT, tick=True):
        for house in houses:
            tasks.daily_round(organization_id=house.organization.pk)

    states = {}
    for house in houses:
        with acting_in(house.organization):
            states[house.slug] = AccessGrant.objects.get().state
    assert states == {"auckland": GrantState.EXPIRED, "angeles": GrantState.ACTIVE}


@pytest.mark.parametrize(
    ("days", "words"),
    [(3, "in 3 days"), (1, "in 1 day"), (0, "today"), (-1, "overdue 1 day"), (-40, "overdue 40 days")],
)
def test_a_due_day_is_said_in_words(days: int, words: str) -> None:
    today = datetime.date(2027, 3, 1)

    assert due_in_words(today + datetime.timedelta(days=days), today=today) == words
