"""A departed person's name and address go, everywhere but where they are sealed; the chain stays whole."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.db import connection, models, transaction

from aims.core import invitations, verification
from aims.core.enums import ErasureState
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import Erasure, Mail, Member, Notification, Person, TrailEvent
from aims.core.services.erasure import decide_erasure, request_erasure
from aims.core.services.organizations import add_member, deactivate_member
from aims.core.snapshots import freeze
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.past import looking_back
from aims.core.tenancy.policies import tenant_models
from inventory.services.systems import register_system
from tests.cast import NOW, House, as_member

NAME, ADDRESS = "Zelda Quark", "zq.canary@quark.test"


def join(house: House, *, name: str = NAME, address: str = ADDRESS) -> Member:
    with acting_in(house.organization):
        member = add_member(actor=house.admin, email=address, name=name, roles=["staff"], password="x" * 20)
        tell(member, dedupe="welcome", text=f"Welcome, {name}.", mail_subject=f"Welcome, {name}")
        tell(house.member["lead"], dedupe="joined", text=f"{name} ({address}) joined.", mail_subject="Joined")
    return member


def leave(house: House, member: Member) -> None:
    with acting_as(house.admin) as actor:
        deactivate_member(actor=actor, member=member, reason="Left")


@pytest.fixture
def leaver(house: House) -> Member:
    member = join(house)
    leave(house, member)
    return member


def asked(house: House, member: Member) -> Erasure:
    with acting_as(house.admin) as actor:
        return request_erasure(actor=actor, member=member, ground="consent_withdrawn", note="Case 7", now=NOW)


def erased(house: House, member: Member) -> Erasure:
    erasure = asked(house, member)
    with acting_as(house.lead) as actor:
        return decide_erasure(actor=actor, erasure=erasure, confirm=True, now=NOW)


def places_of(*words: str) -> Iterator[tuple[str, str]]:
    """Every text of every table of the organization acted in, history and JSON too, that holds a word."""
    with connection.cursor() as cursor:
        for model in tenant_models():
            for column in model._meta.local_concrete_fields:
                if isinstance(column, models.CharField | models.TextField | models.JSONField):
                    for word in words:
                        cursor.execute(
                            f"SELECT count(*) FROM {model._meta.db_table} "  # noqa: S608 (our own names)
                            f'WHERE position(%s in "{column.column}"::text) > 0',
                            [word],
                        )
                        if cursor.fetchone()[0]:
                            yield model._meta.db_table, column.column


def test_the_name_and_the_address_are_found_nowhere_any_more(house: House, leaver: Member) -> None:
    with acting_in(house.organization):
        before = set(places_of(NAME, ADDRESS))
    assert {("core_member", "name"), ("core_memberevent", "email"), ("core_mail", "recipient")} <= before
    assert {("core_mail", "text"), ("core_notification", "text")} <= before

    erasure = erased(house, leaver)

    with acting_in(house.organization):
        assert list(places_of(NAME, ADDRESS, "zq.canary", "Zelda")) == []
        member = Member.objects.get(pk=leaver.pk)
        assert (member.name, member.email) == (
            f"Former member {leaver.pk}",
            f"former-{leaver.pk}@erased.invalid",
        )
        text = f"Former member {leaver.pk} (former-{leaver.pk}@erased.invalid) joined."
        assert Notification.objects.filter(text=text).count() == 1
        assert not Mail.objects.filter(recipient=ADDRESS).exists()
    assert (erasure.state, erasure.kept, erasure.account_ended) == (ErasureState.DONE, [], True)


def test_the_past_shows_the_pseudonym_too(house: House, leaver: Member) -> None:
    with acting_in(house.organization):
        moment = datetime.datetime.now(tz=datetime.UTC)
    erased(house, leaver)

    with acting_in(house.organization), looking_back(moment):
        assert Member.objects.get(pk=leaver.pk).name == f"Former member {leaver.pk}"


def test_the_account_is_closed_and_cannot_be_signed_in_to(house: House, leaver: Member) -> None:
    erased(house, leaver)

    person = Person.objects.get(pk=leaver.user_id)
    assert (person.name, person.email) == (f"Former member {leaver.pk}", f"former-{leaver.pk}@erased.invalid")
    assert not person.is_active and not person.has_usable_password()
    assert not EmailAddress.objects.filter(email=ADDRESS).exists()


def test_an_account_that_another_organization_needs_stays_and_nothing_here_points_at_it(
    house: House, other_house: House, leaver: Member
) -> None:
    with acting_in(other_house.organization):
        there = add_member(actor=other_house.admin, email=ADDRESS, name=NAME, roles=["staff"])

    erasure = erased(house, leaver)

    person = Person.objects.get(pk=leaver.user_id)
    assert (person.email, person.name, person.is_active) == (ADDRESS, NAME, True)
    assert erasure.account_ended is False
    with acting_in(house.organization):
        stand_in = Member.objects.get(pk=leaver.pk).user
        assert stand_in != person and not stand_in.is_active
    with acting_in(other_house.organization):
        assert Member.objects.get(pk=there.pk).name == NAME


@pytest.mark.django_db(transaction=True)
def test_the_chain_is_valid_afterwards_and_tells_of_it_without_the_name(transactional_db: None) -> None:
    from tests.cast import build_house

    house = build_house("Meadow Clinic", "meadow")
    member = join(house)
    leave(house, member)
    erased(house, member)

    with acting_in(house.organization):
        report = verification.verify(house.organization.pk)
        told = list(TrailEvent.objects.filter(action__contains="eras").order_by("id"))
        assert [line.action for line in told] == ["erasure.requested", "member.erased", "erasure.confirmed"]
        assert NAME not in "".join(TrailEvent.objects.values_list("body", flat=True))
    assert report.is_intact


def test_what_is_sealed_and_what_people_wrote_is_listed_with_the_reason(house: House, leaver: Member) -> None:
    with acting_as(house.lead) as actor:
        system = register_system(
            actor=actor, name="Triage", owner=house.member["owner"], now=NOW, purpose=f"As {NAME} asked"
        )
        sealed = freeze(actor, system, {"approved_by": NAME}, now=NOW)

    erasure = erased(house, leaver)

    assert [(each["label"], each["url"]) for each in erasure.kept] == [
        (f"AI system no. {system.pk}, version 1", house.url(f"systems/{system.pk}/")),
        (f"AI system no. {system.pk}", house.url(f"systems/{system.pk}/")),
    ]
    assert "sealed" in erasure.kept[0]["why"] and "Written by people" in erasure.kept[1]["why"]
    with acting_in(house.organization):
        sealed.refresh_from_db()
        assert NAME in sealed.text


def test_whoever_asked_does_not_confirm(house: House, leaver: Member) -> None:
    erasure = asked(house, leaver)

    with pytest.raises(RuleBroken, match="Another person"), acting_as(house.admin) as actor:
        decide_erasure(actor=actor, erasure=erasure, confirm=True, now=NOW)

    with acting_in(house.organization):
        assert Member.objects.get(pk=leaver.pk).name == NAME
        assert Erasure.objects.get().state == ErasureState.WAITING


def test_nothing_is_erased_before_somebody_confirms_or_when_it_is_refused(
    house: House, leaver: Member
) -> None:
    erasure = asked(house, leaver)
    with acting_in(house.organization):
        assert Member.objects.get(pk=leaver.pk).name == NAME

    with acting_as(house.lead) as actor:
        decide_erasure(actor=actor, erasure=erasure, confirm=False, now=NOW)
        with pytest.raises(StaleState):
            decide_erasure(actor=actor, erasure=erasure, confirm=True, now=NOW)

    with acting_in(house.organization):
        assert Member.objects.get(pk=leaver.pk).email == ADDRESS
        assert Erasure.objects.get().state == ErasureState.REFUSED
    assert asked(house, leaver).pk != erasure.pk


def test_somebody_with_access_is_not_erased(house: House) -> None:
    member = join(house)

    with pytest.raises(RuleBroken, match="End this person's access first"):
        asked(house, member)

    with acting_in(house.organization):
        assert not Erasure.objects.exists()


def test_an_open_invitation_to_the_address_is_withdrawn_first(house: House, leaver: Member) -> None:
    erasure = asked(house, leaver)
    with acting_in(house.organization):
        Person.objects.filter(pk=leaver.user_id).update(email="moved@quark.test")
        invitations.Invitation.objects.create(
            email=ADDRESS, name=NAME, roles=["staff"], digest="d", sent_at=NOW, expires_at=NOW
        )

    with pytest.raises(RuleBroken, match="Withdraw it first"), acting_as(house.lead) as actor:
        decide_erasure(actor=actor, erasure=erasure, confirm=True, now=NOW)

    with acting_in(house.organization):
        assert Member.objects.get(pk=leaver.pk).name == NAME


@pytest.mark.parametrize("note", [f"For {NAME}", "from ZQ.canary@quark.test"])
def test_the_note_that_is_kept_does_not_name_the_person(house: House, leaver: Member, note: str) -> None:
    with pytest.raises(RuleBroken) as refused, acting_as(house.admin) as actor:
        request_erasure(actor=actor, member=leaver, ground="objection", note=note, now=NOW)

    assert refused.value.field == "note"


@pytest.mark.parametrize("ground", ["", "because"])
def test_a_legal_ground_is_named(house: House, leaver: Member, ground: str) -> None:
    with pytest.raises(RuleBroken) as refused, acting_as(house.admin) as actor:
        request_erasure(actor=actor, member=leaver, ground=ground, now=NOW)

    assert refused.value.field == "ground"


@pytest.mark.parametrize("who", ["lead", "owner", "top", "internal_auditor", "staff"])
def test_only_an_administrator_asks(house: House, leaver: Member, who: str) -> None:
    with pytest.raises(NotAllowed), acting_as(house.actor(who)) as actor:
        request_erasure(actor=actor, member=leaver, ground="objection", now=NOW)


@pytest.mark.parametrize("who", ["owner", "risk_owner", "control_owner", "internal_auditor", "staff"])
def test_who_may_not_confirm_changes_nothing(house: House, leaver: Member, who: str) -> None:
    erasure = asked(house, leaver)

    with pytest.raises(NotAllowed), acting_as(house.actor(who)) as actor:
        decide_erasure(actor=actor, erasure=erasure, confirm=True, now=NOW)

    with acting_in(house.organization):
        assert Member.objects.get(pk=leaver.pk).name == NAME


def test_the_database_rewrites_history_only_for_a_confirmed_erasure(house: House, leaver: Member) -> None:
    asked(house, leaver)
    for member in (leaver, house.member["lead"]):
        with acting_in(house.organization):
            with pytest.raises(Exception, match="no confirmed erasure") as refused, transaction.atomic():
                _call("erase_member_history", member.pk)
            assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
            assert list(places_of(NAME))


def test_another_organization_neither_erases_nor_asks_about_an_account(
    house: House, other_house: House, leaver: Member
) -> None:
    erasure = asked(house, leaver)
    with acting_in(other_house.organization):
        assert _call("account_needed_elsewhere", leaver.pk) is True  # what it says of nobody, too
        assert _call("account_needed_elsewhere", 999_999_999) is True

    page = as_member(other_house, "lead").post(other_house.url(f"people/erasures/{erasure.pk}/decide/"))

    assert page.status_code == 404
    with acting_in(house.organization):
        assert Member.objects.get(pk=leaver.pk).name == NAME


def test_the_page_asks_and_another_person_confirms(house: House, leaver: Member) -> None:
    admin, lead = as_member(house, "admin"), as_member(house, "lead")
    assert "Erase personal data" in admin.get(house.url("people/")).text

    answer = admin.post(house.url(f"people/{leaver.pk}/erase/"), {"ground": "objection", "note": "Case 7"})
    with acting_in(house.organization):
        erasure = Erasure.objects.get()
    page = house.url(f"people/erasures/{erasure.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "Another person confirms" in admin.get(page).text
    assert "Erase for good" in lead.get(page).text
    lead.post(f"{page}decide/", {"decision": "confirm"})

    shown = lead.get(house.url("people/")).text
    assert NAME not in shown and ADDRESS not in shown and f"Former member {leaver.pk}" in shown
    assert "Erase personal data" not in admin.get(house.url("people/")).text


def test_the_api_asks_and_decides(house: House, leaver: Member) -> None:
    admin, lead = as_member(house, "admin"), as_member(house, "lead")
    body: dict[str, Any] = {"departed_id": leaver.pk, "ground": "objection"}

    made = admin.post(house.api("erasures"), body, content_type="application/json")
    own = admin.post(
        house.api(f"erasures/{made.json()['id']}/decide"), {"confirm": True}, content_type="application/json"
    )
    done = lead.post(
        house.api(f"erasures/{made.json()['id']}/decide"), {"confirm": True}, content_type="application/json"
    )

    assert (made.status_code, own.status_code, done.status_code) == (201, 422, 200)
    assert done.json()["state"] == "done"
    assert admin.get(house.api("erasures")).json()["results"][0]["account_ended"] is True


def test_a_list_of_thirty_departed_people_costs_no_more_queries(
    house: House, django_assert_num_queries: Any
) -> None:
    client = as_member(house, "admin")
    leave(house, join(house))
    client.get(house.url("people/"))
    with _counted() as one:
        client.get(house.url("people/"))
    for number in range(30):
        member = join(house, name=f"Leaver {number}", address=f"leaver{number}@quark.test")
        leave(house, member)
        asked(house, member)

    with django_assert_num_queries(len(one)):
        client.get(house.url("people/"))


def _counted() -> Any:
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def _call(function: str, number: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
        return cursor.fetchone()[0]
