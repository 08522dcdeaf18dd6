"""What the inventory shows at places that lower apps name, and what it puts into evidence packs."""

from __future__ import annotations

import datetime

import pytest

from aims.core.documents import Prose, Table
from aims.core.history import day_looked_back_to
from aims.core.models import Evidence, Snapshot
from aims.core.queries.evidence import uses_of
from aims.core.services.handing_over import holdings
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import AISystem, SupplierEvidence
from inventory.places import systems as places
from inventory.sections import systems as sections
from inventory.services import scope as scopes
from inventory.services import suppliers
from inventory.services import systems as services
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.auditors import auditor_of, grant_for
from tests.inventory.factories import a_complete_system, a_system


def titles(work: object) -> list[str]:
    return [item.title for item in work]  # type: ignore[attr-defined]


def test_the_lead_is_asked_to_name_owners(acting):
    assert titles(places.lead_work(acting.lead, TODAY)) == []
    a_system(acting)

    (item,) = places.lead_work(acting.lead, TODAY)

    assert (item.detail, item.url) == ("1 system has no owner", "/o/meadow/systems/?view=no_owner")
    assert titles(places.lead_work(acting.owner, TODAY)) == []


def test_owners_are_asked_about_their_own_systems(acting):
    a_complete_system(acting, next_review_date=TODAY - datetime.timedelta(days=1))
    a_system(acting, name="Bare", owner=acting.member["owner"])
    a_system(acting, name="Nobody's")

    assert titles(places.own_work(acting.owner, TODAY)) == [
        "Review Invoice sorter",
        "Complete the record of Bare",
    ]


def test_a_scope_waits_for_somebody_else(acting):
    scopes.write_scope_statement(actor=acting.lead, statement="All", now=NOW)

    assert len(titles(places.scope_work(acting.top, TODAY))) == 1
    assert titles(places.scope_work(acting.lead, TODAY)) == []


def test_search_finds_own_systems(house, other_house):
    with acting_in(other_house.organization):
        a_system(other_house, name="Invoice robot")
    with acting_in(house.organization):
        a_system(house)
        hits = list(places.search(house.lead, "invoice"))
        barred = list(places.search(house.staff, "invoice"))

    assert [hit.label for hit in hits] == ["SYS-001 Invoice sorter"]
    assert barred == []


def test_nobody_leaves_while_they_own_a_system(acting):
    system = a_system(acting, owner=acting.member["owner"])

    [held] = holdings(acting.member["owner"])
    assert [each.label for each in held.records] == ["SYS-001 Invoice sorter"]
    services.set_owner(actor=acting.lead, system=system, owner=None, now=NOW)
    assert holdings(acting.member["owner"]) == []


def test_evidence_tells_its_systems(acting):
    system = a_system(acting)
    item = Evidence.objects.create(reference="EV-001", title="Test", state="accepted")
    services.link_evidence(actor=acting.lead, system=system, evidence=item, now=NOW)

    with acting_as(acting.lead):
        uses = uses_of([item.pk, 999])

    assert uses == {item.pk: [("SYS-001 Invoice sorter", f"/o/meadow/systems/{system.pk}/")], 999: []}


def test_what_evidence_shows_is_told_to_those_only_who_may_read_it(acting):
    supplier = suppliers.register_supplier(
        actor=acting.lead, name="Example Software", now=NOW, owner=acting.member["owner"]
    )
    item = Evidence.objects.create(reference="EV-001", title="Contract", state="accepted")
    SupplierEvidence.objects.create(supplier=supplier, evidence=item, linked_by=acting.member["lead"])

    with acting_as(acting.lead):
        assert [label for label, _ in uses_of([item.pk])[item.pk]] == [str(supplier)]
    with acting_as(acting.actor("staff")):
        assert uses_of([item.pk]) == {item.pk: []}


def test_the_start_page_counts_what_its_link_shows(house):
    with acting_in(house.organization):
        a_complete_system(house)
        a_system(house, name="Undecided")
        (stat,) = places.home_part(house.lead, TODAY)["stats"]

    assert (stat["value"], stat["note"]) == (1, "2 registered · 1 without owner")
    page = as_member(house, "lead").get(stat["url"]).content.decode()
    assert "Invoice sorter" in page and "Undecided" not in page.split("<table", 1)[1]


def test_an_auditor_counts_granted_systems_only(house):
    with acting_in(house.organization):
        seen = a_complete_system(house)
        a_complete_system(house, name="Hidden")
    auditor = auditor_of(house, grant_for(house, seen))

    with acting_as(auditor):
        (stat,) = places.home_part(auditor, TODAY)["stats"]

    assert (stat["value"], stat["note"]) == (1, "1 registered")


def pack(house: House, day: datetime.date | None = None) -> dict[str, sections.Section]:
    from django.utils import timezone

    day = day or timezone.localdate()
    with day_looked_back_to(day):
        return {each.key: each for each in sections.sections(day)}


def test_an_empty_organization_says_what_it_lacks(acting):
    parts = pack(acting)

    assert [part.number for part in parts.values()] == ["1", "4", "8"]
    assert parts["scope"].gaps == ("No scope statement was approved.",)
    assert "No AI system was registered" in parts["ai-systems"].gaps[0]
    assert "Sites and organizational units are not recorded." in parts["organization"].gaps


def test_the_inventory_is_told_in_and_out_of_scope_with_reasons(acting):
    a_complete_system(acting)
    a_complete_system(acting, name="Toy", is_in_scope=False, scope_reason="Research only")
    a_system(acting, name="Open question")

    section = pack(acting)["ai-systems"]

    tables = {key: block.rows for key, block in section.data.items() if isinstance(block, Table)}
    assert [row[1] for row in tables["in-scope"]] == ["Invoice sorter 2.3"]
    assert tables["out-of-scope"] == [("SYS-002", "Toy", "Oscar Owner", "Research only")]
    assert [row[1] for row in tables["undecided"]] == ["Open question"]
    assert section.gaps == ("It is not decided whether SYS-003 Open question is in the scope of the AIMS.",)


@pytest.mark.parametrize(
    ("lacking", "gap"),
    [
        ({"owner": None}, "SYS-001 Invoice sorter: no owner."),
        ({"purpose": ""}, "SYS-001 Invoice sorter: no recorded purpose."),
        ({"next_review_date": None}, "SYS-001 Invoice sorter: no review date."),
        ({"next_review_date": datetime.date(2020, 1, 1)}, "SYS-001 Invoice sorter: the review is overdue."),
    ],
)
def test_what_a_reader_will_miss_is_a_gap(acting, lacking, gap):
    a_complete_system(acting, **lacking)

    assert pack(acting)["ai-systems"].gaps == (gap,)


def test_the_approved_scope_is_told_as_of_the_day(acting):
    from django.utils import timezone

    scope = scopes.write_scope_statement(actor=acting.lead, statement="First words", now=NOW)
    scopes.approve_scope_statement(actor=acting.top, scope=scope, now=NOW)
    scopes.write_scope_statement(actor=acting.lead, statement="Draft words", now=NOW)

    statement = pack(acting)["scope"].data["statement"]
    assert isinstance(statement, Prose) and statement.text == "First words"
    frozen = Snapshot.objects.get(object_id=scope.pk, kind="inventory.scopestatement")
    assert ("SHA-256 of the frozen copy", frozen.sha256) in pack(acting)["scope"].data["approval"].rows
    before = pack(acting, timezone.localdate() - datetime.timedelta(days=1))["scope"]
    assert before.gaps == ("No scope statement was approved.",)


def test_a_past_register_is_read_from_the_history(acting):
    from django.utils import timezone

    system = a_complete_system(acting)
    AISystem.objects.filter(pk=system.pk).update(name="Renamed")
    yesterday = timezone.localdate() - datetime.timedelta(days=1)

    assert pack(acting)["ai-systems"].data["in-scope"].rows[0][1] == "Renamed 2.3"
    assert "No AI system was registered" in pack(acting, yesterday)["ai-systems"].gaps[0]
