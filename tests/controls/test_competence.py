"""Competence records (SM-20): their life cycle, their pages and API, and the gate that asks for them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Notification, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from aims.core.transitions import Facts
from controls import places, reminders
from controls.competence import COMPETENCE, is_competent
from controls.models import CompetenceRecord
from controls.services import competence as services
from inventory.models import OversightPerson
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.factories import a_complete_system
from tests.inventory.test_api import Api
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)
STEPS = [(row.source, row.action) for row in COMPETENCE.transitions]
ACTIONS = sorted(services.VERBS)
#: Who takes which step of the record of the control owner.
WHO = {
    "assign": "lead",
    "waive": "lead",
    "complete": "control_owner",
    "confirm_effective": "owner",
    "fail_check": "owner",
    "near_end": "system",
    "end": "system",
}
SAID = {
    "waive": {"proof": "Twelve years on the ward"},
    "complete": {"proof": "Course of May"},
    "confirm_effective": {"check_result": "Saw ten cases overridden well"},
}


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def required(house: House, who: str = "control_owner", topic: str = "human_oversight") -> CompetenceRecord:
    return services.require_competence(
        actor=house.lead, person=house.member[who], topic=topic, why="Watches", now=NOW
    )


def put_into(record: CompetenceRecord, state: str, **values: Any) -> CompetenceRecord:
    CompetenceRecord.objects.filter(pk=record.pk).update(state=state, **values)
    record.refresh_from_db()
    return record


def step(
    house: House, record: CompetenceRecord, action: str, who: str = "", **given: Any
) -> CompetenceRecord:
    who = who or WHO[action]
    actor = house.system if who == "system" else house.actor(who)
    return services.move_competence(actor=actor, record=record, action=action, now=NOW, **given)


def told_of(record: CompetenceRecord) -> tuple[Any, ...]:
    return CompetenceRecord.objects.filter(pk=record.pk).values().get(), TrailEvent.objects.count()


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_every_step_of_the_table_can_be_taken(inside, state, action):
    record = put_into(required(inside), state, valid_until=TODAY + 30 * DAY)
    target = COMPETENCE.transition(state, action).target

    assert step(inside, record, action, **SAID.get(action, {})).state == target


@pytest.mark.parametrize("state", sorted(COMPETENCE.states))
def test_no_other_step_can_be_taken(inside, state):
    record = put_into(required(inside), state, valid_until=TODAY + 30 * DAY)
    before = told_of(record)

    for action in ACTIONS:
        if (state, action) not in STEPS:
            with pytest.raises(RuleBroken) as refused:
                step(inside, record, action, **SAID.get(action, {}))
            assert refused.value.code == "state"
    assert told_of(record) == before


@pytest.mark.parametrize(
    ("state", "action", "sentence"),
    [
        ("required", "waive", "Say what proves"),
        ("assigned", "complete", "Say what was done"),
        ("completed", "confirm_effective", "Say how it was checked"),
        ("valid", "near_end", "more than 60 days away"),
    ],
)
def test_each_guard_refuses_with_its_sentence(inside, state, action, sentence):
    record = put_into(required(inside), state, valid_until=TODAY + 61 * DAY)
    before = told_of(record)

    with pytest.raises(RuleBroken, match=sentence):
        step(inside, record, action)
    assert told_of(record) == before


def test_nobody_checks_their_own_competence(inside):
    record = put_into(required(inside, "lead"), "completed")

    with pytest.raises(RuleBroken) as refused:
        step(inside, record, "confirm_effective", "lead", check_result="I am good")
    assert refused.value.code == "SOD-01"
    assert CompetenceRecord.objects.get().state == "completed"


def test_a_proof_is_handed_in_by_the_person_only(inside):
    record = put_into(required(inside), "assigned")

    for who in ("lead", "owner", "staff", "admin"):
        with pytest.raises(NotAllowed):
            step(inside, record, "complete", who, proof="Theirs")
    assert CompetenceRecord.objects.get().state == "assigned"


def test_a_confirmed_proof_holds_for_a_year_or_to_the_day_that_is_given(inside):
    record = put_into(required(inside), "completed")
    with pytest.raises(RuleBroken, match="lies ahead"):
        step(inside, record, "confirm_effective", check_result="Seen", valid_until=TODAY)
    confirmed = step(inside, record, "confirm_effective", check_result="Seen")

    assert (confirmed.valid_from, confirmed.valid_until) == (TODAY, TODAY.replace(year=TODAY.year + 1))
    assert confirmed.assessor_id == inside.member["owner"].pk
    put_into(record, "completed")
    assert step(
        inside, record, "confirm_effective", check_result="Seen", valid_until=TODAY + DAY
    ).valid_until == (TODAY + DAY)


def test_one_record_for_each_person_and_topic(inside):
    required(inside)
    with pytest.raises(RuleBroken, match="has a record on this topic already"):
        required(inside)
    required(inside, topic="ai_literacy")

    assert CompetenceRecord.objects.count() == 2


def test_the_last_day_still_counts_and_the_next_does_not():
    assert is_competent("valid", TODAY, on=TODAY)
    assert not is_competent("valid", TODAY, on=TODAY + DAY)
    assert is_competent("waived", None, on=TODAY)
    for state in ("required", "assigned", "completed", "not_effective", "expired"):
        assert not is_competent(state, TODAY + DAY, on=TODAY)


def test_the_gate_names_who_watches_without_a_valid_proof(inside):
    system = a_complete_system(inside, oversight=[inside.member["control_owner"], inside.member["staff"]])

    def ask() -> str:
        guard = registry.guards["SM-01", "oversight persons competent (SM-20)"]
        return str(guard(Facts(system, inside.top, NOW)))

    record = put_into(required(inside), "valid", valid_until=TODAY)
    with pytest.raises(RuleBroken, match=r"Without valid proof of competence: Stan Staff\."):
        ask()
    put_into(required(inside, "staff"), "waived")
    assert ask() == "Carl Control (until 2026-11-22), Stan Staff (waived)"
    put_into(record, "valid", valid_until=TODAY - DAY)
    with pytest.raises(RuleBroken, match="Carl Control"):
        ask()
    OversightPerson.objects.all().delete()
    with pytest.raises(RuleBroken, match="Name the persons who watch"):
        ask()


def test_time_moves_a_proof_to_its_end_once_and_the_owner_of_the_system_hears_of_it(inside):
    a_complete_system(inside)
    record = put_into(required(inside), "valid", valid_until=TODAY)

    reminders.daily_round(inside.system, TODAY)
    reminders.daily_round(inside.system, TODAY)
    assert CompetenceRecord.objects.get().state == "expiring"
    reminders.daily_round(inside.system, TODAY + DAY)
    reminders.daily_round(inside.system, TODAY + DAY)

    assert CompetenceRecord.objects.get().state == "expired"
    assert TrailEvent.objects.filter(action="competencerecord.end").count() == 1
    owners = Notification.objects.filter(dedupe__contains="blocked:")
    assert [(note.member_id, note.url) for note in owners] == [
        (inside.member["owner"].pk, record.get_absolute_url())
    ]
    assert [item.title for item in places.competence_work(inside.lead, TODAY)] == [
        "Assign again to Carl Control"
    ]


def test_the_end_is_reminded_of_sixty_days_before(inside):
    put_into(required(inside), "valid", valid_until=TODAY + 60 * DAY)
    assert [each.step for each in reminders.due(TODAY) if each.rule == "training_validity"] == [60]
    assert [each for each in reminders.due(TODAY - DAY) if each.rule == "training_validity"] == []


def test_a_proof_is_required_assigned_handed_in_and_confirmed_on_the_pages(house):
    lead, person, owner = (as_member(house, who) for who in ("lead", "staff", "owner"))
    sent = {"person": house.member["staff"].pk, "topic": "human_oversight", "why": "Watches"}
    made = lead.post(house.url("competence/new/"), sent)
    path = made.headers["Location"]
    assert person.get(house.url("competence/")).status_code == 403
    too_early = person.get(f"{path}act/complete/")
    assert too_early.status_code == 422
    assert "“Hand in proof” is not possible while the competence record is" in too_early.text
    assert person.get(f"{path}act/assign/").status_code == 403
    assert lead.post(f"{path}act/assign/", {}).status_code == 302
    assert "Hand in proof" in person.get(path).content.decode()
    assert person.post(f"{path}act/complete/", {"proof": ""}).status_code == 422
    assert person.post(f"{path}act/complete/", {"proof": "Course of May"}).status_code == 302
    assert person.post(f"{path}act/confirm_effective/", {"check_result": "Mine"}).status_code == 403
    assert owner.post(f"{path}act/confirm_effective/", {"check_result": "Seen"}).status_code == 302

    page = lead.get(path).content.decode()
    assert "Course of May" in page and "Oscar Owner" in page and "Valid until" in page
    assert as_member(house, "control_owner").post(f"{path}act/assign/", {}).status_code == 403
    with acting_in(house.organization):
        assert CompetenceRecord.objects.get().state == "valid"


def test_staff_read_their_own_record_and_no_other(house):
    with acting_in(house.organization):
        own, other = required(house, "staff"), required(house)
    staff = as_member(house, "staff")

    assert staff.get(house.url(f"competence/{own.pk}/")).status_code == 200
    assert staff.get(house.url(f"competence/{other.pk}/")).status_code == 403


def many(house: House, first: int, last: int) -> None:
    from aims.core.services.organizations import add_member

    with acting_in(house.organization):
        for number in range(first, last):
            person = add_member(
                actor=house.system,
                email=f"p{number}@meadow.test",
                name=f"Person {number:02d}",
                roles=["staff"],
            )
            services.require_competence(actor=house.lead, person=person, topic="ai_literacy", now=NOW)


@pytest.mark.parametrize("path", ["competence/", "competence/csv/"])
def test_the_register_takes_as_many_queries_for_thirty_rows_as_for_one(house, lead, path):
    many(house, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(path)).status_code == 200
    many(house, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(path)).content.decode()

    assert page.count("Person ") == 30
    assert len(one) == len(thirty) <= 10, thirty


def test_the_api_keeps_records_and_leaves_checks_to_people(house):
    api = Api(house, "competence:read", "competence:write")
    sent = {"person_id": house.member["staff"].pk, "topic": "human_oversight"}
    made = api.post("competence", sent)
    assert (made.status_code, made.json()["state"]) == (201, "required")
    assert api.post("competence", sent).status_code == 422
    path = f"competence/{made.json()['id']}"
    assert api.post(f"{path}/step", {"action": "assign"}).status_code == 403
    with acting_in(house.organization):
        put_into(CompetenceRecord.objects.get(), "assigned")
    done = api.post(f"{path}/step", {"action": "complete", "proof": "Course, passed"})
    assert (done.status_code, done.json()["state"]) == (200, "completed")
    assert api.post(f"{path}/step", {"action": "confirm_effective", "check_result": "x"}).status_code == 403
    assert api.get("competence?topic=human_oversight&state=completed").json()["count"] == 1
    assert api.get("competence?view=valid").json()["count"] == 0


def test_the_api_list_takes_as_many_queries_for_thirty_rows_as_for_one(house):
    api = Api(house, "competence:read")
    many(house, 0, 1)
    with count_queries() as one:
        api.get("competence")
    many(house, 1, 30)
    with count_queries() as thirty:
        assert api.get("competence").json()["count"] == 30

    assert len(one) == len(thirty), thirty


def test_an_empty_register_says_where_to_begin(house, lead):
    page = lead.get(house.url("competence/")).content.decode()

    assert "No competence on record yet" in page and house.url("competence/new/") in page
