"""An organization asks everybody for a second factor: with the next request, on pages and in the API."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.utils import timezone

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import AccessGrant, Organization, TrailEvent
from aims.core.services.sign_in import change_sign_in_rules
from aims.core.tenancy.context import acting_in
from tests.cast import NOW, PASSWORD, House, acting_for, as_member

SET_UP = "/accounts/2fa/"


def ask_for_second_factor(house: House, *, required: bool = True, idle_minutes: int = 30) -> None:
    with acting_for(house, "admin") as actor:
        change_sign_in_rules(
            actor=actor,
            organization=Organization.objects.get(),
            second_factor_required=required,
            idle_minutes=idle_minutes,
        )


def give_app(house: House, who: str) -> Authenticator:
    user = house.member[who].user
    RecoveryCodes.activate(user)
    return TOTP.activate(user, generate_totp_secret()).instance


def rules_of(house: House) -> tuple[bool, int]:
    with acting_in(house.organization):
        found = Organization.objects.get()
    return found.second_factor_required, found.idle_minutes


def confirmed(house: House, who: str) -> Client:
    """Signed in, and confirmed by password within the last minutes."""
    user = house.member[who].user
    user.set_password(PASSWORD)
    user.save()
    client = as_member(house, who)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": SET_UP})
    assert answer.status_code == 302
    return client


def test_a_rule_switched_on_in_mid_session_leads_to_the_set_up_and_opens_nothing_else(house: House) -> None:
    client = as_member(house, "lead")
    assert client.get(house.url("systems/")).status_code == 200

    ask_for_second_factor(house)

    for path in ("", "systems/", "people/", "trail/"):
        answer = client.get(house.url(path))
        assert (answer.status_code, answer.url) == (302, SET_UP), path
    assert b"Meadow Clinic asks for a second factor." in client.get(SET_UP).content


def test_a_session_in_the_api_is_told_so_and_changes_nothing(house: House) -> None:
    client = as_member(house, "lead")
    ask_for_second_factor(house)

    read = client.get(house.api("systems"))
    write = client.post(house.api("systems"), {"name": "Scribe"}, content_type="application/json")

    for answer in (read, write):
        assert answer.status_code == 403
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.content)["type"] == "urn:aims:second-factor-needed"
    ask_for_second_factor(house, required=False)
    assert client.get(house.api("systems")).json()["count"] == 0


def test_whoever_has_a_second_factor_goes_on(house: House) -> None:
    client = as_member(house, "lead")
    give_app(house, "lead")

    ask_for_second_factor(house)

    assert client.get(house.url("systems/")).status_code == 200
    assert client.get(house.api("systems")).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(house: House) -> None:
    client = as_member(house, "lead")
    RecoveryCodes.activate(house.member["lead"].user)

    ask_for_second_factor(house)

    assert client.get(house.url("systems/")).status_code == 302


def test_the_rule_of_one_organization_does_not_hold_in_another(house: House, stranger: Client) -> None:
    ask_for_second_factor(house)

    assert stranger.get("/o/harbour/systems/").status_code == 200


def test_only_an_administrator_sets_the_rule(house: House) -> None:
    with acting_for(house, "lead") as actor, pytest.raises(NotAllowed):
        change_sign_in_rules(
            actor=actor, organization=house.organization, second_factor_required=True, idle_minutes=30
        )

    assert rules_of(house) == (False, 30)


@pytest.mark.parametrize("minutes", [0, 4, 121])
def test_idle_minutes_have_bounds(house: House, minutes: int) -> None:
    with pytest.raises(RuleBroken, match="from 5 to 120"):
        ask_for_second_factor(house, idle_minutes=minutes)

    assert rules_of(house) == (False, 30)


def test_the_rule_is_set_on_the_page_and_leaves_a_line_in_the_trail(house: House) -> None:
    admin = confirmed(house, "admin")

    answer = admin.post(
        house.url("settings/sign-in/"), {"second_factor_required": "on", "idle_minutes": "20"}
    )

    assert answer.status_code == 302
    assert rules_of(house) == (True, 20)
    with acting_in(house.organization):
        line = TrailEvent.objects.get(action="organization.sign_in_rules_changed")
        body = json.loads(line.body)
    assert body["before"] == {"second_factor_required": False, "idle_minutes": 30}
    assert body["after"] == {"second_factor_required": True, "idle_minutes": 20}


def test_the_rule_is_set_through_the_api(house: House) -> None:
    admin = confirmed(house, "admin")
    wanted = {"second_factor_required": True, "idle_minutes": 60}

    answer = admin.post(house.api("sign-in-rules/change"), wanted, content_type="application/json")

    assert (answer.status_code, answer.json()) == (200, wanted)
    assert rules_of(house) == (True, 60)


def test_the_last_second_factor_stays_while_a_rule_asks_for_it(house: House) -> None:
    give_app(house, "lead")
    ask_for_second_factor(house)
    client = confirmed(house, "lead")

    answer = client.post("/accounts/2fa/totp/deactivate/")

    assert b"asks for a second factor. Set up another one first." in answer.content
    assert Authenticator.objects.filter(type="totp").count() == 1
    ask_for_second_factor(house, required=False)
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert Authenticator.objects.count() == 0


def test_the_last_passkey_stays_while_a_rule_asks_for_it(house: House) -> None:
    key = Authenticator.objects.create(
        user=house.member["lead"].user, type="webauthn", data={"name": "Laptop", "credential": {}}
    )
    ask_for_second_factor(house)
    client = confirmed(house, "lead")

    answer = client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")

    assert b"asks for a second factor. Set up another one first." in answer.content
    assert list(Authenticator.objects.all()) == [key]
    give_app(house, "lead")
    assert client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/").status_code == 302
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_the_passkey_of_somebody_else_is_not_found(house: House) -> None:
    key = Authenticator.objects.create(
        user=house.member["top"].user, type="webauthn", data={"name": "Laptop", "credential": {}}
    )
    client = confirmed(house, "lead")

    assert client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/").status_code == 404
    assert list(Authenticator.objects.all()) == [key]


def test_an_auditor_cannot_remove_the_last_one(house: House) -> None:
    app = give_app(house, "staff")
    with acting_in(house.organization):
        house.member["staff"].is_active = False
        house.member["staff"].save()
        AccessGrant.objects.create(
            user=house.member["staff"].user,
            name="Ada",
            purpose="Stage 1",
            starts_at=NOW,
            ends_at=timezone.now() + datetime.timedelta(days=1),
        )
    client = confirmed(house, "staff")

    client.post("/accounts/2fa/totp/deactivate/")

    assert list(Authenticator.objects.filter(type="totp")) == [app]


def test_recovery_codes_are_shown_once_and_counted_afterwards(house: House) -> None:
    give_app(house, "lead")
    client = confirmed(house, "lead")
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()

    first = client.get("/accounts/2fa/recovery-codes/").content.decode()
    second = client.get("/accounts/2fa/recovery-codes/").content.decode()

    assert all(code in first for code in codes)
    assert not any(code in second for code in codes)
    assert "10 of 10 codes are left" in second
    assert client.get("/accounts/2fa/recovery-codes/download/").status_code == 403


def test_a_used_recovery_code_is_told_by_mail_and_works_once(house: House, settings: Any) -> None:
    settings.BASE_URL = "https://aims.example"
    give_app(house, "lead")
    user = house.member["lead"].user
    user.set_password(PASSWORD)
    user.save()
    code = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]

    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code})

    assert client.get(house.url()).status_code == 200
    assert [letter.subject for letter in mail.outbox] == ["A recovery code was used"]
    assert "There are 9 left." in mail.outbox[0].body
    assert "https://aims.example/accounts/sessions/" in mail.outbox[0].body
    again = Client()
    again.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    again.post("/accounts/2fa/authenticate/", {"code": code})
    assert again.get(house.url()).status_code == 302


def test_a_changed_password_is_told_by_mail_with_links_to_the_portal_only(
    house: House, settings: Any
) -> None:
    settings.BASE_URL = "https://aims.example"
    client = confirmed(house, "lead")
    new = "another long passphrase"

    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert [letter.subject for letter in mail.outbox] == ["Your password was changed"]
    assert mail.outbox[0].to == [house.member["lead"].user.email]
    links = [word for word in mail.outbox[0].body.split() if "://" in word]
    assert links == [
        "https://aims.example/accounts/password/change/",
        "https://aims.example/accounts/sessions/",
    ]
