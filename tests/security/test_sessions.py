"""A session ends with the password it began with, and with the membership it came by."""

from __future__ import annotations

import time

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from aims.core.models import Organization, TrailEvent
from aims.core.services.organizations import add_member, change_roles, deactivate_member
from aims.core.services.sign_in import change_sign_in_rules
from aims.core.sessions import device_of
from aims.core.tenancy.context import acting_in
from tests.cast import PASSWORD, House, acting_for, as_member


def test_a_new_password_ends_every_other_session(house: House) -> None:
    user = house.member["lead"].user
    user.set_password(PASSWORD)
    user.save()
    one, other = Client(), Client()
    for client in (one, other):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    new = "another long passphrase"

    one.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    user.refresh_from_db()
    assert user.check_password(new)
    assert other.get(house.url()).status_code == 302


def test_a_deactivated_member_loses_pages_and_api_at_once(house: House) -> None:
    client = as_member(house, "staff")
    assert client.get(house.url()).status_code == 200

    with acting_in(house.organization):
        deactivate_member(actor=house.admin, member=house.member["staff"], reason="Left the clinic")

    assert client.get(house.url()).status_code == 404
    assert client.get(house.api("systems")).status_code == 404


def aged(client: Client, **seconds: float) -> Client:
    """began=… or used=…: that many seconds ago."""
    session = client.session
    for what, ago in seconds.items():
        session[f"session_{what}_at"] = time.time() - ago
    session.save()
    return client


def is_in(client: Client, house: House) -> bool:
    page, api = client.get(house.url()), client.get(house.api("systems"))
    assert (page.status_code, api.status_code) in {(200, 200), (302, 401)}
    return page.status_code == 200


@pytest.mark.parametrize(("hours", "stays"), [(11.9, True), (12.1, False)])
def test_a_session_ends_twelve_hours_after_sign_in(house: House, hours: float, stays: bool) -> None:
    client = aged(as_member(house, "lead"), began=hours * 3600, used=10)

    assert is_in(client, house) is stays


@pytest.mark.parametrize(("minutes", "stays"), [(29, True), (31, False)])
def test_a_session_ends_when_it_is_unused_for_half_an_hour(house: House, minutes: int, stays: bool) -> None:
    client = aged(as_member(house, "lead"), began=3600, used=minutes * 60)

    assert is_in(client, house) is stays


def test_an_organization_allows_less(house: House) -> None:
    with acting_for(house, "admin") as actor:
        change_sign_in_rules(
            actor=actor,
            organization=Organization.objects.get(),
            second_factor_required=False,
            idle_minutes=10,
        )

    assert is_in(aged(as_member(house, "lead"), used=9 * 60), house) is True
    assert is_in(aged(as_member(house, "lead"), used=11 * 60), house) is False


def test_a_session_gets_a_new_key_when_rights_change(house: House) -> None:
    client = as_member(house, "staff")
    client.get(house.url())
    before = client.cookies["sessionid"].value
    client.get(house.url())
    assert client.cookies["sessionid"].value == before

    with acting_for(house, "admin") as actor:
        change_roles(actor=actor, member=house.member["staff"], roles=["risk_owner", "staff"])
    assert client.get(house.url("risks/")).status_code == 200

    after = client.cookies["sessionid"].value
    assert after != before
    old = Client()
    old.cookies["sessionid"] = before
    assert is_in(old, house) is False


def test_an_administrator_ends_the_sessions_of_a_member_here_and_nowhere_else(
    house: House, other_house: House
) -> None:
    lead = house.member["lead"]
    with acting_in(other_house.organization):
        add_member(actor=other_house.system, email=lead.email, name="Lena Lead", roles=["staff"])
    client, second, admin = as_member(house, "lead"), as_member(house, "lead"), as_member(house, "admin")
    assert [is_in(each, house) for each in (client, second)] == [True, True]

    admin.post(house.url(f"people/{lead.pk}/sessions/"))

    assert second.get(other_house.url()).status_code == 200
    assert [is_in(each, house) for each in (client, second)] == [False, False]
    assert is_in(admin, house) is True
    assert is_in(as_member(house, "lead"), house) is True
    with acting_in(house.organization):
        assert TrailEvent.objects.filter(action="member.sessions_ended").count() == 1


def test_one_session_of_ones_own_is_ended_and_nobody_elses(house: House) -> None:
    one, other, admin = as_member(house, "lead"), as_member(house, "lead"), as_member(house, "admin")
    for client in (one, other, admin):
        client.get(house.url())
    theirs = UserSession.objects.get(session_key=other.session.session_key)
    foreign = UserSession.objects.get(session_key=admin.session.session_key)

    assert b"End the session of" in one.get("/accounts/sessions/").content
    one.post(f"/accounts/sessions/{theirs.pk}/end/")
    refused = one.post(f"/accounts/sessions/{foreign.pk}/end/")

    assert refused.status_code == 404
    assert [is_in(client, house) for client in (one, other, admin)] == [True, False, True]


def test_all_other_sessions_are_ended(house: House) -> None:
    one, other = as_member(house, "lead"), as_member(house, "lead")
    for client in (one, other):
        client.get(house.url())

    one.post("/accounts/sessions/")

    assert [is_in(client, house) for client in (one, other)] == [True, False]


@pytest.mark.parametrize(
    ("text", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18 Safari/605",
            "Safari on Mac",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown program"),
    ],
)
def test_a_device_is_named(text: str, device: str) -> None:
    assert device_of(text) == device
