"""Single sign-on by OpenID Connect against a provider in a process of its own."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from aims.core.assertions import Assertion, SignInRefused
from aims.core.models import EmailDomain, ExternalIdentity, Member, Person, TrailEvent
from aims.core.services import connections
from aims.core.services.organizations import add_member
from aims.core.services.single_sign_on import link
from aims.core.tenancy.context import acting_in
from tests.cast import PASSWORD, acting_for, as_member
from tests.identity.journey import (
    address_in,
    connect,
    demand,
    fresh,
    go_through,
    lines,
    members,
    set_out,
    text_of,
    verified,
    way_back,
)
from tests.operating import OPERATING, operator

NEW = "nora@meadow.test"


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_somebody_new_comes_in_as_staff_of_that_organization_only(house, other_house, oidc):
    connection = connect(house, oidc)
    client = Client()

    answer = go_through(client, oidc, NEW)

    assert (answer.status_code, answer.url) == (302, "/o/meadow/")
    assert client.get("/o/meadow/").status_code == 200
    assert client.get("/o/harbour/").status_code == 404
    assert (NEW, ["staff"]) in members(house)
    assert NEW not in dict(members(other_house))
    joined, came = lines(house, "member.joined"), lines(house, "sign_in.single_sign_on")
    assert [json.loads(line.body)["after"] for line in joined] == [
        {"how": "single_sign_on", "roles": ["staff"]}
    ]
    assert [(line.object_type, line.object_id) for line in came] == [("core.signinconnection", connection.pk)]
    assert not Person.objects.get(email=NEW).has_usable_password()


def test_the_second_time_the_same_person_comes_in_and_nobody_joins(house, oidc):
    connect(house, oidc)
    go_through(Client(), oidc, NEW)
    again = Client()

    go_through(again, oidc, NEW)

    assert signed_in(again)
    assert len(lines(house, "member.joined")) == 1
    assert len(lines(house, "sign_in.single_sign_on")) == 2


def test_the_way_there_carries_state_nonce_challenge_and_the_address(house, oidc):
    connect(house, oidc)

    asked = parse_qs(urlsplit(set_out(Client(), NEW)).query)

    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["login_hint"] == [NEW]
    assert asked["redirect_uri"] == ["http://localhost:8000/accounts/sso/callback/"]
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) >= 43


ATTACKS = [
    ({"claims": {"nonce": "another"}}, "This answer belongs to another attempt to sign in."),
    ({"claims": {"nonce": None}}, "This answer belongs to another attempt to sign in."),
    ({"claims": {"aud": "another"}}, "The identity was issued for another application."),
    ({"claims": {"aud": ["portal", "another"]}}, "The identity was issued for another application."),
    ({"claims": {"azp": "another"}}, "The identity was issued for another application."),
    ({"claims": {"aud": None}}, "The identity was issued for another application."),
    (
        {"claims": {"iss": "https://idp.harbour.test"}},
        "The identity was issued by another identity provider.",
    ),
    ({"claims": {"exp": -61}}, "The identity has expired. Sign in again."),
    ({"claims": {"iat": -3600}}, "The identity has expired. Sign in again."),
    ({"claims": {"iat": 3600, "exp": 7200}}, "The identity has expired. Sign in again."),
    ({"claims": {"exp": None}}, "The identity names no time."),
    ({"tamper": "none"}, "The identity is not signed by the identity provider."),
    ({"tamper": "unsigned"}, "The identity is not signed by the identity provider."),
    ({"tamper": "other key"}, "The identity is not signed by the identity provider."),
    ({"tamper": "shared secret"}, "The identity is not signed by the identity provider."),
    ({"tamper": "key in header"}, "The identity is not signed by the identity provider."),
    ({"tamper": "changed"}, "The identity is not signed by the identity provider."),
    ({"email_verified": False}, "The identity provider has not verified your e-mail address."),
    ({"claims": {"email_verified": None}}, "The identity provider has not verified your e-mail address."),
    ({"claims": {"email": None}}, "The identity provider names no person with an e-mail address."),
    ({"claims": {"sub": None}}, "The identity provider names no person with an e-mail address."),
    (
        {"email": "nora@elsewhere.test"},
        "Your address is not in a domain that this organization has verified.",
    ),
    (
        {"email": "nora@sub.meadow.test"},
        "Your address is not in a domain that this organization has verified.",
    ),
    ({"email": "nora@meadow.test@evil.test"}, "The identity provider names no usable e-mail address."),
    ({"answer_iss": "https://idp.harbour.test"}, "The answer comes from another identity provider."),
    ({"error": "access_denied"}, "The identity provider did not sign you in."),
]


@pytest.mark.parametrize(("words", "sentence"), ATTACKS, ids=[json.dumps(words) for words, _ in ATTACKS])
def test_an_answer_that_does_not_hold_lets_nobody_in_and_changes_nothing(house, oidc, words, sentence):
    connect(house, oidc)
    before, people = members(house), Person.objects.count()
    client = Client()
    oidc.say(**words)

    answer = go_through(client, oidc, NEW)

    assert answer.status_code == 403
    assert sentence in text_of(answer)
    assert not signed_in(client)
    assert (members(house), Person.objects.count()) == (before, people)
    assert lines(house, "sign_in.single_sign_on") == []


def test_the_answer_to_one_attempt_is_used_up_by_its_first_use(house, oidc):
    connect(house, oidc)
    client = Client()
    back = way_back(oidc.send_on(set_out(client, NEW)))
    client.get(back)
    client.logout()

    answer = client.get(back)

    assert answer.status_code == 403
    assert "was not started in this browser" in text_of(answer)
    assert not signed_in(client)


def test_an_answer_taken_to_another_browser_signs_nobody_in(house, oidc):
    connect(house, oidc)
    back = way_back(oidc.send_on(set_out(Client(), NEW)))
    victim, started = Client(), Client()
    set_out(started, "victim@meadow.test")

    assert victim.get(back).status_code == 403
    answer = started.get(back)

    assert "belongs to another attempt" in text_of(answer)
    assert not signed_in(victim) and not signed_in(started)


def test_an_attempt_is_over_after_ten_minutes(house, oidc):
    connect(house, oidc)
    client = Client()
    back = way_back(oidc.send_on(set_out(client, NEW)))

    with time_machine.travel(time.time() + 601):
        answer = client.get(back)

    assert "took too long" in text_of(answer)


def test_a_provider_that_names_another_issuer_in_its_description_is_not_trusted(house, oidc):
    connect(house, oidc)
    oidc.say(issuer="https://idp.harbour.test")

    answer = Client().post("/accounts/sso/", {"email": NEW})

    assert answer.status_code == 403
    assert "calls itself by another name" in text_of(answer)


def test_addresses_without_single_sign_on_get_one_answer_known_or_not(house, other_house, oidc):
    connect(house, oidc)

    known = Client().post("/accounts/sso/", {"email": "lead@harbour.test"})
    unknown = Client().post("/accounts/sso/", {"email": "nobo@harbour.test"})

    assert known.status_code == unknown.status_code == 422
    assert text_of(known) == text_of(unknown)
    assert "No organization leads addresses of this domain" in text_of(known)


def test_a_claimed_domain_that_is_not_verified_leads_nowhere(house, other_house, oidc):
    connect(house, oidc)
    with acting_in(house.organization):
        EmailDomain.objects.create(domain="harbour.test", proof="p")

    assert Client().post("/accounts/sso/", {"email": "lead@harbour.test"}).status_code == 422
    oidc.say(email="lead@harbour.test")
    client = Client()

    assert "not in a domain that this organization has verified" in text_of(go_through(client, oidc, NEW))
    assert not signed_in(client)


def give_password(house, who: str) -> None:
    user = house.member[who].user
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])


def test_an_account_with_a_password_is_linked_only_after_its_owner_signed_in_once(house, oidc):
    connect(house, oidc)
    give_password(house, "lead")
    client = Client()

    answer = go_through(client, oidc, "lead@meadow.test")

    assert (answer.status_code, answer.url) == (302, "/accounts/sso/link/")
    assert not signed_in(client)
    assert client.post("/accounts/sso/link/").status_code == 302  # to the sign-in page, nothing linked
    with acting_in(house.organization):
        assert not ExternalIdentity.objects.exists()
    client.post("/accounts/login/", {"login": "lead@meadow.test", "password": PASSWORD})
    assert client.post("/accounts/sso/link/").url == "/o/meadow/"
    with acting_in(house.organization):
        assert ExternalIdentity.objects.get().user == house.member["lead"].user
    again = Client()
    assert go_through(again, oidc, "lead@meadow.test").url == "/o/meadow/"


def test_the_sign_in_to_confirm_must_be_to_the_same_account(house, oidc):
    connect(house, oidc)
    give_password(house, "lead")
    give_password(house, "staff")
    client = Client()
    go_through(client, oidc, "lead@meadow.test")

    client.post("/accounts/login/", {"login": "staff@meadow.test", "password": PASSWORD})
    client.post("/accounts/sso/link/")

    with acting_in(house.organization):
        assert not ExternalIdentity.objects.exists()


def test_a_sign_in_before_the_provider_answered_does_not_confirm(house, oidc):
    connect(house, oidc)
    give_password(house, "lead")
    client = Client()
    client.post("/accounts/login/", {"login": "lead@meadow.test", "password": PASSWORD})
    go_through(client, oidc, "lead@meadow.test")

    client.post("/accounts/sso/link/")

    with acting_in(house.organization):
        assert not ExternalIdentity.objects.exists()


def test_a_member_whom_nobody_ever_signed_in_as_is_linked_at_once(house, oidc):
    connect(house, oidc)
    client = Client()

    answer = go_through(client, oidc, "staff@meadow.test")

    assert answer.url == "/o/meadow/"
    assert signed_in(client)
    assert lines(house, "member.joined") == []


def test_such_a_member_who_also_belongs_elsewhere_has_to_confirm(house, other_house, oidc):
    connect(house, oidc)
    with acting_for(other_house, "admin") as admin:
        add_member(actor=admin, email="staff@meadow.test", name="Stan Staff", roles=["staff"])

    assert go_through(Client(), oidc, "staff@meadow.test").url == "/accounts/sso/link/"


def test_a_deactivated_member_stays_out(house, oidc):
    connect(house, oidc)
    go_through(Client(), oidc, NEW)
    with acting_in(house.organization):
        Member.objects.filter(email=NEW).update(is_active=False)
    client = Client()

    answer = go_through(client, oidc, NEW)

    assert "Your access to this organization has ended" in text_of(answer)
    assert not signed_in(client)


@OPERATING
def test_an_operator_of_the_installation_is_never_vouched_for(house, oidc):
    connection = connect(house, oidc)
    root = operator("root@meadow.test")
    client = Client()

    answer = go_through(client, oidc, root.email)

    assert answer.url == "/accounts/sso/link/"
    assert not signed_in(client)
    with pytest.raises(SignInRefused, match="does not sign in through an organization"):
        link(
            organization_id=house.organization.pk,
            connection_id=connection.pk,
            assertion=Assertion(subject="root", email=root.email, name="Root"),
            user=root,
            now=timezone.now(),
        )
    with acting_in(house.organization):
        assert not ExternalIdentity.objects.exists()
    assert root.email not in dict(members(house))


def test_single_sign_on_of_one_organization_does_not_open_another(house, other_house, oidc):
    connect(house, oidc)
    client = Client()
    go_through(client, oidc, NEW)
    with acting_for(other_house, "admin") as admin:
        add_member(actor=admin, email=NEW, name="Nora New", roles=["staff"])

    page = client.get("/o/harbour/")
    api = client.get("/api/v1/organizations/harbour/me")

    assert page.status_code == api.status_code == 403
    assert "That opens that organization, not Harbour Bank" in text_of(page)
    assert api.json()["detail"] == "This organization asks you to sign in with a password or passkey."
    assert client.get("/o/meadow/").status_code == 200


def test_after_a_password_of_ones_own_the_other_organization_opens_too(house, other_house, oidc):
    connect(house, oidc)
    client = Client()
    go_through(client, oidc, NEW)
    with acting_for(other_house, "admin") as admin:
        add_member(actor=admin, email=NEW, name="Nora New", roles=["staff"])
    person = Person.objects.get(email=NEW)
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    go_through(client, oidc, NEW)
    assert client.get("/o/harbour/").status_code == 403

    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert client.get("/o/harbour/").status_code == 200
    assert client.get("/o/meadow/").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["email/", "password/set/", "password/change/", "2fa/", "2fa/totp/activate/", "2fa/recovery-codes/"],
)
def test_whom_only_an_organization_vouches_for_cannot_change_what_opens_the_account(house, oidc, path):
    connect(house, oidc)
    client = Client()
    go_through(client, oidc, NEW)

    got, posted = client.get(f"/accounts/{path}"), client.post(f"/accounts/{path}", {"email": "x@evil.test"})

    assert (got.status_code, posted.status_code) == (403, 403)
    assert not Authenticator.objects.exists()


def test_a_second_factor_of_the_account_is_asked_for_after_single_sign_on(house, oidc):
    connect(house, oidc)
    go_through(Client(), oidc, NEW)
    Authenticator.objects.create(user=Person.objects.get(email=NEW), type="totp", data={"secret": "unused"})
    client = Client()

    answer = go_through(client, oidc, NEW)

    assert answer.url == "/accounts/2fa/authenticate/"
    assert not signed_in(client)


def test_where_single_sign_on_is_demanded_a_password_does_not_open_but_for_the_exempt(house, oidc):
    connection = connect(house, oidc)
    give_password(house, "lead")
    demand(house, connection)
    lead, admin = Client(), Client()
    lead.post("/accounts/login/", {"login": "lead@meadow.test", "password": PASSWORD})
    admin.post("/accounts/login/", {"login": "admin@meadow.test", "password": PASSWORD})

    page, api = lead.get("/o/meadow/"), lead.get("/api/v1/organizations/meadow/me")

    assert page.status_code == api.status_code == 403
    assert "Meadow Clinic asks its members to come in through its single sign-on" in text_of(page)
    assert api.json()["detail"] == "This organization asks you to sign in through its single sign-on."
    assert admin.get("/o/meadow/").status_code == 200


def test_the_demand_does_not_reach_addresses_outside_the_verified_domains(house, oidc):
    connection = connect(house, oidc)
    with acting_for(house, "admin") as admin:
        add_member(
            actor=admin, email="guest@partner.test", name="Gil Guest", roles=["staff"], password=PASSWORD
        )
    demand(house, connection)
    guest = Client()

    guest.post("/accounts/login/", {"login": "guest@partner.test", "password": PASSWORD})

    assert guest.get("/o/meadow/").status_code == 200


def test_when_the_exempt_administrator_is_gone_the_other_administrators_are_let_in(house, oidc):
    connection = connect(house, oidc)
    with acting_for(house, "admin") as admin:
        add_member(actor=admin, email="ann@meadow.test", name="Ann Admin", roles=["admin"], password=PASSWORD)
    give_password(house, "lead")
    demand(house, connection)
    ann, lead = Client(), Client()
    ann.post("/accounts/login/", {"login": "ann@meadow.test", "password": PASSWORD})
    lead.post("/accounts/login/", {"login": "lead@meadow.test", "password": PASSWORD})
    assert ann.get("/o/meadow/").status_code == 403

    with acting_in(house.organization):
        Member.objects.filter(pk=house.member["admin"].pk).update(is_active=False)

    assert ann.get("/o/meadow/").status_code == 200
    assert lead.get("/o/meadow/").status_code == 403


def test_a_session_through_a_connection_that_was_switched_off_opens_nothing(house, oidc):
    connection = connect(house, oidc)
    client = Client()
    go_through(client, oidc, NEW)

    with acting_for(house, "admin") as admin:
        connections.switch_off(actor=admin, connection=connection)

    assert client.get("/o/meadow/").status_code == 403


def test_two_organizations_with_one_provider_do_not_open_each_other(house, other_house, oidc):
    connect(house, oidc)
    connection = connect(other_house, oidc)
    with acting_for(other_house, "admin") as admin:
        add_member(actor=admin, email=NEW, name="Nora New", roles=["staff"])
    verified(other_house, "second.test")
    demand(other_house, connection)
    client = Client()
    go_through(client, oidc, "staff@meadow.test", next="/o/meadow/")

    assert client.get("/o/meadow/").status_code == 200
    assert client.get("/o/harbour/").status_code == 404
    stay = Client()
    oidc.say(email=NEW, sub="person-2")
    assert go_through(stay, oidc, NEW).url == "/accounts/sso/link/"


def test_signing_in_as_another_person_leaves_nothing_of_the_first_session(house, oidc):
    connect(house, oidc)
    give_password(house, "lead")
    client = Client()
    client.post("/accounts/login/", {"login": "lead@meadow.test", "password": PASSWORD})

    go_through(client, oidc, NEW)

    records = client.session["account_authentication_methods"]
    assert [record["method"] for record in records] == ["single_sign_on"]
    assert client.session["_auth_user_id"] == str(Person.objects.get(email=NEW).pk)


def test_the_secret_is_in_no_page_no_trail_line_and_not_readable_in_the_table(house, oidc):
    connection = connect(house, oidc)
    admin = as_member(house, "admin")
    secret = "s3cret"

    pages = [
        admin.get(house.url(f"sign-in/{part}"))
        for part in ("", f"{connection.pk}/", f"{connection.pk}/edit/")
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not [page for page in pages if secret in page.content.decode()]
    assert connection.sealed_secret.startswith("v1:") and secret not in connection.sealed_secret
    with acting_in(house.organization):
        assert not TrailEvent.objects.filter(body__contains=secret).exists()
    assert not Session.objects.filter(session_data__contains=secret).exists()


def test_an_administrator_tests_a_connection_by_going_the_whole_way(house, oidc):
    connection = connect(house, oidc, on=False)
    admin = as_member(house, "admin")
    oidc.say(email="admin@meadow.test")
    url = house.url(f"sign-in/{connection.pk}/")
    refused = admin.post(f"{url}on/")
    assert refused.status_code == 422

    answer = admin.get(way_back(oidc.send_on(address_in(admin.post(f"{url}test/")))))

    assert answer.url == url
    assert fresh(house, connection).tested_at is not None and not connection.is_on
    assert len(lines(house, "sign_in_connection.tested")) == 1
    assert lines(house, "sign_in.single_sign_on") == []
    assert admin.post(f"{url}on/").url == url
    assert fresh(house, connection).is_on


def test_a_test_that_fails_is_told_and_leaves_the_connection_untested(house, oidc):
    connection = connect(house, oidc, on=False)
    admin = as_member(house, "admin")
    oidc.say(tamper="none")

    answer = admin.get(
        way_back(oidc.send_on(address_in(admin.post(house.url(f"sign-in/{connection.pk}/test/")))))
    )

    assert "not signed by the identity provider" in text_of(answer)
    assert fresh(house, connection).tested_at is None
