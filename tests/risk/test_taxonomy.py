from __future__ import annotations

import pytest

from risk.taxonomy import categories, scenario, scenarios, suggest


def ids(suggestions) -> list[str]:
    return [suggestion.scenario.id for suggestion in suggestions]


def test_the_library_holds_its_categories_and_scenarios():
    assert len(categories()) == 17
    assert len(scenarios()) == 111
    assert scenario("RS-FAIR-01").title == "Past discrimination learned as truth"
    assert scenario("RS-FAIR-01").category == "fairness_bias"


def test_an_unknown_scenario_raises():
    with pytest.raises(KeyError):
        scenario("RS-NONE-01")


def test_only_scenarios_for_the_kind_of_ai_are_suggested_best_fit_first():
    found = suggest(ai_types=["generative_llm"], stage="deployment", roles=["deployer_user"], limit=12)

    assert len(found) == 12
    assert all("generative_llm" in each.scenario.ai_types for each in found)
    assert [each.fit for each in found] == sorted((each.fit for each in found), reverse=True)
    assert all(0 <= each.fit <= 1 for each in found)


def test_the_same_question_gets_the_same_answer():
    question = {"ai_types": ["recommender"], "stage": "operation_monitoring", "roles": ["provider"]}

    assert suggest(**question) == suggest(**question)


def test_scenarios_of_the_stage_come_before_those_of_other_stages():
    def share(stage: str) -> float:
        found = suggest(ai_types=["predictive_ml"], stage=stage, roles=["developer"], limit=10)
        return sum("design_development" in each.scenario.lifecycle_stages for each in found) / 10

    assert share("design_development") > share("retirement")


def test_what_a_mere_user_can_do_weighs_for_a_user():
    as_user = suggest(ai_types=["computer_vision"], stage="operation_monitoring", roles=["deployer_user"])
    as_developer = suggest(ai_types=["computer_vision"], stage="operation_monitoring", roles=["developer"])

    assert ids(as_user) != ids(as_developer)


def test_a_proposed_system_gets_the_scenarios_of_inception():
    proposed = suggest(ai_types=["agentic"], stage="proposed", roles=["provider"])
    inception = suggest(ai_types=["agentic"], stage="inception", roles=["provider"])

    assert proposed == inception


def test_without_a_kind_of_ai_nothing_is_suggested():
    assert suggest(ai_types=[], stage="inception", roles=["provider"]) == ()
