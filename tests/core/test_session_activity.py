from __future__ import annotations

import datetime

import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from tests.cast import House

MINUTE = datetime.timedelta(minutes=1)


def last_seen() -> datetime.datetime:
    return UserSession.objects.get().last_seen_at


def test_activity_of_a_session_is_noted_every_minute(house: House, lead: Client) -> None:
    start = timezone.now().replace(microsecond=0)  # the session began in this hour
    noted = []
    for minutes in (0, 0.5, 1.5):
        with time_machine.travel(start + minutes * MINUTE, tick=False):
            lead.get(house.url())
            noted.append(last_seen())

    assert noted == [start, start, start + 1.5 * MINUTE]


def test_a_session_with_a_new_key_is_noted_at_once(house: House, lead: Client) -> None:
    lead.get(house.url())
    first = UserSession.objects.get().session_key
    session = lead.session
    session.cycle_key()
    session.save()
    lead.cookies["sessionid"] = session.session_key

    lead.get(house.url())

    assert UserSession.objects.exclude(session_key=first).count() == 1
