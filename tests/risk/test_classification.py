"""The legal classification of a system: prohibited practices, answered by one and decided on by another."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.documents import Section
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Snapshot, TrailEvent
from aims.core.tenancy.context import acting_in
from inventory.models import AISystem
from risk import prohibited, sections
from risk.models import LegalClassification
from risk.services import classification as verbs
from tests.cast import NOW, House, as_member
from tests.inventory.test_api import Api
from tests.queries import count_queries
from tests.risk.conftest import in_months, make_system

NO = {question.id: "no" for question in prohibited.questions() if not question.follows}


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def answered(house: House, answers: dict[str, str] = NO, **values: Any) -> LegalClassification:
    system = values.pop("system", None) or make_system(house)
    return verbs.answer_classification(
        actor=house.owner,
        system=system,
        **{"answers": answers, "row_version": 1, "submit": True, "now": NOW, **values},
    )


def test_the_questions_are_those_of_the_published_rule_set_in_their_order():
    assert [question.id for question in prohibited.questions()][:6] == [
        "P-a",
        "P-b",
        "P-ba",
        "P-ba-x",
        "P-bb",
        "P-bb-x",
    ]
    assert {q.id: q.follows for q in prohibited.questions() if q.follows} == {
        f"P-{letter}-x": f"P-{letter}" for letter in ("ba", "bb", "d", "f", "g", "h")
    }


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        (NO, "not_prohibited"),
        (NO | {"P-a": "yes"}, "prohibited"),
        ({"P-a": "yes"}, "prohibited"),
        (NO | {"P-c": "unsure"}, "unclear"),
        (NO | {"P-d": "yes", "P-d-x": "no"}, "prohibited"),
        (NO | {"P-d": "yes", "P-d-x": "unsure"}, "prohibited"),
        (NO | {"P-d": "yes", "P-d-x": "yes"}, "not_prohibited"),
        (NO | {"P-d": "yes"}, ""),
        ({}, ""),
    ],
)
def test_the_answers_lead_to_the_result_of_the_rule_set(answers, result):
    assert prohibited.judge(answers).result == result


def test_an_open_exception_is_named_and_so_is_every_question_after_it():
    judgement = prohibited.judge({"P-a": "no", "P-b": "no", "P-ba": "yes"})

    assert judgement.unanswered[:2] == ("P-ba-x", "P-bb")
    assert judgement.unanswered[-1] == "P-h"


def test_answers_are_decided_on_by_somebody_who_gave_none(inside):
    waiting = answered(inside)
    with pytest.raises(NotAllowed):
        verbs.approve_classification(actor=inside.owner, classification=waiting, now=NOW)
    LegalClassification.objects.update(contributors=[inside.member["lead"].pk])
    waiting.refresh_from_db()
    with pytest.raises(RuleBroken) as refused:
        verbs.approve_classification(actor=inside.lead, classification=waiting, now=NOW)
    assert refused.value.code == "SOD-01"
    assert LegalClassification.objects.get().state == "submitted"

    verbs.approve_classification(actor=inside.top, classification=waiting, now=NOW)

    stored = LegalClassification.objects.get()
    assert (stored.state, stored.result, stored.valid_until) == ("approved", "not_prohibited", in_months(12))
    frozen = Snapshot.objects.get(pk=stored.snapshot_id)
    assert "P-a" in frozen.text and "Subliminal" in frozen.text


def test_doubts_and_exceptions_are_settled_before_the_decision(inside):
    doubtful = answered(inside, NO | {"P-c": "unsure"})
    with pytest.raises(RuleBroken, match="settle P-c first"):
        verbs.approve_classification(actor=inside.lead, classification=doubtful, now=NOW)
    excepted = answered(
        inside, NO | {"P-d": "yes", "P-d-x": "yes"}, system=doubtful.system, row_version=doubtful.row_version
    )
    with pytest.raises(RuleBroken, match="An exception is claimed at P-d-x"):
        verbs.approve_classification(actor=inside.lead, classification=excepted, now=NOW)
    assert LegalClassification.objects.get().state == "submitted"

    verbs.approve_classification(
        actor=inside.lead, classification=excepted, legal_review="Holds, opinion of May", now=NOW
    )

    assert LegalClassification.objects.get().legal_review == "Holds, opinion of May"


def test_what_is_open_is_not_handed_on_and_a_newer_version_is_not_overwritten(inside):
    system = make_system(inside)
    with pytest.raises(RuleBroken, match="still open: P-b"):
        answered(inside, {"P-a": "no"}, system=system)
    assert not LegalClassification.objects.exists()
    draft = answered(inside, {"P-a": "no"}, system=system, submit=False)
    assert (draft.state, draft.result) == ("draft", "")
    with pytest.raises(StaleState):
        answered(inside, NO, system=system)
    with pytest.raises(RuleBroken, match="not a question"):
        answered(inside, NO | {"X-1": "no"}, system=system, row_version=draft.row_version)

    assert LegalClassification.objects.get().answers == {"P-a": "no"}


def test_it_comes_back_with_a_comment_and_opens_again_when_something_changed(inside):
    waiting = answered(inside)
    with pytest.raises(RuleBroken, match="Write a comment"):
        verbs.return_classification(actor=inside.lead, classification=waiting, comment="", now=NOW)
    verbs.return_classification(actor=inside.lead, classification=waiting, comment="Say more", now=NOW)
    assert LegalClassification.objects.get().state == "draft"
    again = answered(inside, NO, system=waiting.system, row_version=waiting.row_version)
    verbs.approve_classification(actor=inside.lead, classification=again, now=NOW)

    verbs.reopen_classification(actor=inside.owner, classification=again, reason="New purpose", now=NOW)

    stored = LegalClassification.objects.get()
    assert (stored.state, stored.comment, stored.approved_by_id, stored.valid_until) == (
        "draft",
        "New purpose",
        None,
        None,
    )
    assert stored.answers == NO


def test_a_prohibited_use_is_told_to_lead_and_top_management(inside):
    waiting = answered(inside, NO | {"P-b": "yes"})
    verbs.approve_classification(actor=inside.top, classification=waiting, now=NOW)

    assert TrailEvent.objects.filter(action="classification.approved").count() == 1
    assert LegalClassification.objects.get().result == "prohibited"


def test_a_pack_shows_what_was_decided_and_names_what_was_not_checked_or_ended(inside):
    classified = answered(inside)
    verbs.approve_classification(actor=inside.lead, classification=classified, now=NOW)
    make_system(inside, name="Never looked at", is_in_scope=True)
    AISystem.objects.filter(pk=classified.system_id).update(is_in_scope=True)
    LegalClassification.objects.update(valid_until=NOW.date())

    found = {day: section_of(day) for day in (NOW.date(), NOW.date() + datetime.timedelta(days=1))}

    today, tomorrow = found.values()
    (row,) = today.data["prohibited-practices"].rows
    assert row[2:] == ("Not prohibited", "Approved", "Lena Lead", NOW.date(), NOW.date())
    not_checked = "Not checked for prohibited practices, or not approved: SYS-002."
    assert today.gaps[1:] == (not_checked,)
    ended = "The check for prohibited practices is no longer valid: SYS-001."
    assert tomorrow.gaps[1:] == (not_checked, ended)


def section_of(day: datetime.date) -> Section:
    return next(each for each in sections.sections(day) if each.key == "legal-classification")


def test_it_is_answered_and_approved_on_its_pages(house):
    with acting_in(house.organization):
        system = make_system(house)
    base = house.url(f"systems/{system.pk}/classification/")
    owner, lead = as_member(house, "owner"), as_member(house, "lead")
    assert "Not begun" in owner.get(base).content.decode()
    incomplete = owner.post(f"{base}answers/", {"row_version": 1, "submit": "on", "P-a": "no"})
    assert incomplete.status_code == 422 and "Answer P-h." in incomplete.content.decode()

    assert owner.post(f"{base}answers/", {"row_version": 1, "submit": "on", **NO}).status_code == 302
    assert owner.post(f"{base}approve/", {}).status_code == 403
    assert lead.post(f"{base}approve/", {}).status_code == 302

    page = lead.get(base).content.decode()
    assert "Not prohibited" in page and "Lena Lead" in page
    assert "Not prohibited" in lead.get(house.url(f"systems/{system.pk}/")).content.decode()


def test_the_api_answers_and_leaves_the_decision_to_people(house):
    api = Api(house, "classifications:read", "classifications:write")
    with acting_in(house.organization):
        system = make_system(house)
    sent = {"system_id": system.pk, "row_version": 1, "answers": NO, "submit": True}
    made = api.post("classifications", sent)
    assert (made.status_code, made.json()["state"], made.json()["result"]) == (
        200,
        "submitted",
        "not_prohibited",
    )
    path = f"classifications/{made.json()['id']}"

    assert api.post(f"{path}/approve", {}).status_code == 403
    assert api.post("classifications", {**sent, "system_id": 999_999}).status_code == 400
    assert api.get("classifications?state=submitted").json()["count"] == 1
    assert api.get("classifications?state=draft").json()["count"] == 0
    assert Api(house, "systems:read").get("classifications").status_code == 403
    assert api.get(path).json()["state"] == "submitted"


def test_the_api_list_takes_as_many_queries_for_thirty_rows_as_for_one(house):
    api = Api(house, "classifications:read")

    def make(first: int, last: int) -> None:
        with acting_in(house.organization):
            for number in range(first, last):
                answered(house, system=make_system(house, f"System {number}"))

    make(0, 1)
    with count_queries() as one:
        api.get("classifications")
    make(1, 30)
    with count_queries() as thirty:
        assert api.get("classifications").json()["count"] == 30

    assert len(one) == len(thirty), thirty
