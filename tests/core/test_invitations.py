"""Invitations: one address, one link, one week, one use."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from aims.core import directory, invitations, messages
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Invitation, Mail, Member, Person, TrailEvent
from aims.core.services.organizations import deactivate_member
from aims.core.tenancy.context import acting_in
from tests.cast import PASSWORD, House, acting_for, as_member
from tests.queries import count_queries

NORA = "nora@meadow.test"
DAY = datetime.timedelta(days=1)
NEW_ACCOUNT = {"name": "Nora New", "password1": PASSWORD, "password2": PASSWORD}


def invite(house: House, email: str = NORA, roles: tuple[str, ...] = ("risk_owner",)) -> Invitation:
    with acting_for(house, "admin") as actor:
        return invitations.invite(
            actor=actor, email=email, name="Nora New", roles=list(roles), now=timezone.now()
        )


def again(house: House, invitation: Invitation) -> Invitation:
    with acting_for(house, "admin") as actor:
        invitation.refresh_from_db()
        return invitations.resend(actor=actor, invitation=invitation, now=timezone.now())


def letters(house: House) -> list[Mail]:
    with acting_in(house.organization):
        return list(Mail.objects.filter(dedupe__startswith="invitation:").order_by("pk"))


def path_of(house: House, number: int = -1) -> str:
    """The address in the newest mail, without the host."""
    found = re.search(r"(/invitations/\S+)", letters(house)[number].text)
    assert found
    return found.group(1)


def member(house: House, email: str) -> Member | None:
    with acting_in(house.organization):
        return Member.objects.filter(email=email).first()


def lines(house: House) -> list[str]:
    with acting_in(house.organization):
        found = TrailEvent.objects.filter(action__startswith="invitation.").order_by("pk")
        return [event.action for event in found]


def gone(client: Client, path: str) -> bool:
    answer = client.get(path)
    posted = client.post(path, NEW_ACCOUNT)
    return {answer.status_code, posted.status_code} == {404} and b"This link does not work" in answer.content


def test_a_new_person_joins_by_the_link_with_name_and_password(house: House, nobody: Client) -> None:
    invite(house)
    path = path_of(house)
    assert b"Meadow Clinic invites you" in nobody.get(path).content

    answer = nobody.post(path, NEW_ACCOUNT)

    assert (answer.status_code, answer.url) == (302, house.url())
    assert nobody.get(house.url("risks/")).status_code == 200
    nora = member(house, NORA)
    assert nora is not None
    assert (nora.name, nora.roles, nora.is_active) == ("Nora New", ["risk_owner"], True)
    assert nora.user.check_password(PASSWORD)
    assert lines(house) == ["invitation.sent", "invitation.accepted"]


def test_the_mail_goes_once_and_its_link_is_forgotten(house: House) -> None:
    invite(house)
    letter = letters(house)[0]
    token = path_of(house).strip("/").rpartition("/")[2]

    for _ in range(2):
        messages.send(house.organization.pk, letter.pk)

    assert [(sent.to, sent.subject) for sent in mail.outbox] == [([NORA], "Invitation to Meadow Clinic")]
    assert token in mail.outbox[0].body
    with acting_in(house.organization):
        letter.refresh_from_db()
        stored = Invitation.objects.get()
    assert (letter.state, letter.text) == ("sent", "")
    assert stored.digest == invitations.digest_of(token)
    assert token not in str(vars(stored))


def test_an_ordinary_mail_keeps_its_text(house: House) -> None:
    with acting_in(house.organization):
        messages.send_later(dedupe="plain", recipient=NORA, subject="Hello", text="A plain text")
        letter = Mail.objects.get(dedupe="plain")

    messages.send(house.organization.pk, letter.pk)

    with acting_in(house.organization):
        letter.refresh_from_db()
    assert (letter.state, letter.text) == ("sent", "A plain text")


@pytest.mark.parametrize("change", ["used", "expired", "withdrawn", "sent again", "truncated", "invented"])
def test_a_link_that_does_not_work_says_the_same_whatever_the_reason(
    house: House, nobody: Client, change: str
) -> None:
    invitation = invite(house)
    path = path_of(house)
    when = timezone.now()
    if change == "used":
        Client().post(path, NEW_ACCOUNT)
    elif change == "expired":
        with acting_in(house.organization):
            Invitation.objects.update(expires_at=when - DAY)
    elif change == "withdrawn":
        with acting_for(house, "admin") as actor:
            invitations.withdraw(actor=actor, invitation=invitation, now=when)
    elif change == "sent again":
        again(house, invitation)
    elif change == "truncated":
        path = f"{path.rstrip('/')[:-1]}/"
    else:
        path = "/invitations/" + "a" * 43 + "/"
    before = Person.objects.count()

    assert gone(nobody, path)

    known = nobody.get("/invitations/nothing/").content
    assert _without_tokens(nobody.get(path).content) == _without_tokens(known)
    assert Person.objects.count() == before
    if change != "used":
        assert member(house, NORA) is None


def _without_tokens(content: bytes) -> bytes:
    return re.sub(rb'content="[A-Za-z0-9]{64}"', b"", content)


def test_a_link_holds_for_seven_days(house: House) -> None:
    invitation = invite(house)

    assert invitation.expires_at - invitation.sent_at == 7 * DAY


def test_sending_again_gives_a_new_link_for_another_week_in_a_second_mail(
    house: House, nobody: Client
) -> None:
    invitation = invite(house)
    old = path_of(house)
    with time_machine.travel(timezone.now() + 8 * DAY, tick=False):
        sent = again(house, invitation)
        later = timezone.now()

    assert (sent.times_sent, sent.expires_at) == (2, later + 7 * DAY)
    assert len(letters(house)) == 2
    assert gone(nobody, old)
    assert nobody.get(path_of(house)).status_code == 200
    assert lines(house) == ["invitation.sent", "invitation.resent"]


def test_what_was_accepted_meanwhile_is_neither_sent_again_nor_withdrawn(
    house: House, nobody: Client
) -> None:
    invitation = invite(house)
    nobody.post(path_of(house), NEW_ACCOUNT)

    with acting_for(house, "admin") as actor:
        with pytest.raises(StaleState):
            invitations.resend(actor=actor, invitation=invitation, now=timezone.now())
        with pytest.raises(StaleState):
            invitations.withdraw(actor=actor, invitation=invitation, now=timezone.now())
        found = Invitation.objects.get()

    assert (found.times_sent, found.withdrawn_at) == (1, None)
    assert len(letters(house)) == 1


def test_who_has_an_account_signs_in_and_accepts_as_that_address(house: House, other_house: House) -> None:
    email = "lead@harbour.test"
    user = other_house.member["lead"].user
    user.set_password(PASSWORD)
    user.save()
    invite(house, email)
    path = path_of(house)
    client = Client()

    page = client.get(path).content.decode()
    assert "There is an account for" in page
    refused = client.post(path, {**NEW_ACCOUNT, "password1": "stolen by the link", "password2": ""})
    assert refused.url == f"/accounts/login/?next={path}"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    client.post(refused.url, {"login": email, "password": PASSWORD})
    answer = client.post(path)

    assert (answer.status_code, answer.url) == (302, house.url())
    joined = member(house, email)
    assert joined is not None
    assert (joined.user_id, joined.roles) == (user.pk, ["risk_owner"])


def test_somebody_else_is_told_whose_it_is_and_does_not_join(house: House, stranger: Client) -> None:
    invite(house)
    path = path_of(house)

    shown, posted = stranger.get(path), stranger.post(path, NEW_ACCOUNT)

    for answer in (shown, posted):
        assert answer.status_code == 403
        assert b"This invitation is for" in answer.content
        assert NORA.encode() in answer.content
    assert member(house, NORA) is None
    assert member(house, "lead@harbour.test") is None
    assert stranger.get(house.url()).status_code == 404


def test_who_left_comes_back_with_the_roles_of_the_invitation(house: House) -> None:
    staff = house.member["staff"]
    with acting_for(house, "admin") as actor:
        deactivate_member(actor=actor, member=staff, reason="Left")
    invite(house, staff.email, ("control_owner",))
    client = as_member(house, "staff")
    assert client.get(house.url()).status_code == 404
    staff.user.set_password(PASSWORD)
    staff.user.save()
    client = as_member(house, "staff")

    client.post(path_of(house))

    back = member(house, staff.email)
    assert back is not None
    assert (back.pk, back.is_active, back.roles) == (staff.pk, True, ["control_owner"])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"email": "lead@meadow.test"}, "in the organization already"),
        ({"email": "LEAD@meadow.test "}, "in the organization already"),
        ({"email": NORA}, "invited already"),
        ({"name": " "}, "name"),
        ({"roles": []}, "at least one role"),
        ({"roles": ["external_auditor"]}, "cannot be given"),
        ({"roles": ["system"]}, "cannot be given"),
    ],
)
def test_what_cannot_be_invited(house: House, values: dict[str, Any], sentence: str) -> None:
    invite(house)
    given = {"email": "new@meadow.test", "name": "New", "roles": ["staff"], **values}

    with acting_for(house, "admin") as actor, pytest.raises(RuleBroken, match=sentence):
        invitations.invite(actor=actor, now=timezone.now(), **given)

    assert len(letters(house)) == 1
    assert lines(house) == ["invitation.sent"]


def test_only_administrators_invite_send_again_and_withdraw(house: House) -> None:
    invitation = invite(house)
    with acting_for(house, "lead") as lead:
        with pytest.raises(NotAllowed):
            invitations.invite(actor=lead, email="x@y.test", name="X", roles=["staff"], now=timezone.now())
        with pytest.raises(NotAllowed):
            invitations.resend(actor=lead, invitation=invitation, now=timezone.now())
        with pytest.raises(NotAllowed):
            invitations.withdraw(actor=lead, invitation=invitation, now=timezone.now())

    assert len(letters(house)) == 1
    assert lines(house) == ["invitation.sent"]


def test_passwords_that_differ_or_are_weak_are_refused_with_what_was_typed_kept(
    house: House, nobody: Client
) -> None:
    invite(house)
    path = path_of(house)

    differ = nobody.post(path, {**NEW_ACCOUNT, "password2": "something else entirely"})
    weak = nobody.post(path, {**NEW_ACCOUNT, "password1": "password1234", "password2": "password1234"})

    assert (differ.status_code, weak.status_code) == (422, 422)
    assert b"The two passwords differ." in differ.content
    assert b'value="Nora New"' in weak.content
    assert b"password1234" not in weak.content
    assert not Person.objects.filter(email=NORA).exists()
    assert nobody.get(path).status_code == 200


def test_the_page_lists_open_invitations_and_acts_on_them(house: House) -> None:
    admin = as_member(house, "admin")
    answer = admin.post(
        house.url("people/new/"), {"name": "Nora New", "email": NORA, "roles": ["risk_owner"]}
    )
    assert answer.status_code == 302
    with acting_in(house.organization):
        invitation = Invitation.objects.get()
    assert NORA in admin.get(house.url("people/")).content.decode()

    admin.post(house.url(f"invitations/{invitation.pk}/resend/"))
    admin.post(house.url(f"invitations/{invitation.pk}/withdraw/"))

    assert f"{NORA}</span>" not in admin.get(house.url("people/")).content.decode()
    assert lines(house) == ["invitation.sent", "invitation.resent", "invitation.withdrawn"]
    assert member(house, NORA) is None


def test_the_api_does_the_same(house: House) -> None:
    admin = as_member(house, "admin")
    body = {"email": NORA, "name": "Nora New", "roles": ["risk_owner"]}

    made = admin.post(house.api("invitations"), body, content_type="application/json")
    assert made.status_code == 201
    pk = made.json()["id"]
    assert "digest" not in made.json()
    assert [row["email"] for row in admin.get(house.api("invitations")).json()["results"]] == [NORA]
    twice = admin.post(house.api("invitations"), body, content_type="application/json")
    assert twice.status_code == 422
    assert json.loads(twice.content)["errors"] == {
        "email": ["This address is invited already. Send that invitation again."]
    }
    assert admin.post(house.api(f"invitations/{pk}/resend")).json()["times_sent"] == 2
    assert admin.post(house.api(f"invitations/{pk}/withdraw")).status_code == 204
    assert admin.get(house.api("invitations")).json()["count"] == 0
    assert admin.post(house.api(f"invitations/{pk}/withdraw")).status_code == 404


def test_another_organizations_invitation_is_not_found(house: House, other_house: House) -> None:
    invitation = invite(house)
    admin = as_member(other_house, "admin")

    assert admin.post(other_house.url(f"invitations/{invitation.pk}/withdraw/")).status_code == 404
    assert admin.post(other_house.api(f"invitations/{invitation.pk}/resend")).status_code == 404
    assert admin.get(other_house.api("invitations")).json()["count"] == 0
    assert directory.invitation_by_digest(invitation.digest) == (house.organization.pk, invitation.pk)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_takes_as_many_queries_with_one_invitation_as_with_thirty(house: House, rows: int) -> None:
    for number in range(rows):
        invite(house, f"person{number}@meadow.test")
    admin = as_member(house, "admin")

    with count_queries() as seen:
        admin.get(house.url("people/"))

    assert len(seen) == 6, seen
