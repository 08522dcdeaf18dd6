from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from aims.core.exceptions import RuleBroken
from risk.enums import TreatmentOption
from risk.rules import (
    TREATMENT_OPTIONS,
    Acceptance,
    Described,
    Residual,
    description_problems,
    go_live_problems,
    require_acceptable,
    require_described,
    require_treatment,
)
from risk.scoring import DEFAULT_CRITERIA

TODAY = date(2026, 11, 22)

COMPLETE = Described(
    ref="R-1",
    cause="Few records of older patients",
    event="The triage model ranks them too low",
    consequence="Treatment starts late",
    affected=("patients",),
    about="Triage assistant",
    owner="Head of emergency care",
)

ACCEPTANCE = Acceptance(
    level="high",
    approver=7,
    authors=(3, 4),
    authority="critical",
    reason="The benefit outweighs what remains",
    accepted_on=TODAY,
    expires_on=date(2027, 5, 22),
)


def test_the_options_are_those_stored():
    assert list(TREATMENT_OPTIONS) == TreatmentOption.values


def test_a_complete_risk_has_no_problem():
    assert description_problems(COMPLETE) == []
    require_described(COMPLETE)


@pytest.mark.parametrize(
    ("lacking", "field", "sentence"),
    [
        ({"cause": " "}, "cause", "Name the cause."),
        ({"event": ""}, "event", "Name the event: what happens."),
        ({"consequence": ""}, "consequence", "Name the consequence."),
        ({"affected": ()}, "affected", "Name who is affected."),
        ({"about": ""}, "system", "Name the AI system or the process that the risk belongs to."),
        ({"owner": ""}, "owner", "Name the owner of the risk."),
    ],
)
def test_a_risk_that_lacks_a_part_is_refused(lacking: dict, field: str, sentence: str):
    with pytest.raises(RuleBroken) as refusal:
        require_described(replace(COMPLETE, **lacking))

    assert (refusal.value.field, refusal.value.sentence) == (field, sentence)


def test_all_that_is_missing_is_said_at_once():
    problems = description_problems(replace(COMPLETE, cause="", owner=""))

    assert [problem.field for problem in problems] == ["cause", "owner"]


def test_modifying_a_risk_needs_a_control():
    require_treatment("modify", controls=("A.7.4",), explanation="")

    with pytest.raises(RuleBroken) as refusal:
        require_treatment("modify", controls=(), explanation="We try harder")

    assert refusal.value.sentence == "Choose at least one control that modifies the risk."
    assert refusal.value.field == "controls"


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("avoid", "Say what is not started or stopped to avoid the risk."),
        ("share", "Say with whom the risk is shared, and by which contract or insurance."),
        ("retain", "Say why the risk is retained."),
    ],
)
def test_the_other_options_need_words(option: str, sentence: str):
    require_treatment(option, controls=(), explanation="As the board decided in May")

    with pytest.raises(RuleBroken) as refusal:
        require_treatment(option, controls=("A.7.4",), explanation=" ")

    assert (refusal.value.field, refusal.value.sentence) == ("explanation", sentence)


def test_an_unknown_option_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        require_treatment("ignore", controls=(), explanation="")

    assert refusal.value.sentence == "Choose a treatment: modify, avoid, share or retain."


def test_a_sound_acceptance_stands_until_its_last_possible_day():
    require_acceptable(ACCEPTANCE, criteria=DEFAULT_CRITERIA)


@pytest.mark.parametrize(
    ("flaw", "field", "sentence"),
    [
        ({"approver": 4}, "approver", "Somebody other than its author accepts a risk."),
        (
            {"authority": "medium"},
            "authority",
            "Accepting a high risk needs an approver with authority for that level.",
        ),
        (
            {"authority": ""},
            "authority",
            "Accepting a high risk needs an approver with authority for that level.",
        ),
        ({"reason": ""}, "reason", "Say why the risk is accepted."),
        ({"expires_on": None}, "expires_on", "Give the day on which the acceptance expires."),
        (
            {"expires_on": TODAY},
            "expires_on",
            "An acceptance expires after the day on which it is given.",
        ),
        (
            {"expires_on": date(2027, 5, 23)},
            "expires_on",
            "A high risk may be accepted until 2027-05-22 at the latest.",
        ),
    ],
)
def test_an_acceptance_with_a_flaw_is_refused(flaw: dict, field: str, sentence: str):
    with pytest.raises(RuleBroken) as refusal:
        require_acceptable(replace(ACCEPTANCE, **flaw), criteria=DEFAULT_CRITERIA)

    assert (refusal.value.field, refusal.value.sentence) == (field, sentence)


def test_authority_for_a_level_is_enough_for_that_level():
    require_acceptable(replace(ACCEPTANCE, authority="high"), criteria=DEFAULT_CRITERIA)


def test_a_medium_risk_may_be_accepted_for_a_year():
    medium = replace(ACCEPTANCE, level="medium", expires_on=date(2027, 11, 22))

    require_acceptable(medium, criteria=DEFAULT_CRITERIA)


@pytest.mark.parametrize(
    ("level", "accepted_until", "sentences"),
    [
        ("low", None, []),
        ("medium", None, []),
        ("high", date(2026, 11, 22), []),
        ("high", date(2026, 11, 21), ["“Late care” remains high: treat it or have it accepted."]),
        ("high", None, ["“Late care” remains high: treat it or have it accepted."]),
        ("critical", None, ["“Late care” remains critical: treat it further before go-live."]),
        (
            "critical",
            date(2027, 5, 1),
            ["“Late care” remains critical: treat it further before go-live."],
        ),
        ("", None, ["Assess what remains of “Late care”."]),
    ],
)
def test_what_remains_decides_on_go_live(level: str, accepted_until: date | None, sentences: list[str]):
    problems = go_live_problems([Residual("R-1", "Late care", level, accepted_until)], today=TODAY)

    assert [problem.sentence for problem in problems] == sentences
