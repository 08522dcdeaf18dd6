"""Sensitive acts need a sign-in or second factor of the last five minutes."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.core import mail
from django.test import Client
from django.utils import timezone

from aims.core import keys, permissions
from aims.core.invitations import invite
from aims.core.models import ApiKey, Invitation, Member
from aims.core.step_up import SENSITIVE
from aims.core.tenancy.context import acting_in
from tests.cast import PASSWORD, House, as_member

NORA = {"name": "Nora New", "email": "nora@meadow.test", "roles": ["risk_owner"]}


def signed_in(house: House, who: str, *, seconds_ago: float) -> Client:
    client = as_member(house, who)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - seconds_ago}]
    session.save()
    user = house.member[who].user
    user.set_password(PASSWORD)
    user.save()
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return client


def count(house: House, model: Any) -> int:
    with acting_in(house.organization):
        return int(model.objects.count())


def test_every_sensitive_verb_is_one_of_a_table() -> None:
    assert sorted(SENSITIVE - set(permissions.verbs())) == []


@pytest.mark.parametrize(
    "path",
    ["people/new/", "settings/change/", "settings/sign-in/", "trail/export/", "api-keys/new/"],
)
def test_an_older_sign_in_is_led_to_confirm_and_back(house: House, path: str) -> None:
    admin = signed_in(house, "admin", seconds_ago=301)

    answer = admin.get(house.url(path))

    assert answer.status_code == 302
    assert urlsplit(answer.url).path == "/accounts/reauthenticate/"
    assert parse_qs(urlsplit(answer.url).query) == {"next": [house.url(path)]}
    back = admin.post(answer.url, {"password": PASSWORD, "next": house.url(path)})
    assert back.url == house.url(path)
    assert admin.get(house.url(path)).status_code == 200


@pytest.mark.parametrize("path", ["packs/1/download/", "engagements/new/"])
def test_carrying_a_pack_out_and_letting_an_auditor_in_ask_a_lead_to_confirm(house: House, path: str) -> None:
    lead = signed_in(house, "lead", seconds_ago=301)

    answer = lead.get(house.url(path))

    assert lead.get(house.url("packs/")).status_code == 200
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.url).query) == {"next": [house.url(path)]}


def test_a_pack_is_not_read_over_the_api_by_an_old_session(house: House) -> None:
    lead = signed_in(house, "lead", seconds_ago=301)

    assert lead.get(house.api("packs/1")).status_code == 404
    answer = lead.get(house.api("packs/1/download"))

    assert answer.status_code == 403
    assert json.loads(answer.content)["type"] == "urn:aims:sign-in-again"


def test_an_invitation_is_not_sent_again_by_an_old_session(house: House) -> None:
    with acting_in(house.organization):
        invitation = invite(actor=house.admin, now=timezone.now(), **NORA)
    sent = len(mail.outbox)
    path = house.url(f"invitations/{invitation.pk}/resend/")

    answer = signed_in(house, "admin", seconds_ago=301).post(path)

    assert urlsplit(answer.url).path == "/accounts/reauthenticate/"
    with acting_in(house.organization):
        assert Invitation.objects.get().times_sent == 1
    assert len(mail.outbox) == sent
    assert signed_in(house, "admin", seconds_ago=0).post(path).url == house.url("people/")
    with acting_in(house.organization):
        assert Invitation.objects.get().times_sent == 2


def test_a_sign_in_of_the_last_five_minutes_is_enough(house: House) -> None:
    assert signed_in(house, "admin", seconds_ago=280).get(house.url("people/new/")).status_code == 200


def test_what_was_typed_comes_back_and_is_not_sent_by_itself(house: House) -> None:
    admin = signed_in(house, "admin", seconds_ago=301)
    path = house.url("people/new/")

    led = admin.post(path, NORA)

    assert urlsplit(led.url).path == "/accounts/reauthenticate/"
    assert count(house, Invitation) == 0
    admin.post(led.url, {"password": PASSWORD, "next": path})
    page = admin.get(path).content.decode()
    assert count(house, Invitation) == 0
    assert 'value="nora@meadow.test"' in page
    assert "Look over what you typed and send it now." in page
    assert admin.post(path, NORA).status_code == 302
    assert count(house, Invitation) == 1
    assert 'value="nora@meadow.test"' not in admin.get(path).content.decode()


def test_a_button_leads_back_to_its_page_and_does_nothing(house: House) -> None:
    admin = signed_in(house, "admin", seconds_ago=301)
    with acting_in(house.organization):
        key, _ = keys.create_key(actor=house.admin, name="Key", scopes=["systems:read"], now=key_time())

    led = admin.post(
        house.url(f"api-keys/{key.pk}/revoke/"),
        headers={"Referer": f"http://testserver{house.url('api-keys/')}"},
    )
    elsewhere = admin.post(
        house.url(f"api-keys/{key.pk}/revoke/"), headers={"Referer": "https://evil.test/o/"}
    )

    assert parse_qs(urlsplit(led.url).query) == {"next": [house.url("api-keys/")]}
    assert parse_qs(urlsplit(elsewhere.url).query) == {"next": [house.url()]}
    with acting_in(house.organization):
        assert ApiKey.objects.get().revoked_at is None


def key_time() -> Any:

    return timezone.now()


def test_the_api_of_a_session_says_so_in_a_type_of_its_own(house: House) -> None:
    admin = signed_in(house, "admin", seconds_ago=301)

    answer = admin.post(house.api("invitations"), NORA, content_type="application/json")

    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["type"] == "urn:aims:sign-in-again"
    assert problem["confirm_at"].endswith("/accounts/reauthenticate/")
    assert count(house, Invitation) == 0


def test_a_key_is_not_asked(house: House) -> None:
    with acting_in(house.organization):
        _, text = keys.create_key(actor=house.admin, name="HR", scopes=["people:write"], now=key_time())

    answer = Client().post(
        house.api("invitations"),
        NORA,
        content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )

    assert answer.status_code == 201


def test_roles_are_not_changed_by_an_old_session(house: House) -> None:
    admin = signed_in(house, "admin", seconds_ago=301)
    staff = house.member["staff"]

    admin.post(house.url(f"people/{staff.pk}/roles/"), {"roles": ["admin"]})
    admin.post(house.url(f"people/{staff.pk}/deactivate/"), {"reason": "Left"})

    with acting_in(house.organization):
        found = Member.objects.get(pk=staff.pk)
    assert (found.roles, found.is_active) == (["staff"], True)


def test_who_may_not_is_told_that_and_not_asked_to_confirm(house: House) -> None:
    assert signed_in(house, "lead", seconds_ago=301).get(house.url("people/new/")).status_code == 403


def test_single_sign_on_confirms_to_its_own_organization_only(house: House, other_house: House) -> None:
    admin = signed_in(house, "admin", seconds_ago=301)
    vouching = [house.organization.pk, other_house.organization.pk]
    answers = []
    for organization_id in vouching:
        session = admin.session
        vouched = {
            "method": "single_sign_on",
            "organization": organization_id,
            "connection": 1,
            "at": time.time(),
        }
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            {"method": "password", "at": time.time() - 301},
            vouched,
        ]
        session.save()
        answers.append(admin.get(house.url("settings/sign-in/")).status_code)

    assert answers == [200, 302]
