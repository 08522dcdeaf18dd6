"""A pack of a past day shows what pages and API show as of that day, by the same mechanism."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from aims.core.history import history_begins
from aims.core.models import Member
from aims.core.signing import Signer
from aims.core.tenancy.context import acting_in
from audits import packs
from audits.enums import PackKind
from audits.models import EvidencePack
from audits.pack_trail import history_fact
from inventory.models import AISystem, Supplier
from inventory.services.suppliers import register_supplier
from inventory.services.systems import register_system
from risk.models import Risk
from risk.services.risks import identify_risk
from tests.cast import House, as_member, build_house
from tests.core.test_as_of import age

DAY = datetime.timedelta(days=1)


@pytest.fixture
def own(transactional_db: None) -> House:
    house = build_house("Meadow Clinic", "meadow")
    enter(house, "then")
    return house


def enter(house: House, when: str) -> None:
    now = timezone.now()
    with acting_in(house.organization, actor=house.lead) as actor:
        system = register_system(
            actor=actor, name=f"System {when}", owner=house.member["owner"], now=now, is_in_scope=True
        )
        register_supplier(actor=actor, name=f"Supplier {when}", now=now)
        identify_risk(actor=actor, title=f"Risk {when}", system=system, now=now)


def rename_all(house: House) -> None:
    """Bulk writes, which history keeps as well."""
    with acting_in(house.organization):
        AISystem.objects.update(name="System renamed")
        Supplier.objects.update(name="Supplier renamed")
        Risk.objects.update(title="Risk renamed")
        Member.objects.filter(pk=house.member["owner"].pk).update(name="Olga Renamed")


def contents_of(house: House, day: datetime.date) -> packs.Contents:
    with acting_in(house.organization):
        pack = EvidencePack(
            organization_id=house.organization.pk, reference="EP-001", kind=PackKind.STAGE1, as_of=day
        )
        return packs.read_contents(pack, signer=Signer.from_settings(), now=timezone.now())


def rows_of(contents: packs.Contents, key: str, table: str) -> list[tuple[Any, ...]]:
    section = next(each for each in contents.sections if each.key == key)
    data: Any = section.data[table]
    return list(data.rows)


def test_a_pack_of_a_past_day_equals_what_the_pages_show_as_of_that_day(own: House) -> None:
    age(10)
    rename_all(own)
    enter(own, "today")
    then, lead = (timezone.now() - 5 * DAY).date(), as_member(own, "lead")

    contents = contents_of(own, then)

    for path, key, table, name in (
        ("systems", "ai-systems", "in-scope", "System"),
        ("suppliers", "suppliers", "suppliers", "Supplier"),
        ("risks", "risk-register", "register", "Risk"),
    ):
        told = [(row[0], row[1]) for row in rows_of(contents, key, table)]
        answer = lead.get(own.api(path), {"as_of": str(then)}).json()["results"]
        page = lead.get(own.url(f"{path}/"), {"as_of": str(then)}).text
        assert told == [(each["reference"], each.get("name") or each["title"]) for each in answer]
        assert [title for _, title in told] == [f"{name} then"]
        assert f"{name} then" in page and f"{name} renamed" not in page and f"{name} today" not in page
    assert rows_of(contents, "ai-systems", "in-scope")[0][3] == "Oscar Owner"


def test_a_pack_of_today_shows_today(own: House) -> None:
    age(10)
    rename_all(own)
    enter(own, "today")

    contents = contents_of(own, timezone.now().date())

    names = {row[1] for row in rows_of(contents, "ai-systems", "in-scope")}
    assert names == {"System renamed", "System today"}


def test_the_first_page_says_when_history_begins_and_why_a_register_is_empty(own: House) -> None:
    age(3)
    with acting_in(own.organization) as actor:
        assert actor.organization_id == own.organization.pk
        begins = history_begins()

    before = contents_of(own, begins - DAY)
    after = contents_of(own, begins + DAY)

    assert rows_of(before, "ai-systems", "in-scope") == []
    assert "its registers are empty because nothing was entered by that day" in history_fact(before.facts)
    assert "empty" not in history_fact(after.facts)
    assert f"{begins:%d %b %Y}" in history_fact(after.facts)
