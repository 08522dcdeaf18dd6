"""Single sign-on by SAML 2.0 against a provider in a process of its own, signed by another library."""

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

from aims.core.exceptions import RuleBroken
from aims.core.models import ExternalIdentity, Person, SamlAnswer, SignInConnection
from aims.core.services import connections
from aims.core.services.saml_answers import forget_answers
from aims.core.tenancy.context import acting_in
from tests.cast import House, acting_for, as_member
from tests.identity.journey import address_in, fresh, lines, members, set_out, text_of, verified
from tests.identity.running import SamlProvider

NEW = "nora@meadow.test"
NOT_SIGNED = "The identity is not signed by the identity provider of this organization."
UNREADABLE = "The identity provider's answer cannot be read."
EXPIRED = "The identity has expired. Sign in again."
ELSEWHERE = "The identity was issued for another application."
UNASKED = "The identity does not answer a request of this portal."
NOBODY = "The identity provider names no person with an e-mail address."
COMMENTS = "The identity provider's answer holds comments or declarations, which are refused."
OTHER_ATTEMPT = "This answer belongs to another attempt to sign in."


def connect(
    house: House, provider: SamlProvider, *, signers: tuple[str, ...] = ("first",)
) -> SignInConnection:
    verified(house, f"{house.slug}.test")
    certificates = provider.say()
    with acting_for(house, "admin") as admin:
        made = connections.add_connection(
            actor=admin,
            kind="saml",
            name="Work account",
            issuer=provider.name,
            sign_in_url=f"{provider.url}/sso",
            certificates=[certificates[name] for name in signers],
        )
        connections.note_test(actor=admin, connection=made, now=timezone.now())
        connections.switch_on(actor=admin, connection=made)
    return made


def bring(client: Client, path: str, answer: str) -> Any:
    """The provider's form, without the session's cookie as from another site; the redirect with it."""
    arrived = Client().post(path, {"SAMLResponse": answer})
    return client.get(arrived.headers["Location"]) if arrived.status_code == 303 else arrived


def go_through(client: Client, provider: SamlProvider, email: str = NEW) -> Any:
    return bring(client, *provider.form_of(set_out(client, email)))


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# What works


def test_somebody_new_comes_in_as_staff_of_that_organization_only(house, other_house, saml):
    connection = connect(house, saml)
    client = Client()

    answer = go_through(client, saml)

    assert (answer.status_code, answer.url) == (302, "/o/meadow/")
    assert client.get("/o/meadow/").status_code == 200
    assert client.get("/o/harbour/").status_code == 404
    assert (NEW, ["staff"]) in members(house)
    assert NEW not in dict(members(other_house))
    (joined,) = lines(house, "member.joined")
    assert json.loads(joined.body)["after"] == {"how": "single_sign_on", "roles": ["staff"]}
    (came,) = lines(house, "sign_in.single_sign_on")
    assert (came.object_type, came.object_id) == ("core.signinconnection", connection.pk)
    assert not Person.objects.get(email=NEW).has_usable_password()


def test_the_second_time_the_same_person_comes_in_and_nobody_joins(house, saml):
    connect(house, saml)
    go_through(Client(), saml)
    again = Client()

    go_through(again, saml)

    assert signed_in(again)
    assert len(lines(house, "member.joined")) == 1


def test_the_way_there_names_the_portal_and_where_the_answer_goes(house, saml):
    connect(house, saml)

    address = set_out(Client(), NEW)

    packed = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    request = etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))
    here = "http://localhost:8000/accounts/sso/saml/meadow/"
    assert request.get("AssertionConsumerServiceURL") == here
    assert request.get("Destination") == f"{saml.url}/sso"
    assert request.findtext("{*}Issuer") == here
    assert len(request.get("ID")) == 41


@pytest.mark.parametrize(
    "words",
    [
        {"tamper": "also the response"},
        {"not_before": 50},
        {"until": -50, "confirmed_until": -50},
        {"signer": "second"},
        {"format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "emails": [], "name_id": NEW},
        {"emails": ["Nora@Meadow.test", "nora@meadow.test"]},
    ],
    ids=json.dumps,
)
def test_what_differs_among_good_providers_is_let_in(house, saml, words):
    connect(house, saml, signers=("first", "second"))
    client = Client()
    saml.say(**words)

    go_through(client, saml)

    assert signed_in(client)
    assert (NEW, ["staff"]) in members(house)


# What is refused

ATTACKS: list[tuple[dict[str, Any], str]] = [
    ({"tamper": "unsigned"}, NOT_SIGNED),
    ({"tamper": "response only"}, NOT_SIGNED),
    ({"signer": "strange"}, NOT_SIGNED),
    ({"signer": "second"}, NOT_SIGNED),
    ({"tamper": "sha1"}, NOT_SIGNED),
    ({"tamper": "sha1 digest"}, NOT_SIGNED),
    ({"tamper": "hmac"}, NOT_SIGNED),
    ({"tamper": "reference to everything"}, NOT_SIGNED),
    ({"tamper": "no value"}, NOT_SIGNED),
    ({"tamper": "two signatures"}, NOT_SIGNED),
    ({"tamper": "changed"}, NOT_SIGNED),
    ({"tamper": "other subject"}, NOT_SIGNED),
    ({"tamper": "beside"}, UNREADABLE),
    ({"tamper": "inside signature"}, UNREADABLE),
    ({"tamper": "in extensions"}, UNREADABLE),
    ({"tamper": "same id"}, UNREADABLE),
    ({"tamper": "assertion alone"}, UNREADABLE),
    ({"tamper": "truncated"}, UNREADABLE),
    ({"tamper": "utf-16"}, UNREADABLE),
    ({"tamper": "comment"}, COMMENTS),
    ({"tamper": "instruction"}, COMMENTS),
    ({"tamper": "entity"}, COMMENTS),
    ({"tamper": "file"}, COMMENTS),
    ({"tamper": "encrypted"}, "The identity is encrypted."),
    ({"issuer": "urn:other"}, NOT_SIGNED),
    ({"response_issuer": "urn:other"}, "The identity was issued by another identity provider."),
    ({"destination": "http://localhost:8000/accounts/sso/saml/harbour/"}, "sent to another application."),
    ({"audiences": ["http://localhost:8000/accounts/sso/saml/harbour/"]}, ELSEWHERE),
    ({"audiences": []}, ELSEWHERE),
    ({"audiences": ["http://localhost:8000/accounts/sso/saml/meadow/", "urn:other"]}, ELSEWHERE),
    ({"recipient": "http://localhost:8000/accounts/sso/saml/harbour/"}, UNASKED),
    ({"unsolicited": True}, UNASKED),
    ({"confirmed_from": True}, UNASKED),
    ({"method": "holder-of-key"}, UNASKED),
    ({"answering": "_another"}, OTHER_ATTEMPT),
    ({"until": -61}, EXPIRED),
    ({"not_before": 70}, EXPIRED),
    ({"confirmed_until": -61}, EXPIRED),
    ({"issued": -700}, EXPIRED),
    ({"issued": 70}, EXPIRED),
    ({"session_until": -1}, EXPIRED),
    ({"no_statement": True}, "The identity provider does not say that you signed in."),
    ({"condition": '<saml:Condition xmlns:x="urn:x"/>'}, "a condition that is not known here."),
    ({"status": "Responder"}, "The identity provider did not sign you in."),
    ({"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"}, "names you anew each time."),
    ({"name_id": ""}, NOBODY),
    ({"name_id": "x" * 256}, NOBODY),
    ({"emails": []}, NOBODY),
    ({"emails": [NEW, "lead@meadow.test"]}, NOBODY),
    ({"email": "nora@elsewhere.test"}, "not in a domain that this organization has verified."),
    ({"email": "nora@sub.meadow.test"}, "not in a domain that this organization has verified."),
    ({"email": "nora"}, "names no usable e-mail address."),
]


@pytest.mark.parametrize(("words", "sentence"), ATTACKS, ids=[json.dumps(words)[:60] for words, _ in ATTACKS])
def test_an_answer_that_does_not_hold_lets_nobody_in_and_changes_nothing(house, saml, words, sentence):
    connect(house, saml)
    before, people = members(house), Person.objects.count()
    client = Client()
    saml.say(**words)

    answer = go_through(client, saml)

    assert answer.status_code == 403
    assert sentence in text_of(answer)
    assert not signed_in(client)
    assert (members(house), Person.objects.count()) == (before, people)
    assert lines(house, "sign_in.single_sign_on") == []
    with acting_in(house.organization):
        assert not ExternalIdentity.objects.exists()


@pytest.mark.parametrize("text", ["", "!", "e30=", "PHg+", "A" * 400_000, "//8="])
def test_what_is_no_answer_is_refused(house, saml, text):
    connect(house, saml)

    answer = Client().post("/accounts/sso/saml/meadow/", {"SAMLResponse": text})

    assert (answer.status_code, UNREADABLE in text_of(answer)) == (403, True)


def test_an_answer_counts_once(house, saml):
    connect(house, saml)
    client = Client()
    path, answer = saml.form_of(set_out(client, NEW))
    bring(client, path, answer)
    client.logout()
    set_out(client, NEW)

    again = bring(client, path, answer)

    assert (again.status_code, "This answer was used already." in text_of(again)) == (403, True)
    assert not signed_in(client)
    assert len(lines(house, "sign_in.single_sign_on")) == 1


def test_an_answer_sent_twice_at_the_provider_keeps_the_first_and_signs_in_once(house, saml):
    connect(house, saml)
    client = Client()
    path, answer = saml.form_of(set_out(client, NEW))
    first = Client().post(path, {"SAMLResponse": answer})
    assert Client().post(path, {"SAMLResponse": answer}).status_code == 403

    client.get(first.headers["Location"])
    assert signed_in(client)
    client.logout()
    assert client.get(first.headers["Location"]).status_code == 403
    assert not signed_in(client)


def test_a_ticket_opens_nothing_in_a_browser_that_did_not_ask(house, saml):
    connect(house, saml)
    path, answer = saml.form_of(set_out(Client(), NEW))
    ticket = Client().post(path, {"SAMLResponse": answer}).headers["Location"]
    victim, started = Client(), Client()
    set_out(started, "victim@meadow.test")

    assert victim.get(ticket).status_code == 403
    refused = started.get(ticket)

    assert OTHER_ATTEMPT in text_of(refused)
    assert not signed_in(victim) and not signed_in(started)
    assert NEW not in dict(members(house))


def test_a_ticket_is_over_after_two_minutes(house, saml):
    connect(house, saml)
    client = Client()
    path, answer = saml.form_of(set_out(client, NEW))
    ticket = Client().post(path, {"SAMLResponse": answer}).headers["Location"]

    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=2, seconds=1), tick=True):
        refused = client.get(ticket)

    assert refused.status_code == 403
    assert not signed_in(client)


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=x", "?ticket=%00"])
def test_a_made_up_ticket_is_refused(house, saml, query):
    connect(house, saml)
    client = Client()
    set_out(client, NEW)

    assert client.get(f"/accounts/sso/saml/finish/{query}").status_code in {400, 403}
    assert not signed_in(client)


def test_the_answer_to_one_organization_does_not_hold_at_another_with_the_same_provider(
    house, other_house, saml
):
    connect(house, saml)
    connect(other_house, saml)
    client = Client()
    _, answer = saml.form_of(set_out(client, NEW))
    before = members(other_house)

    refused = bring(client, "/accounts/sso/saml/harbour/", answer)

    assert refused.status_code == 403
    assert not signed_in(client)
    assert members(other_house) == before


def test_another_organizations_provider_vouches_for_nobody_here(house, other_house, saml):
    verified(house, "meadow.test")
    connect(other_house, saml)
    client = Client()
    saml.say(email=NEW)

    refused = go_through(client, saml, "lead@harbour.test")

    assert "not in a domain that this organization has verified" in text_of(refused)
    assert not signed_in(client)
    assert NEW not in dict(members(house)) | dict(members(other_house))


def test_an_unknown_organization_is_told_what_a_forged_answer_is_told(house, other_house, saml):
    connect(house, saml)
    saml.say(signer="strange")
    _, answer = saml.form_of(set_out(Client(), NEW))

    told = [
        (refused.status_code, text_of(refused))
        for refused in (
            Client().post(f"/accounts/sso/saml/{slug}/", {"SAMLResponse": answer})
            for slug in ("meadow", "harbour", "nobody-has-this")
        )
    ]

    assert told[0] == told[1] == told[2]
    assert told[0][0] == 403 and NOT_SIGNED in told[0][1]


def test_an_account_with_a_password_is_linked_only_after_its_owner_signed_in(house, saml):
    connect(house, saml)
    user = house.member["staff"].user
    user.set_password("correct horse battery staple")
    user.save(update_fields=["password"])
    client = Client()
    saml.say(email="staff@meadow.test")

    answer = go_through(client, saml, "staff@meadow.test")

    assert (answer.status_code, answer.url) == (302, "/accounts/sso/link/")
    assert not signed_in(client)
    with acting_in(house.organization):
        assert not ExternalIdentity.objects.exists()


def test_an_attempt_by_one_protocol_is_not_finished_by_the_other(house, saml):
    connect(house, saml)
    client = Client()
    set_out(client, NEW)

    assert client.get("/accounts/sso/callback/?state=&code=x").status_code == 403
    assert not signed_in(client)


def test_what_was_said_about_the_person_is_forgotten_once_taken_and_the_rest_when_it_expired(house, saml):
    connect(house, saml)
    go_through(Client(), saml)

    with acting_in(house.organization) as system:
        [row] = SamlAnswer.objects.all()
        assert (row.subject, row.email, row.name) == ("", "", "")
        forget_answers(system, row.usable_until.date())
        assert SamlAnswer.objects.count() == 1
        forget_answers(system, row.usable_until.date() + datetime.timedelta(days=1))
        assert not SamlAnswer.objects.exists()


# Setting it up


def values_of(saml: SamlProvider, *signers: str, **given: Any) -> dict[str, Any]:
    certificates = saml.say()
    return {
        "name": "Work account",
        "issuer": saml.name,
        "sign_in_url": f"{saml.url}/sso",
        "certificates": [certificates[name] for name in signers or ("first",)],
    } | given


def test_page_and_api_connect_alike(house, saml):
    client, values = as_member(house, "admin"), values_of(saml, "first", "second")
    typed = {**values, "certificates": "".join(values["certificates"])}

    by_page = client.post(house.url("sign-in/new-saml/"), typed)
    by_api = client.post(
        house.api("sign-in-connections"),
        {**values, "kind": "saml", "name": "Second", "issuer": "urn:second"},
        content_type="application/json",
    )

    assert (by_page.status_code, by_api.status_code) == (302, 201)
    with acting_in(house.organization):
        made = SignInConnection.objects.get(name="Work account")
        assert (made.kind, made.issuer, made.certificates) == ("saml", saml.name, values["certificates"])
        assert (made.is_on, made.tested_at) == (False, None)
    assert by_api.json()["certificates"] == values["certificates"]
    page = client.get(by_page.url).content.decode()
    assert "http://localhost:8000/accounts/sso/saml/meadow/" in page
    assert page.count("CN=Identity provider") == 2


def test_an_administrator_tests_a_connection_by_going_the_whole_way(house, saml):
    connection = connect(house, saml)
    with acting_in(house.organization):
        SignInConnection.objects.update(tested_at=None, is_on=False)
    client = as_member(house, "admin")
    saml.say(email="somebody@meadow.test")
    way = address_in(client.post(house.url(f"sign-in/{connection.pk}/test/")))
    answer = bring(client, *saml.form_of(way))

    assert answer.url == house.url(f"sign-in/{connection.pk}/")
    assert fresh(house, connection).tested_at is not None
    assert "somebody@meadow.test" not in dict(members(house))


def test_a_certificate_is_rolled_over_without_a_gap(house, saml):
    connection = connect(house, saml)
    client = Client()

    for signers in (("first", "second"), ("second",)):
        with acting_for(house, "admin") as admin:
            connections.change_connection(actor=admin, connection=connection, **values_of(saml, *signers))
    saml.say(signer="second")
    go_through(client, saml)

    assert fresh(house, connection).is_on
    assert signed_in(client)
    saml.say(signer="first")
    assert NOT_SIGNED in text_of(go_through(Client(), saml))


@pytest.mark.parametrize("given", [{"sign_in_url": "https://other.test/sso"}, {"issuer": "urn:other"}])
def test_another_provider_switches_it_off_until_it_is_tested(house, saml, given):
    connection = connect(house, saml)

    with acting_for(house, "admin") as admin:
        connections.change_connection(actor=admin, connection=connection, **values_of(saml, **given))

    assert (fresh(house, connection).is_on, connection.tested_at) == (False, None)


def test_a_wholly_other_certificate_switches_it_off_until_it_is_tested(house, saml):
    connection = connect(house, saml)

    with acting_for(house, "admin") as admin:
        connections.change_connection(actor=admin, connection=connection, **values_of(saml, "strange"))

    assert (fresh(house, connection).is_on, connection.tested_at) == (False, None)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"certificates": []}, "Give one certificate"),
        ({"certificates": ["nonsense"]}, "not a certificate"),
        ({"sign_in_url": "http://idp.test/sso"}, "starts with https://"),
        ({"sign_in_url": ""}, "starts with https://"),
        ({"issuer": " "}, "Give the issuer"),
        ({"name": ""}, "Give the connection a name"),
    ],
    ids=json.dumps,
)
def test_a_connection_that_cannot_be_trusted_is_not_added(house, saml, given, sentence):
    values = values_of(saml, **given)

    with acting_for(house, "admin") as admin, pytest.raises(RuleBroken, match=sentence):
        connections.add_connection(actor=admin, kind="saml", **values)

    with acting_in(house.organization):
        assert not SignInConnection.objects.exists()


def test_two_connections_of_one_issuer_are_refused(house, saml):
    connect(house, saml)

    with (
        acting_for(house, "admin") as admin,
        pytest.raises(RuleBroken, match="Another connection has this issuer"),
    ):
        connections.add_connection(actor=admin, kind="saml", **values_of(saml, name="Second"))


def test_an_expired_certificate_is_refused(house, saml):
    values = values_of(saml)

    with (
        time_machine.travel(timezone.now() + datetime.timedelta(days=401)),
        acting_for(house, "admin") as admin,
        pytest.raises(RuleBroken, match="has expired"),
    ):
        connections.add_connection(actor=admin, kind="saml", **values)
