"""Intake in three questions: what fits together, what is kept, who answers, and what it opens."""

from __future__ import annotations

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Notification, TrailEvent
from aims.core.tenancy.context import acting_in
from inventory.intake_questions import intake_questions
from inventory.models import AISystem, DiscoveredAI, Intake
from inventory.queries import discovery as discovered
from inventory.queries import intake as queries
from inventory.rules import intake as rules
from inventory.services import discovery as discovery_services
from inventory.services import intake as services
from risk.models import LegalClassification
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_system
from tests.inventory.test_api import Api
from tests.inventory.test_discovery import an_item, put_into, step
from tests.queries import count_queries

HARMLESS = {
    "does": ["finds"],
    "audience": ["inside"],
    "affected": ["nobody"],
    "decides": ["informs"],
    "data": ["business"],
    "area": ["no_area"],
    "banned": ["not_banned"],
}
HIRING = {
    **HARMLESS,
    "does": ["judges"],
    "affected": ["workers"],
    "decides": ["recommends"],
    "area": ["work"],
}


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def answered(house: House, who: str = "lead", answers: dict = HIRING, **about) -> Intake:
    return services.answer_intake(actor=house.actor(who), answers=answers, now=NOW, **about)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"banned": []}, "Answer “Does it do one of these"),
        ({"decides": ["informs", "acts"]}, "Choose one answer to"),
        ({"banned": ["not_banned", "scores"]}, "“None of them” fits no other answer"),
        ({"does": ["no such thing"]}, "Choose among the answers"),
        ({"does": ["finds", "finds"]}, "Choose among the answers"),
        ({"other": ["x"]}, "other is no part"),
    ],
)
def test_answers_that_are_not_whole_or_do_not_fit_are_refused_and_nothing_is_kept(inside, changed, sentence):
    lines = TrailEvent.objects.count()

    with pytest.raises(RuleBroken, match=sentence):
        discovery_services.report_tool(
            actor=inside.staff, name="Hiring bot", answers={**HARMLESS, **changed}, now=NOW
        )

    assert not Intake.objects.exists()
    assert (DiscoveredAI.objects.count(), TrailEvent.objects.count()) == (0, lines)


@pytest.mark.parametrize(
    ("changed", "tier", "answers"),
    [
        ({}, "low", ["Nobody's: it is about things, texts or figures", "It informs, and a person decides"]),
        ({"affected": ["customers"]}, "medium", ["Customers, users or business partners"]),
        (
            {"affected": ["customers"], "decides": ["acts"]},
            "high",
            ["It acts by itself, and that can be undone"],
        ),
        ({"does": ["recognizes"]}, "high", ["Recognizes people by face, voice or body"]),
    ],
)
def test_the_tier_is_that_of_the_rule_of_suppliers_with_the_answers_that_make_it(changed, tier, answers):
    found = rules.tier_of(rules.facts(intake_questions(), {**HARMLESS, **changed}))

    assert (found.value, [reason.answer for reason in found.reasons]) == (tier, answers)


def test_a_report_with_answers_is_judged_at_once_and_kept_with_its_reasons(inside):
    found = discovery_services.report_tool(actor=inside.staff, name="Hiring bot", answers=HIRING, now=NOW)

    intake = Intake.objects.get()
    assert found.intake == intake and intake.item == found.item
    assert (intake.ai_act_class, intake.screening, intake.tier) == ("high", "full", "medium")
    assert (intake.answers, intake.catalog_version) == (HIRING, "2026-11")
    assert intake.answered_by == inside.member["staff"]
    assert {
        "about": "high",
        "answer": "Work: hiring, tasks, promotion, watching or ending",
        "rule": "EU AI Act, Article 6(2), Annex III 4a, 4b",
        "sentence": "High-risk: where people are profiled, Article 6(3) offers no way out.",
    } in intake.reasons
    assert TrailEvent.objects.filter(action="intake.answered").count() == 1


def test_answered_anew_the_earlier_answers_stay_and_the_gravest_class_is_shown_in_the_queue(inside):
    item = an_item(inside)
    answered(inside, item=item)
    answered(inside, answers=HARMLESS, item=item)

    [row] = discovered.discovered_rows(discovered.rows(DiscoveredAI.objects.all()))
    assert (row.provisional, Intake.objects.count()) == ("high", 2)
    wanted = [
        discovered.discovered(discovered.DiscoveryFilters(provisional=each)).count()
        for each in ("high", "minimal")
    ]
    assert wanted == [1, 0]


def test_an_intake_goes_with_its_item_to_the_system_and_opens_the_real_classification(inside):
    item, other = an_item(inside), an_item(inside, "Other bot")
    answered(inside, item=other)
    step(inside, put_into(other, "triaged"), "merge", merged_into=item)
    step(inside, put_into(item, "triaged"), "register", owner=inside.member["owner"])

    system = AISystem.objects.get()
    assert [each.item for each in queries.intakes_of_system(system)] == [other]
    real = LegalClassification.objects.get(system=system)
    assert (real.state, real.answers, real.result) == ("draft", {}, "")


def test_without_an_intake_nothing_is_opened_by_registering(inside):
    step(inside, put_into(an_item(inside), "triaged"), "register", owner=inside.member["owner"])

    assert not LegalClassification.objects.exists()


def test_staff_who_report_a_system_on_record_tell_its_owner_and_open_nothing(inside):
    system = a_system(inside, "Hiring bot", owner=inside.member["owner"])
    Notification.objects.all().delete()

    found = discovery_services.report_tool(actor=inside.staff, name="hiring BOT", answers=HIRING, now=NOW)

    assert found.intake is not None and found.intake.system == system
    told = Notification.objects.get()
    assert told.member == inside.member["owner"]
    assert "high risk likely, by the answers of an intake (provisional)" in told.text
    assert not LegalClassification.objects.exists()


def test_a_suspected_practice_is_told_to_the_leads(inside):
    item = an_item(inside)
    Notification.objects.all().delete()

    found = discovery_services.report_tool(
        actor=inside.staff, name=item.name, answers={**HARMLESS, "banned": ["manipulates"]}, now=NOW
    )

    assert not found.is_new
    told = Notification.objects.get()
    assert told.member == inside.member["lead"]
    assert told.text.startswith(f"{item}: prohibited practice suspected")


def test_only_who_keeps_the_record_or_owns_it_answers_about_what_is_on_record(inside):
    system = a_system(inside, "A system", owner=inside.member["owner"])
    other = a_system(inside, "Another", owner=None)
    for who, about in (("staff", system), ("risk_owner", system), ("top", system), ("owner", other)):
        with pytest.raises(NotAllowed):
            answered(inside, who, system=about)
    assert not Intake.objects.exists()

    answered(inside, "owner", system=system)

    assert LegalClassification.objects.filter(system=system).count() == 1


def test_the_form_reports_judges_and_leads_to_the_result_that_staff_reads_of_their_own_only(house, staff):
    sent = {"name": "Hiring bot", **HIRING}
    answer = staff.post(house.url("discovery/report/"), sent)
    with acting_in(house.organization):
        own, item = Intake.objects.get(), an_item(house, "Other bot")
        foreign = answered(house, item=item)
    assert answer.headers["Location"] == house.url(f"discovery/intakes/{own.pk}/")

    page = staff.get(answer.headers["Location"]).content.decode()

    assert page.count("Provisional") >= 2 and "High risk likely" in page
    assert "EU AI Act, Article 6(2), Annex III 4a, 4b" in page
    assert staff.get(house.url(f"discovery/intakes/{foreign.pk}/")).status_code == 403
    assert as_member(house, "top").get(house.url(f"discovery/intakes/{foreign.pk}/")).status_code == 200


def test_three_questions_half_answered_are_asked_again_and_nothing_is_reported(house, staff):
    answer = staff.post(house.url("discovery/report/"), {"name": "Hiring bot", "does": ["finds"]})

    assert answer.status_code == 422
    assert answer.content.decode().count("This field is required.") >= 6
    with acting_in(house.organization):
        assert not DiscoveredAI.objects.exists()


def test_the_page_of_a_system_shows_its_newest_intake_as_provisional_and_links_to_the_classification(
    house, lead
):
    with acting_in(house.organization):
        system = a_system(house, "Hiring bot", owner=house.member["owner"])
    url = house.url(f"systems/{system.pk}/")
    assert "Answer the three questions" in lead.get(url).content.decode()

    answer = lead.post(house.url(f"systems/{system.pk}/intake/"), HIRING)

    assert answer.status_code == 302
    page = lead.get(url).content.decode()
    assert "High risk likely" in page and "Answer anew" in page and "Provisional" in page
    assert page.count(house.url(f"systems/{system.pk}/classification/")) >= 2
    with count_queries() as one:
        lead.get(url)
    for _ in range(5):
        lead.post(house.url(f"systems/{system.pk}/intake/"), HARMLESS)
    with count_queries() as six:
        lead.get(url)
    assert len(one) == len(six), six


def test_the_api_asks_takes_and_gives_intakes(house):
    api = Api(house, "systems:read", "systems:write", "classifications:write")
    parts = [
        part["id"] for each in api.get("intakes/questions").json()["questions"] for part in each["parts"]
    ]
    assert parts == list(HARMLESS)

    made = api.post("discovered", {"name": "Hiring bot", "answers": HIRING}).json()
    assert (made["intake"]["ai_act_class"], made["intake"]["provisional"]) == ("high", True)
    assert api.get("discovered?provisional=high").json()["results"][0]["provisional"] == "high"
    with acting_in(house.organization):
        system = a_system(house, "A system")
    again = api.post("intakes", {"system_id": system.pk, "answers": HARMLESS})
    assert (again.status_code, again.json()["ai_act_class"]) == (201, "minimal")
    assert [each["id"] for each in api.get(f"intakes?system={system.pk}").json()["results"]] == [
        again.json()["id"]
    ]
    assert api.post("intakes", {"answers": HARMLESS}).status_code == 422
    assert api.post("intakes", {"system_id": system.pk, "answers": {"does": ["finds"]}}).status_code == 400
    with acting_in(house.organization):
        assert Intake.objects.count() == 2
        assert LegalClassification.objects.filter(system=system).exists()
