"""What the answers of an intake say by the EU AI Act and by the screening."""

from __future__ import annotations

import pytest

from aims.core.catalogs import CLASSIFIER, INTAKE, catalog, validate
from aims.core.registry import IntakeFact
from inventory.enums import AIType, AutomationDegree, ProvisionalClass, ScreeningHint
from inventory.intake_questions import intake_parts, intake_questions
from inventory.rules import intake as rules
from risk import prohibited, screening
from risk.provisional import judge
from risk.questionnaire import screening_questions

#: An answer to each part that points to nothing.
HARMLESS = {
    "does": ["finds"],
    "audience": ["inside"],
    "affected": ["nobody"],
    "decides": ["informs"],
    "data": ["business"],
    "area": ["no_area"],
    "banned": ["not_banned"],
}
#: Facts of a system that the intake knows, and the values they take there.
OF_THE_SYSTEM = {
    "ai_type": set(AIType.values),
    "automation_degree": set(AutomationDegree.values),
    "affected_count": {"none", "some"},
    "special_categories": {"yes"},
}


def facts(**changed: list[str]) -> tuple[IntakeFact, ...]:
    answers = {**HARMLESS, **changed}
    rules.require_whole(intake_questions(), answers)
    return rules.facts(intake_questions(), answers)


def told(opinion, about: str) -> list[tuple[str, str]]:
    return [(reason.answer, reason.rule) for reason in opinion.reasons if reason.about == about]


def test_every_answer_says_what_published_questions_know():
    validate(INTAKE)
    offered = {row["id"]: {each["value"] for each in row["answers"]} for row in catalog(CLASSIFIER)["nodes"]}
    offered |= {each.id: {option.value for option in each.options} for each in screening_questions()}
    offered |= OF_THE_SYSTEM
    settled = [each for part in intake_parts() for choice in part.choices for each in choice.settles]

    assert len(settled) > 90
    assert [each for each in settled if each.value not in offered.get(each.question, ())] == []


def test_the_intake_asks_for_each_banned_practice_and_each_use_of_annex_iii():
    settled = {
        (each.question, each.value)
        for part in intake_parts()
        for choice in part.choices
        for each in choice.settles
    }
    uses = {
        each["value"] for row in catalog(CLASSIFIER)["nodes"] if row["id"] == "H4" for each in row["answers"]
    }

    always = {question.id for question in prohibited.questions() if not question.follows}
    assert {(each, "yes") for each in always} | {(each, "unsure") for each in always} <= settled
    assert {("H4", each) for each in uses} <= settled


def test_what_points_to_nothing_is_minimal_and_says_so():
    opinion = judge(facts())

    assert (opinion.ai_act_class, opinion.screening, opinion.needs_legal_review) == (
        "minimal",
        "screened_out",
        False,
    )
    assert [reason.about for reason in opinion.reasons] == ["minimal", "screening"]


@pytest.mark.parametrize(
    ("changed", "expected", "rule"),
    [
        ({"banned": ["manipulates"]}, "prohibited", "EU AI Act, Article 5(1)(a)"),
        ({"banned": ["feelings"], "area": ["work"]}, "prohibited", "EU AI Act, Article 5(1)(f)"),
        ({"area": ["work"]}, "high", "EU AI Act, Article 6(2), Annex III 4a, 4b"),
        ({"area": ["product"]}, "high", "EU AI Act, Article 6(1)(a), Annex I"),
        ({"area": ["area_unsure"]}, "high", "EU AI Act, Article 6(2), Annex III"),
        ({"does": ["talks"]}, "transparency", "EU AI Act, Article 50(1)"),
        ({"does": ["writes"], "audience": ["published"]}, "transparency", "EU AI Act, Article 50(2)"),
        ({"does": ["finds"], "audience": ["published"]}, "minimal", "EU AI Act"),
    ],
)
def test_the_gravest_class_wins_and_names_its_rule(changed, expected, rule):
    opinion = judge(facts(**changed))

    assert opinion.ai_act_class == expected
    assert rule in [each for _, each in told(opinion, expected)]


def test_a_graver_class_keeps_the_reasons_of_the_milder_ones():
    opinion = judge(facts(does=["talks", "judges"], area=["work"], banned=["scores"]))

    assert [reason.about for reason in opinion.reasons if reason.about != "screening"] == [
        "prohibited",
        "high",
        "transparency",
    ]
    assert "no way out" in next(reason.sentence for reason in opinion.reasons if reason.about == "high")


def test_a_practice_with_exceptions_is_suspected_too_and_says_that_there_are_some():
    sentences = {
        answer: next(r.sentence for r in judge(facts(banned=[answer])).reasons if r.about == "prohibited")
        for answer in ("manipulates", "feelings")
    }

    assert "exceptions" not in sentences["manipulates"]
    assert "exceptions" in sentences["feelings"]


def test_a_doubt_on_a_banned_practice_goes_to_a_legal_review_and_is_never_called_minimal():
    opinion = judge(facts(banned=["banned_unsure"], does=["talks"]))

    assert (opinion.ai_act_class, opinion.needs_legal_review) == ("unclear", True)
    assert told(opinion, "unclear")[0][0] == "I do not know"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"banned": ["crimes"]}, "stop_and_escalate"),
        ({"decides": ["acts_for_good"]}, "full"),
        ({"affected": ["dependent"]}, "full"),
        ({"area": ["care"], "decides": ["recommends"]}, "full"),
        ({"data": ["special"]}, "full"),
        (
            {
                "decides": ["acts"],
                "does": ["writes"],
                "audience": ["outside"],
                "data": ["data_unsure"],
                "affected": ["affected_unsure"],
            },
            "light",
        ),
    ],
)
def test_the_hint_is_what_the_screening_would_say_if_the_open_questions_added_nothing(changed, expected):
    assert judge(facts(**changed)).screening == expected


def test_the_hint_names_the_answer_that_decides_by_itself():
    opinion = judge(facts(area=["work"], decides=["recommends"]))

    assert told(opinion, "screening")[0] == (
        "Work: hiring, tasks, promotion, watching or ending",
        "Screening SCR-02",
    )


def test_the_words_of_the_inventory_are_those_of_the_judge():
    assert set(rules.CLASSES) == set(ProvisionalClass.values)
    outcomes = {screening.STOP, screening.FULL, screening.LIGHT, screening.SCREENED_OUT}
    assert set(ScreeningHint.values) == outcomes
