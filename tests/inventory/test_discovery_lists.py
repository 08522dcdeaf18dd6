"""Lists in which AI services may stand: read, planned, taken."""

from __future__ import annotations

import datetime

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.tenancy.context import acting_in
from inventory import discovery_lists
from inventory.models import DiscoveredAI, DiscoverySighting
from inventory.queries import discovery as queries
from inventory.rules.discovery_lists import SeenRow, seen_rows
from inventory.services import discovery as services
from tests.cast import NOW, TODAY, House
from tests.inventory.factories import a_system

DAY = datetime.timedelta(days=1)


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


SSO = [
    (1, ["Application", "URL", "Active users", "Last used", "User"]),
    (2, ["ChatGPT", "https://chatgpt.com", "14", "2026-11-20", "Stan Staff"]),
    (3, ["Payroll", "payroll.example", "90", "21.11.2026", "Stan Staff"]),
    (4, ["Grammarly", "", "", "11/12/2026", ""]),
    (5, ["", "", "", "", ""]),
    (6, ["Claude", "", "", "2099-01-01", ""]),
]


def test_a_list_is_read_without_the_names_of_people_and_says_what_it_cannot_read():
    rows = seen_rows(SSO, "sso", today=TODAY)

    assert rows[0] == SeenRow(
        2, "ChatGPT", domain="chatgpt.com", detail="14 users", seen_on=datetime.date(2026, 11, 20)
    )
    assert rows[1].seen_on == datetime.date(2026, 11, 21)
    assert [bool(row.problem) for row in rows] == [False, False, True, True, True]
    assert "Stan" not in repr(rows)


def test_taking_a_list_queues_what_is_known_and_what_a_person_chose(inside):
    rows = [
        SeenRow(2, "OPENAI *CHATGPT SUBSCR", detail="20 EUR", seen_on=TODAY - DAY),
        SeenRow(3, "OPENAI *CHATGPT SUBSCR", detail="22 EUR", seen_on=TODAY),
        SeenRow(4, "Paper and pens"),
        SeenRow(5, "Secret startup"),
        SeenRow(6, "Invoice sorter"),
    ]
    system = a_system(inside, "Invoice sorter")

    counts = discovery_lists.take_list(actor=inside.lead, kind="expenses", rows=rows, also={5}, now=NOW)

    assert counts == {"new": 2, "known": 1, "left": 1}
    assert set(DiscoveredAI.objects.values_list("name", flat=True)) == {"ChatGPT", "Secret startup"}
    seen = DiscoverySighting.objects.get(item__name="ChatGPT")
    assert (seen.source, seen.seen_on, seen.detail) == ("expenses", TODAY, "2 lines: 20 EUR; 22 EUR")
    assert DiscoverySighting.objects.get(system=system).item is None


def test_the_same_list_taken_twice_changes_nothing_the_second_time(inside):
    rows = [SeenRow(2, "ChatGPT", seen_on=TODAY)]
    discovery_lists.take_list(actor=inside.lead, kind="sso", rows=rows, now=NOW)
    counts = discovery_lists.take_list(actor=inside.lead, kind="sso", rows=rows, now=NOW)

    assert counts == {"new": 0, "known": 1, "left": 0}
    assert DiscoverySighting.objects.count() == 1


@pytest.mark.parametrize(
    "data",
    [
        None,
        [["2", "A", "", "", "", ""]],
        [[2, "A"]],
        [[2, "A\x00", "", "", "", ""]],
        [[2, "A", "", "", "", "soon"]],
        [[2, "A", "", "", "", "2099-01-01"]],
        [[2, "A", "", "not a domain", "", ""]],
        [[2, "A" * 201, "", "", "", ""]],
        [[True, "A", "", "", "", ""]],
    ],
)
def test_rows_that_do_not_come_back_whole_are_refused(data):
    with pytest.raises(RuleBroken, match="did not arrive whole"):
        discovery_lists.from_data(data, today=TODAY)


def test_only_who_keeps_the_register_takes_lists_and_records_surveys(inside):
    for who in ("owner", "staff", "admin", "top"):
        with pytest.raises(NotAllowed):
            discovery_lists.take_list(actor=inside.actor(who), kind="sso", rows=[], now=NOW)
        with pytest.raises(NotAllowed):
            services.record_survey(actor=inside.actor(who), held_on=TODAY, asked="All", now=NOW)
    with pytest.raises(RuleBroken, match="held already"):
        services.record_survey(actor=inside.lead, held_on=TODAY + DAY, asked="All", now=NOW)
    assert queries.coverage(on=TODAY).last_survey is None
