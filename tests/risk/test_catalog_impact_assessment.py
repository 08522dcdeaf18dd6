from __future__ import annotations

import pytest

from aims.core.catalogs import ANNEX_A, CLAUSES, IMPACT, catalog

CATALOG = catalog(IMPACT)
QUESTIONS = CATALOG["questions"]
FRIA = CATALOG["fria_overlay"]
REFERENCES = {row["id"] for row in catalog(CLAUSES)["clauses"] if row["auditable"]} | {
    row["id"] for row in catalog(ANNEX_A)["controls"]
}
DIMENSIONS = {row["id"] for row in CATALOG["meta"]["dimensions"]}

each_screening_question = pytest.mark.parametrize("question", CATALOG["screening"], ids=lambda row: row["id"])
each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda row: row["id"])


def test_there_are_as_many_questions_as_said():
    assert CATALOG["meta"]["question_counts"] == {
        "screening": len(CATALOG["screening"]),
        "full": len({row["id"] for row in QUESTIONS}),
        "fria_extra": len(FRIA["extra_questions"]),
    }
    assert len(CATALOG["screening"]) == 14


@each_screening_question
def test_a_screening_question_scores_each_option_and_triggers_on_its_own(question: dict):
    values = {option["value"] for option in question["options"]}

    assert all(isinstance(option["score"], int) for option in question["options"])
    assert set(question.get("hard_trigger", {}).get("when", ())) <= values
    assert set(question["iso"]) <= REFERENCES


@each_question
def test_a_question_has_a_place_a_type_and_a_reason(question: dict):
    assert question["section"] in {row["id"] for row in CATALOG["sections"]}
    assert set(question["dimensions"]) <= DIMENSIONS
    assert question["iso"] and set(question["iso"]) <= REFERENCES


@pytest.mark.parametrize("question", [*QUESTIONS, *FRIA["extra_questions"]], ids=lambda row: row["id"])
def test_a_question_of_choice_offers_options(question: dict):
    assert question["type"] in CATALOG["meta"]["answer_types"]
    assert question["type"] not in ("single", "multi", "scale") or question["options"]


def test_every_dimension_is_asked_about_among_benefits_and_harms():
    asked = {name for row in QUESTIONS if row["section"] == "S6" for name in row["dimensions"]}

    assert asked == DIMENSIONS - {"ip"}


def test_the_overlay_covers_the_six_elements_with_known_questions():
    known = {row["id"] for row in [*QUESTIONS, *FRIA["extra_questions"]]}

    assert [row["id"] for row in FRIA["elements"]] == list("abcdef")
    for element in FRIA["elements"]:
        assert element["questions"] and set(element["questions"]) <= known


def test_a_question_marked_for_the_overlay_is_listed_there():
    listed = {(row["id"], ref) for row in FRIA["elements"] for ref in row["questions"]}

    assert [
        row["id"] for row in QUESTIONS if row.get("fria") and (row["fria"], row["id"]) not in listed
    ] == []
