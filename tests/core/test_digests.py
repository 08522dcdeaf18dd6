"""The daily digest: the root of the trail by mail, once for each day and person, to those who chose it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from aims.core import checkpoints, tasks, trail
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Mail, Organization, TrailCheckpoint, TrailEvent
from aims.core.services.settings import change_settings
from aims.core.signing import Signer
from aims.core.tenancy.context import acting_as, acting_in
from tests.cast import House, build_house

TOMORROW = datetime.timedelta(days=1)


@pytest.fixture
def own(transactional_db: None) -> House:
    house = build_house("Meadow Clinic", "meadow")
    checkpoints.round_of(house.organization.pk, now=timezone.now())
    return house


def choose(house: House, digest_to: str, *, by: str = "admin") -> None:
    with acting_as(house.actor(by)) as actor:
        organization = Organization.objects.get(pk=house.organization.pk)
        change_settings(
            actor=actor, organization=organization, name="Meadow Clinic", time_zone="UTC", digest_to=digest_to
        )


def day_after(house: House, days: int = 1) -> list[Any]:
    """The digests after the round of a later day."""
    today = (timezone.now() + days * TOMORROW).date()
    tasks.daily_round(organization_id=house.organization.pk, today=today.isoformat())
    with acting_in(house.organization):
        return list(Mail.objects.filter(dedupe__startswith="trail-digest").order_by("recipient"))


def test_it_names_lines_root_and_key_and_holds_the_signed_checkpoint(own: House) -> None:
    choose(own, "admins")
    with acting_in(own.organization):
        count = TrailEvent.objects.count()
        checkpoint = TrailCheckpoint.objects.get()

    [mail] = day_after(own)

    assert mail.recipient == "admin@meadow.test"
    assert f"{count} lines were added" in mail.text
    assert f"line {checkpoint.seq}, signed" in mail.text
    assert bytes(checkpoint.hash).hex() in mail.text
    assert Signer.from_settings().fingerprint() in mail.text
    assert checkpoint.note in mail.text
    anchor = checkpoints.read(
        checkpoint.note, organization="meadow", public_key=Signer.from_settings().public_key_text()
    )
    assert anchor.hash.hex() in mail.text


@pytest.mark.parametrize(
    ("choice", "readers"),
    [
        ("nobody", []),
        ("admins", ["admin@meadow.test"]),
        ("admins_and_lead", ["admin@meadow.test", "lead@meadow.test"]),
    ],
)
def test_it_goes_to_whom_the_organization_chose(own: House, choice: str, readers: list[str]) -> None:
    choose(own, choice)

    assert [mail.recipient for mail in day_after(own)] == readers


def test_many_rounds_of_a_day_send_one(own: House) -> None:
    choose(own, "admins")

    day_after(own)
    day_after(own)

    assert len(day_after(own)) == 1


def test_a_day_without_lines_sends_none_and_the_next_with_lines_does(own: House) -> None:
    choose(own, "admins")
    assert len(day_after(own)) == 1
    assert len(day_after(own, days=2)) == 1

    with time_machine.travel(timezone.now() + 2 * TOMORROW), acting_in(own.organization) as actor:
        trail.record(actor, "test.line")

    found = day_after(own, days=3)
    assert len(found) == 2
    assert any("1 line was added" in mail.text for mail in found)


@override_settings(BASE_URL="https://portal.test")
def test_nothing_of_another_organization_is_told(own: House) -> None:
    other = build_house("Harbour Bank", "harbour")
    choose(own, "admins")

    [mail] = day_after(own)

    assert "Harbour" not in mail.text and "harbour" not in mail.text
    assert day_after(other) == []


def test_only_administrators_choose_and_only_what_there_is(own: House) -> None:
    with pytest.raises(NotAllowed):
        choose(own, "admins", by="lead")
    with pytest.raises(RuleBroken) as refused:
        choose(own, "everybody")

    assert refused.value.field == "digest_to"
    with acting_in(own.organization):
        assert Organization.objects.get(pk=own.organization.pk).digest_to == "nobody"
