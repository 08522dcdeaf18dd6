from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims.core.exceptions import RuleBroken
from risk.enums import ScreeningOutcome
from risk.questionnaire import screening_bands, screening_questions
from risk.screening import evaluate, latest_rescreening, require_complete, require_rescreening_date

QUESTIONS = screening_questions()
HARMLESS = {question.id: question.options[0].value for question in QUESTIONS}
ORDER = ("screened_out", "light", "full", "stop_and_escalate")

any_answers = st.fixed_dictionaries(
    {question.id: st.sampled_from([option.value for option in question.options]) for question in QUESTIONS}
)


def answers(**changed: str) -> dict[str, str]:
    return HARMLESS | {id.replace("_", "-"): value for id, value in changed.items()}


def test_the_first_option_of_every_question_is_the_harmless_one():
    assert len(HARMLESS) == 14
    assert all(question.options[0].score == 0 for question in QUESTIONS)


def test_a_harmless_system_is_screened_out():
    result = evaluate(HARMLESS)

    assert (result.score, result.band, result.outcome) == (0, "screened_out", "screened_out")
    assert result.triggers == ()
    assert result.explanation == ("The answers add up to 0 points: no assessment needed.",)


@pytest.mark.parametrize(
    ("changed", "points", "outcome"),
    [
        ({"SCR_07": "ge1m", "SCR_06": "recommend"}, 4, "screened_out"),
        ({"SCR_07": "ge1m", "SCR_09": "public"}, 5, "light"),
        ({"SCR_07": "ge1m", "SCR_08": "no", "SCR_10": "new"}, 8, "light"),
        ({"SCR_07": "ge1m", "SCR_08": "no", "SCR_13": "easy"}, 9, "full"),
    ],
)
def test_the_score_decides_at_the_edges_of_the_bands(changed: dict, points: int, outcome: str):
    result = evaluate(answers(**changed))

    assert (result.score, result.outcome) == (points, outcome)


@pytest.mark.parametrize(
    ("id", "value", "outcome"),
    [
        ("SCR_01", "yes", "stop_and_escalate"),
        ("SCR_02", "yes", "full"),
        ("SCR_02", "unsure", "full"),
        ("SCR_03", "yes", "full"),
        ("SCR_03", "unsure", "full"),
        ("SCR_04", "yes", "full"),
        ("SCR_05", "yes", "full"),
        ("SCR_06", "act_irreversible", "full"),
    ],
)
def test_a_hard_trigger_overrides_a_low_score(id: str, value: str, outcome: str):
    result = evaluate(answers(**{id: value}))

    assert result.band == "screened_out"
    assert result.outcome == outcome
    assert [reason.question for reason in result.triggers] == [id.replace("_", "-")]


def test_a_doubt_about_a_banned_practice_scores_but_does_not_stop():
    assert evaluate(answers(SCR_01="unsure")).outcome == "screened_out"


def test_stopping_outranks_every_other_outcome():
    result = evaluate(answers(SCR_01="yes", SCR_02="yes"))

    assert result.outcome == "stop_and_escalate"
    assert len(result.triggers) == 2


def test_three_doubts_call_for_a_full_assessment():
    two = evaluate(answers(SCR_01="unsure", SCR_04="unsure"))
    three = evaluate(answers(SCR_01="unsure", SCR_04="unsure", SCR_05="unsure"))

    assert (two.score, two.outcome) == (4, "screened_out")
    assert (three.band, three.outcome) == ("light", "full")
    assert three.unsure == ("SCR-01", "SCR-04", "SCR-05")
    assert "3 answers are “not sure”, which calls for a full assessment." in three.explanation


def test_each_answer_shows_what_it_added():
    [reason] = [reason for reason in evaluate(answers(SCR_02="yes")).reasons if reason.points]

    assert (reason.question, reason.answer, reason.points, reason.trigger) == ("SCR-02", "Yes", 3, "full")
    assert reason.text.startswith("Does the output decide")


def test_an_incomplete_screening_has_no_outcome_and_names_what_is_open():
    partial = {id: value for id, value in HARMLESS.items() if id not in ("SCR-03", "SCR-09")}

    result = evaluate(partial | {"SCR-09": ""})

    assert result.outcome is None
    assert result.unanswered == ("SCR-03", "SCR-09")
    with pytest.raises(RuleBroken) as refusal:
        require_complete(result)
    assert refusal.value.sentence == "Answer every question first; still open: SCR-03, SCR-09."
    assert [problem.ref for problem in refusal.value.problems] == ["SCR-03", "SCR-09"]


def test_a_complete_screening_is_accepted():
    require_complete(evaluate(HARMLESS))


def test_an_answer_that_is_not_offered_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        evaluate(answers(SCR_07="a few"))

    assert refusal.value.sentence == "Choose one of the answers offered for SCR-07."
    assert refusal.value.field == "SCR-07"


def test_a_question_that_does_not_exist_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        evaluate(answers(SCR_15="yes"))

    assert refusal.value.sentence == "SCR-15 is not a question of the screening."


@given(any_answers)
def test_the_outcome_is_never_milder_than_the_band(given_answers: dict):
    result = evaluate(given_answers)

    assert result.outcome in ScreeningOutcome.values
    assert ORDER.index(result.outcome) >= ORDER.index(result.band)


@given(st.integers(0, 60))
def test_each_score_lies_in_one_band(points: int):
    assert sum(band.holds(points) for band in screening_bands()) == 1


def test_the_next_screening_is_due_within_a_year():
    screened = date(2024, 2, 29)

    assert latest_rescreening(screened) == date(2025, 2, 28)
    require_rescreening_date(date(2025, 2, 28), screened_on=screened)


@pytest.mark.parametrize("planned", [None, date(2024, 2, 29), date(2025, 3, 1)])
def test_a_later_or_missing_date_for_the_next_screening_is_refused(planned: date | None):
    with pytest.raises(RuleBroken) as refusal:
        require_rescreening_date(planned, screened_on=date(2024, 2, 29))

    assert refusal.value.sentence == "Plan the next screening for a day up to 2025-02-28."
    assert refusal.value.field == "rescreen_date"
