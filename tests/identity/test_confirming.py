"""Whom only the organization's provider vouches for confirms there that it is still them."""

from __future__ import annotations

import base64
import datetime
import json
import zlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from lxml import etree

from aims.core.models import Member
from aims.core.tenancy.context import acting_in
from tests.cast import House
from tests.identity import journey, test_saml
from tests.identity.journey import address_in, text_of, way_back
from tests.identity.running import RunningProvider, SamlProvider

NEW = "nora@meadow.test"
SENSITIVE = "/o/meadow/settings/sign-in/"
AGAIN = "/accounts/sso/again/"
SIX_MINUTES = datetime.timedelta(minutes=6)


def made_administrator(house: House) -> None:
    with acting_in(house.organization):
        Member.objects.filter(email=NEW).update(roles=["admin"])


@pytest.fixture
def nora(house: House, oidc: RunningProvider) -> Client:
    """An administrator with no password, who came in through the provider a while ago."""
    journey.connect(house, oidc)
    client = Client()
    journey.go_through(client, oidc, NEW)
    made_administrator(house)
    assert client.get(SENSITIVE).status_code == 200
    return client


def led_to_provider(client: Client) -> str:
    asked = client.get(SENSITIVE)
    assert (asked.status_code, asked.url) == (302, f"{AGAIN}?next=%2Fo%2Fmeadow%2Fsettings%2Fsign-in%2F")
    assert "Confirm that it is you" in text_of(client.get(asked.url))
    return address_in(client.post(AGAIN, {"next": SENSITIVE}))


def test_a_fresh_proof_at_the_provider_opens_the_page(nora, oidc):
    with time_machine.travel(timezone.now() + SIX_MINUTES, tick=True):
        way = led_to_provider(nora)
        asked = parse_qs(urlsplit(way).query)
        oidc.say(claims={"auth_time": 360, "iat": 360, "exp": 700})

        answer = nora.get(way_back(oidc.send_on(way)))

        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
        assert (answer.status_code, answer.url) == (302, SENSITIVE)
        assert nora.get(SENSITIVE).status_code == 200


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"claims": {"auth_time": None}}, "did not ask you anew"),
        ({"claims": {"auth_time": 0}}, "did not ask you anew"),
        ({"claims": {"auth_time": 360}, "sub": "person-2"}, "names somebody else"),
        ({"claims": {"auth_time": 360}, "tamper": "other key"}, "is not signed by the identity provider"),
    ],
    ids=json.dumps,
)
def test_anything_less_confirms_nothing(nora, oidc, words: dict[str, Any], sentence):
    with time_machine.travel(timezone.now() + SIX_MINUTES, tick=True):
        way = led_to_provider(nora)
        oidc.say(**{**words, "claims": {"iat": 360, "exp": 700, **words["claims"]}})

        answer = nora.get(way_back(oidc.send_on(way)))

        assert answer.status_code == 403
        assert sentence in text_of(answer)
        assert nora.get(SENSITIVE).status_code == 302
        assert nora.get("/o/meadow/").status_code == 200


def test_the_api_says_where_to_confirm(nora):
    with time_machine.travel(timezone.now() + SIX_MINUTES, tick=True):
        answer = nora.post("/api/v1/organizations/meadow/invitations", {}, content_type="application/json")

    assert answer.status_code == 403
    assert answer.json()["confirm_at"] == f"http://localhost:8000{AGAIN}"


@pytest.mark.parametrize("target", ["", "/o/harbour/", "https://evil.test/", "//evil.test/o/meadow/"])
def test_nobody_is_led_anywhere_for_an_organization_they_did_not_come_into(nora, other_house, target):
    answer = nora.post(AGAIN, {"next": target})

    assert answer.status_code == 403
    assert "url=" not in answer.content.decode()


def test_a_stranger_is_not_led_on():
    assert Client().post(AGAIN, {"next": SENSITIVE}).status_code == 403


def test_a_saml_provider_is_asked_for_a_new_proof_and_its_old_word_confirms_nothing(
    house: House, saml: SamlProvider
):
    test_saml.connect(house, saml)
    client = Client()
    test_saml.go_through(client, saml)
    made_administrator(house)

    way = address_in(client.post(AGAIN, {"next": SENSITIVE}))
    request = etree.fromstring(
        zlib.decompress(base64.b64decode(parse_qs(urlsplit(way).query)["SAMLRequest"][0]), -15)
    )
    fresh = test_saml.bring(client, *saml.form_of(way))
    saml.say(proved=-120)
    old = test_saml.bring(client, *saml.form_of(address_in(client.post(AGAIN, {"next": SENSITIVE}))))

    assert request.get("ForceAuthn") == "true"
    assert (fresh.status_code, fresh.url) == (302, SENSITIVE)
    assert (old.status_code, "did not ask you anew" in text_of(old)) == (403, True)
