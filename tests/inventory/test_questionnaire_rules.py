"""The published questions, whom they are asked, what answers may be, and what raises a flag."""

from __future__ import annotations

import datetime

import pytest

from aims.core.canonical import canonical_json
from aims.core.catalogs import SUPPLIER_QUESTIONS, catalog
from aims.core.exceptions import RuleBroken
from inventory.enums import QuestionKind, QuestionnaireState, SupplierKind, SupplierTier
from inventory.rules import questionnaires as rules
from inventory.rules.questionnaires import Question
from inventory.supplier_questions import supplier_questions

TODAY = datetime.date(2026, 11, 22)


def question(**values) -> Question:
    return Question(
        **{"id": "q", "section": "s", "section_title": "Part", "kind": "text", "text": "What?", **values}
    )


def test_the_catalog_names_kinds_and_tiers_of_suppliers_and_kinds_of_questions():
    meta = catalog(SUPPLIER_QUESTIONS)["meta"]

    assert meta["supplier_kinds"] == SupplierKind.values
    assert meta["tiers"] == SupplierTier.values
    assert {each.kind for each in supplier_questions()} == set(QuestionKind.values)


def test_every_flag_of_the_catalog_can_be_raised_and_every_choice_is_one_of_several():
    for each in supplier_questions():
        options = [key for key, _ in each.options]
        assert len(options) == len(set(options))
        assert (each.kind == "choice") == bool(each.choices)
        possible = {
            *options,
            *({"none"} if not each.required else ()),
            *({"past"} if each.kind == "date" else ()),
        }
        assert {answer for answer, _ in each.flags} <= possible, each.id


@pytest.mark.parametrize(
    ("kind", "tier", "asked"),
    [
        ("system", "low", 23),
        ("system", "high", 30),
        ("model", "medium", 27),
        ("data", "low", 13),
        ("service", "high", 19),
    ],
)
def test_kind_and_tier_of_the_supplier_choose_its_questions(kind, tier, asked):
    assert len(rules.asked_of(supplier_questions(), kind=kind, tier=tier)) == asked


def test_without_a_tier_nothing_is_asked():
    with pytest.raises(RuleBroken, match="Set the tier"):
        rules.asked_of(supplier_questions(), kind="system", tier="")


def test_a_frozen_question_thaws_to_the_same_and_says_nothing_of_other_suppliers():
    for each in supplier_questions():
        row = each.frozen()

        assert canonical_json(row)
        assert not {"kinds", "tiers"} & row.keys()
        assert Question.thawed(row) == Question.thawed({**row, "choices": [*map(list, row["choices"])]})
        assert Question.thawed(row).flags == each.flags


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("text", "", ""),
        ("text", "x" * 4000, ""),
        ("text", "x" * 4001, "Say it in 4000"),
        ("yes_no", "yes", ""),
        ("yes_no", "perhaps", "Choose one"),
        ("choice", "a", ""),
        ("choice", "b", "Choose one"),
        ("date", "2027-03-31", ""),
        ("date", "31.3.2027", "Give a day"),
        ("url", "https://clinara.example/card?v=3#top", ""),
        ("url", "javascript:alert(1)", "web address"),
        ("url", "https://user:secret@clinara.example/", "web address"),
        ("url", "https://clinara", "web address"),
        ("url", "ftp://clinara.example/", "web address"),
    ],
)
def test_an_answer_fits_its_kind(kind, text, fault):
    asked = question(kind=kind, choices=(("a", "A"),) if kind == "choice" else ())

    said = rules.fault_of(asked, text)

    assert said.startswith(fault) or fault in said
    assert bool(said) == bool(fault)


def test_an_answer_to_a_question_that_was_not_asked_is_refused():
    with pytest.raises(RuleBroken, match="not asked here"):
        rules.require_answers({"q": question()}, {"other": "x"})


def test_what_is_missing_is_required_and_unanswered():
    asked = [question(id="a", required=True), question(id="b"), question(id="c", required=True)]

    assert [each.id for each in rules.missing(asked, {"a": "x", "c": ""})] == ["c"]
    with pytest.raises(RuleBroken, match="2 questions need"):
        rules.require_complete(asked, {})
    rules.require_complete(asked, {"a": "x", "c": "y"})


@pytest.mark.parametrize(
    ("text", "why"),
    [("", ["Nothing named"]), ("2026-11-21", ["Ran out"]), ("2026-11-22", []), ("2027-01-01", [])],
)
def test_a_flag_is_raised_by_a_day_gone_by_and_by_silence(text, why):
    asked = question(kind="date", flags=(("none", "Nothing named"), ("past", "Ran out")))

    assert [flag.why for flag in rules.flags_of([asked], {"q": text}, on=TODAY)] == why


def test_a_flag_is_raised_by_its_answer_only():
    asked = question(kind="yes_no", flags=(("no", "Look"),))

    assert rules.flags_of([asked], {"q": "yes"}, on=TODAY) == []
    assert [flag.why for flag in rules.flags_of([asked], {"q": "no"}, on=TODAY)] == ["Look"]


@pytest.mark.parametrize(
    ("name", "role", "declares", "sentence"),
    [
        ("", "Officer", True, "Give your name"),
        ("Zoe", " ", True, "what you do"),
        ("Zoe", "Officer", False, "Declare"),
    ],
)
def test_handing_in_asks_for_name_role_and_declaration(name, role, declares, sentence):
    with pytest.raises(RuleBroken, match=sentence):
        rules.require_signature(name=name, role=role, declares=declares)


@pytest.mark.parametrize(
    ("days", "sentence"), [(0, "lie ahead"), (-1, "lie ahead"), (181, "within 180 days")]
)
def test_a_supplier_gets_time_but_not_for_ever(days, sentence):
    with pytest.raises(RuleBroken, match=sentence):
        rules.require_due_date(TODAY + datetime.timedelta(days=days), TODAY)
    rules.require_due_date(TODAY + datetime.timedelta(days=180), TODAY)


@pytest.mark.parametrize("action", rules.STEPS)
def test_an_act_is_possible_in_its_states_only(action):
    for state in QuestionnaireState.values:
        if state in rules.STEPS[action]:
            assert rules.moved(state, action) in QuestionnaireState.values
        else:
            with pytest.raises(RuleBroken, match="cannot be done"):
                rules.moved(state, action)


def test_what_is_accepted_or_withdrawn_stays_so():
    for ended in ("accepted", "withdrawn"):
        assert [action for action, ways in rules.STEPS.items() if ended in ways] == []
