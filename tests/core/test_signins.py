"""Signing in and out, and failing to, stand in the trail of each organization the person belongs to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from aims.core import signins, tasks
from aims.core.models import Person, TrailEvent
from aims.core.services.organizations import add_member
from aims.core.tenancy.context import acting_in
from tests.cast import House, build_house

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def both(transactional_db: None) -> tuple[House, House]:
    """Lena is a member of two organizations; a third has nothing to do with her."""
    own, other = build_house("Meadow Clinic", "meadow"), build_house("Harbour Bank", "harbour")
    build_house("Third Party", "third")
    lena: Person = own.member["lead"].user
    lena.set_password(PASSWORD)
    lena.save()
    with acting_in(other.organization) as actor:
        add_member(actor=actor, email=lena.email, name="Lena Lead", roles=["staff"])
    return own, other


def of_kind(kind: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in found if line["after"] == {"kind": kind}]


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def lines(house: House, action: str) -> list[dict[str, Any]]:
    with acting_in(house.organization):
        found = TrailEvent.objects.filter(action=action).order_by("id")
        return [json.loads(body) for body in found.values_list("body", flat=True)]


def test_signing_in_and_out_is_told_in_every_organization_of_the_person(both: tuple[House, House]) -> None:
    own, _ = both
    client = Client()
    client.post(LOGIN, {"login": own.member["lead"].email, "password": PASSWORD})
    client.post("/accounts/logout/")

    for house in both:
        for action in ("person.signed_in", "person.signed_out"):
            [line] = lines(house, action)
            assert line["object"]["type"] == "core.member"
            assert line["actor"] == f"member:{line['object']['id']}"
            assert len(line["client"]) == 16 and "127.0.0.1" not in json.dumps(line)
    with acting_in(own.organization):
        assert lines(own, "person.signed_in")[0]["actor"] == f"member:{own.member['lead'].pk}"


def test_a_failed_sign_in_of_a_member_is_told_by_the_portal_and_no_more_than_five_times_an_hour(
    both: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, _ = both
    lena = own.member["lead"].user
    Client().post(LOGIN, {"login": lena.email, "password": "wrong"})
    for _ in range(8):
        tasks.note_failed_sign_in(user_id=lena.pk, client="0123456789abcdef")

    for house in both:
        found = lines(house, "person.sign_in_failed")
        assert len(found) == 5
        assert {line["actor"] for line in found} == {"system:0"}
        assert found[-1]["after"] == {"further_failures_this_hour": "not_recorded"}
        assert lena.email not in json.dumps(found)


def test_a_failure_for_an_address_nobody_has_leaves_nothing(both: tuple[House, House]) -> None:
    Client().post(LOGIN, {"login": "stranger@nowhere.test", "password": "wrong"})
    signins.note_failure(0, "")

    for house in both:
        assert lines(house, "person.sign_in_failed") == []


def test_a_line_of_a_request_carries_the_mark_of_its_client_and_not_the_address(
    both: tuple[House, House],
) -> None:
    own, _ = both
    client = Client(REMOTE_ADDR="192.0.2.77")
    client.force_login(own.member["lead"].user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/o/meadow/trail/verify/")

    [line] = lines(own, "trail.verified")
    assert len(line["client"]) == 16
    assert "192.0.2.77" not in json.dumps(line)


def test_a_new_and_a_removed_second_factor_are_told_in_every_organization(both: tuple[House, House]) -> None:
    own, _ = both
    client = Client()
    client.post(LOGIN, {"login": own.member["lead"].email, "password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret

    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    for house in both:
        [line] = of_kind("totp", lines(house, "person.second_factor_added"))
        assert line["actor"] == f"member:{line['object']['id']}"
        assert secret not in json.dumps(line) and len(line["client"]) == 16
    client.post("/accounts/2fa/totp/deactivate/")

    for house in both:
        [removed] = of_kind("totp", lines(house, "person.second_factor_removed"))
        assert removed["object"]["type"] == "core.member"


def test_the_address_of_an_account_is_not_changed_by_its_owner(both: tuple[House, House]) -> None:
    own, _ = both
    client = Client()
    client.post(LOGIN, {"login": own.member["lead"].email, "password": PASSWORD})

    read = client.get("/accounts/email/")
    sent = client.post("/accounts/email/", {"action_add": "", "email": "other@meadow.test"})

    assert (read.status_code, sent.status_code) == (404, 404)
    known = EmailAddress.objects.filter(user=own.member["lead"].user).values_list("email", flat=True)
    assert list(known) == ["lead@meadow.test"]
