"""Discovery (SM-02): recognizing names, the life cycle walked from the table, reports and lists."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.catalogs import KNOWN_SERVICES, validate
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Notification, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from inventory.enums import AIType, DiscoverySource, Sourcing
from inventory.known_services import known_services
from inventory.models import AISystem, DiscoveredAI, DiscoverySighting
from inventory.places import discovery as places
from inventory.queries import discovery as queries
from inventory.rules.discovery import DISCOVERY, KnownService, domain_of, normalized, recognize
from inventory.services import discovery as services
from tests.cast import NOW, TODAY, House
from tests.inventory.factories import a_system

DAY = datetime.timedelta(days=1)
WHO = {"triage": "owner", "register": "lead", "dismiss": "lead", "merge": "lead", "ban": "top"}
STEPS = [(row.source, row.action) for row in DISCOVERY.transitions]
FORBIDDEN = [
    (state, action)
    for state in sorted(DISCOVERY.states)
    for action in sorted(services.VERBS)
    if (state, action) not in STEPS
]


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def an_item(house: House, name: str = "Letter bot", who: str = "staff", **values: Any) -> DiscoveredAI:
    found = services.report_tool(actor=house.actor(who), name=name, now=NOW, **values)
    assert found.item is not None
    return found.item


def put_into(item: DiscoveredAI, state: str) -> DiscoveredAI:
    DiscoveredAI.objects.filter(pk=item.pk).update(state=state)
    item.refresh_from_db()
    return item


def given(house: House, action: str) -> dict[str, Any]:
    """All that a step asks for."""
    if action in ("triage", "register"):
        return {"owner": house.member["owner"]}
    if action == "merge":
        return {"system": a_system(house, "Another one")}
    return {"reason": "Because"}


def step(house: House, item: DiscoveredAI, action: str, who: str = "", **values: Any) -> DiscoveredAI:
    return services.move_discovered(
        actor=house.actor(who or WHO[action]), item=item, action=action, now=NOW, **values
    )


def stored(item: DiscoveredAI) -> tuple[Any, ...]:
    row = DiscoveredAI.objects.get(pk=item.pk)
    where = (row.owner_id, row.system_id, row.merged_into_id)
    return row.state, row.row_version, *where, AISystem.objects.count(), TrailEvent.objects.count()


def refused(house: House, item: DiscoveredAI, action: str, sentence: str, **values: Any) -> None:
    before = stored(item)
    with pytest.raises(RuleBroken, match=sentence):
        step(house, item, action, **values)
    assert stored(item) == before


def test_the_list_of_known_services_is_whole_and_speaks_the_words_of_the_inventory():
    validate(KNOWN_SERVICES)
    services_known = known_services()

    assert {each.ai_type for each in services_known} <= set(AIType.values)
    assert {each.sourcing for each in services_known} <= set(Sourcing.values)
    domains = [domain for each in services_known for domain in each.domains]
    assert len(domains) == len(set(domains))
    assert [domain for domain in domains if domain_of(domain) != domain] == []


def test_no_two_known_services_share_a_name():
    names = [(normalized(name), each.id) for each in known_services() for name in each.names]
    owners: dict[str, set[str]] = {}
    for name, key in names:
        owners.setdefault(name, set()).add(key)

    assert {name: keys for name, keys in owners.items() if len(keys) > 1} == {}


def test_every_known_service_is_recognized_by_its_names_and_addresses():
    def taken_for(name: str, domain: str) -> str | None:
        match = recognize(name, domain, known_services())
        return match.service.id if match else None

    expected = [(name, "", each.id) for each in known_services() for name in each.names]
    expected += [
        ("Anything", f"login.{domain}", each.id) for each in known_services() for domain in each.domains
    ]

    assert len(expected) > 400
    assert [row for row in expected if taken_for(row[0], row[1]) != row[2]] == []


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("OPENAI *CHATGPT SUBSCR", "", "chatgpt"),
        ("Claude", "", "claude"),
        ("CLAUDE.AI SUBSCRIPTION", "", "claude"),
        ("Hotel Claude Monet", "", None),
        ("Make", "", "make"),
        ("MAKE UP STUDIO", "", None),
        ("Taxi Otter Berlin", "", None),
        ("DeepL SE Pro", "", "deepl"),
        ("Something", "chat.deepseek.com", "deepseek"),
        ("Something", "notdeepseek.com", None),
        ("Payroll", "payroll.example", None),
        ("ElevenLabs Inc.", "", "elevenlabs"),
        ("MIDJOURNEY INC. SAN FRANCISCO", "", "midjourney"),
    ],
)
def test_names_on_lists_and_bills_are_taken_for_what_they_are(name, domain, expected):
    match = recognize(name, domain, known_services())

    assert (match.service.id if match else None) == expected
    assert match is None or match.why


def test_a_line_with_two_names_of_equal_length_is_taken_for_neither():
    two = (KnownService("a", "Alpha One", "A"), KnownService("b", "Gamma Two", "B"))

    assert recognize("alpha one and gamma two", "", two) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.Chat.example/x?y", "chat.example"),
        ("chat.example:443", "chat.example"),
        ("no address", ""),
        ("http://[::1", ""),
        ("localhost", ""),
    ],
)
def test_the_host_of_an_address_is_read_or_nothing(text, expected):
    assert domain_of(text) == expected


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_every_step_of_the_table_can_be_taken(inside, state, action):
    item = put_into(an_item(inside), state)

    step(inside, item, action, **given(inside, action))

    assert DiscoveredAI.objects.get(pk=item.pk).state == DISCOVERY.transition(state, action).target
    assert TrailEvent.objects.filter(action=f"discoveredai.{action}").count() == 1


def test_no_step_that_the_table_does_not_name_can_be_taken(inside):
    item = an_item(inside)
    values = {action: given(inside, action) for action in services.VERBS}

    assert len(FORBIDDEN) == len(DISCOVERY.states) * len(services.VERBS) - len(STEPS) == 25
    for state, action in FORBIDDEN:
        refused(inside, put_into(item, state), action, "is not possible", **values[action])


def test_nobody_whom_the_table_does_not_name_takes_a_step(inside):
    item = an_item(inside)
    for state, action in STEPS:
        values = given(inside, action)
        before = stored(put_into(item, state))
        for who in ("staff", "admin", "risk_owner", "control_owner", "internal_auditor"):
            with pytest.raises(NotAllowed):
                step(inside, item, action, who, **values)
        assert stored(item) == before


def test_every_guard_and_effect_of_the_table_has_a_provider():
    for row in DISCOVERY.transitions:
        assert [text for text in row.guards if ("SM-02", text) not in registry.guards] == []
        assert [text for text in row.effects if ("SM-02", text) not in registry.effects] == []


def test_registering_needs_an_owner_who_can_own_systems(inside):
    item = put_into(an_item(inside), "triaged")
    refused(inside, item, "register", "Name the owner")
    item.refresh_from_db()
    refused(inside, item, "register", "does not have the role", owner=inside.member["staff"])


def test_a_registered_item_is_a_proposed_system_that_says_where_it_comes_from(inside):
    item = put_into(an_item(inside, "ChatGPT", used_for="Letters"), "triaged")

    item = step(inside, item, "register", owner=inside.member["owner"])

    system = AISystem.objects.get()
    assert item.system == system and item.decided_by == inside.member["lead"]
    assert (system.name, system.stage, system.owner) == ("ChatGPT", "proposed", inside.member["owner"])
    assert (system.supplier, system.ai_type, system.sourcing, system.purpose) == (
        "OpenAI",
        "generative_llm",
        "vendor",
        "Letters",
    )
    assert system.source == "Discovery DIS-001: Report by a person 2026-11-22"


@pytest.mark.parametrize("action", ["dismiss", "ban"])
def test_a_dismissal_and_a_ban_need_a_reason(inside, action):
    refused(inside, put_into(an_item(inside), "triaged"), action, "Give a reason", reason=" ")


def test_a_ban_tells_everybody_who_reported_it_and_the_control_owners(inside):
    item = an_item(inside, "Letter bot", "staff")
    an_item(inside, "letter  BOT", "risk_owner", used_for="Notes")
    put_into(item, "triaged")
    Notification.objects.all().delete()

    step(inside, item, "ban", reason="Data leaves the house.")

    told = Notification.objects.filter(text="Letter bot must not be used: Data leaves the house.")
    assert {each.member_id for each in told} == {
        inside.member[who].pk for who in ("staff", "risk_owner", "control_owner")
    }


def test_a_banned_tool_that_is_seen_again_is_told_to_the_lead(inside):
    item = put_into(an_item(inside), "banned")

    an_item(inside, who="owner", used_for="Mine")

    assert Notification.objects.filter(
        member=inside.member["lead"], text=f"{item} is banned and was seen again."
    ).exists()
    assert DiscoveredAI.objects.get().state == "banned"


def test_a_merge_has_one_target_and_never_leads_back(inside):
    first, second = an_item(inside, "One thing"), an_item(inside, "Two things")
    third = an_item(inside, "Three things")
    for item in (first, second, third):
        put_into(item, "triaged")
    system = a_system(inside, "A system")
    refused(inside, first, "merge", "Choose what it is the same as")
    refused(inside, first, "merge", "Choose what it is the same as", merged_into=second, system=system)
    refused(inside, first, "merge", "into itself", merged_into=first)
    step(inside, first, "merge", merged_into=second)
    refused(inside, second, "merge", "into itself", merged_into=first)
    step(inside, second, "merge", merged_into=third)

    names = {str(each.item) for each in queries.detail_of(third).sightings}
    assert names == {str(first), str(second), str(third)}


def test_what_was_merged_into_a_system_is_seen_at_the_system(inside):
    first, second = an_item(inside, "One thing"), an_item(inside, "Two things")
    system = a_system(inside, "A system")
    step(inside, put_into(first, "triaged"), "merge", merged_into=second)
    step(inside, put_into(second, "triaged"), "merge", system=system)
    services.report_tool(actor=inside.staff, name="a SYSTEM", now=NOW, used_for="Daily")

    assert len(queries.sightings_of_system(system)) == 3
    assert DiscoveredAI.objects.count() == 2


def test_two_reports_of_one_thing_are_one_item_with_two_sightings(inside):
    an_item(inside, "OpenAI ChatGPT", "staff", used_for="Letters")
    found = services.report_tool(
        actor=inside.owner, name="Chat", address="https://chatgpt.com/", used_for="Code", now=NOW
    )

    assert not found.is_new
    item = DiscoveredAI.objects.get()
    assert (item.name, item.key, item.known_service) == ("ChatGPT", "known:chatgpt", "chatgpt")
    assert DiscoverySighting.objects.filter(item=item).count() == 2


def test_a_report_without_a_name_or_with_an_unreadable_address_or_by_an_administrator_changes_nothing(inside):
    with pytest.raises(RuleBroken, match="what the tool is called"):
        services.report_tool(actor=inside.staff, name=" !! ", now=NOW)
    with pytest.raises(RuleBroken, match=r"Write an address such as chat\.example\.com"):
        services.report_tool(actor=inside.staff, name="Letter bot", address="on my phone", now=NOW)
    with pytest.raises(NotAllowed):
        services.report_tool(actor=inside.admin, name="Letter bot", now=NOW)
    assert not DiscoveredAI.objects.exists() and not DiscoverySighting.objects.exists()


def test_an_item_is_described_while_it_is_open_and_only_in_the_version_that_was_read(inside):
    item = an_item(inside)
    edit = {"actor": inside.lead, "item": item, "now": NOW}
    services.edit_discovered(row_version=1, changes={"vendor": "Example"}, **edit)
    with pytest.raises(StaleState):
        services.edit_discovered(row_version=1, changes={"vendor": "Other"}, **edit)
    put_into(item, "not_ai")
    with pytest.raises(RuleBroken, match="decided"):
        services.edit_discovered(row_version=2, changes={"vendor": "Other"}, **edit)
    assert DiscoveredAI.objects.get().vendor == "Example"


def test_coverage_counts_what_is_decided_the_last_survey_and_fresh_sources(inside):
    put_into(an_item(inside, "One thing"), "not_ai")
    an_item(inside, "Two things")
    services.record_survey(actor=inside.lead, held_on=TODAY - DAY, asked="All units", now=NOW)
    DiscoverySighting.objects.create(
        source=DiscoverySource.SSO,
        seen_on=TODAY,
        recorded_at=NOW - 91 * DAY,
        item=DiscoveredAI.objects.last(),
    )

    found = queries.coverage(on=TODAY)

    assert (found.total, found.decided, found.open, found.last_survey) == (2, 1, 1, TODAY - DAY)
    fresh = {each.source: each.is_fresh for each in found.sources}
    assert fresh == {"staff": True, "integration": False, "sso": False, "expenses": False}


def test_the_lead_is_told_of_what_waits_and_staff_is_not(inside):
    an_item(inside)

    assert [each.detail for each in places.work(inside.lead, TODAY)] == ["1 waiting"]
    assert list(places.work(inside.staff, TODAY)) == []
