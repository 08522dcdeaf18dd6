"""What answers call for, as the catalog names it."""

from __future__ import annotations

from typing import Any

import pytest

from aims.core.catalogs import IMPACT, catalog
from aims.core.exceptions import RuleBroken
from risk.form_triggers import TRIGGERS, blocking, open_triggers
from risk.guards.systems import impact_is_assessed
from risk.models import ImpactAssessment
from tests.risk.conftest import Ward
from tests.risk.form_answers import whole_form
from tests.risk.test_guards import approved, facts

MISUSE = {"actor": "A ward", "way": "Skips the nurse", "likelihood": 3, "severity": 5}


def test_the_triggers_are_those_of_the_catalog() -> None:
    published = [
        (row["id"], row["trigger"]["when"], row["trigger"]["action"])
        for row in catalog(IMPACT)["questions"]
        if "trigger" in row
    ]

    assert [(each.question, each.when, each.action) for each in TRIGGERS] == published


def test_an_ordinary_form_calls_for_what_its_first_answers_say() -> None:
    assert [each.question for each in open_triggers(whole_form(None))] == []


@pytest.mark.parametrize(
    ("id", "answers", "met"),
    [
        ("IA-013", {"IA-013": [MISUSE]}, {"IA-090": [{"harm": "x"}]}),
        ("IA-022", {"IA-022": "special"}, {"IA-005": ["dpia"]}),
        ("IA-023", {"IA-023": "4"}, {"IA-101": {"records": [{"id": 1, "name": "R"}]}}),
        ("IA-033", {"IA-033": [{"verdict": "fail"}]}, {"IA-101": {"records": [{"id": 1, "name": "R"}]}}),
        ("IA-034", {"IA-034": "5", "SCR-02": "yes"}, {"IA-090": [{"harm": "x"}]}),
        ("IA-081", {"IA-081": "4"}, {"IA-095": {"records": [{"id": 1, "name": "M"}]}}),
        ("IA-092", {"IA-092": "planned", "SCR-02": "yes"}, {"IA-092": "full"}),
    ],
)
def test_a_trigger_holds_until_it_is_met(id: str, answers: dict[str, Any], met: dict[str, Any]) -> None:
    assert [each.question for each in open_triggers(answers)] == [id]
    assert open_triggers(answers | met) == ()


@pytest.mark.parametrize("answers", [{"IA-034": "5"}, {"IA-092": "none", "SCR-02": "no"}, {"IA-081": "3"}])
def test_what_stays_below_calls_for_nothing(answers: dict[str, Any]) -> None:
    assert open_triggers(answers) == ()
    assert blocking(answers) is None


def test_decisions_on_people_without_oversight_do_not_go_live(ward: Ward) -> None:
    assessment = approved(ward)
    answers = {**assessment.answers, "SCR-02": "yes", "IA-092": "planned"}
    ImpactAssessment.objects.filter(pk=assessment.pk).update(answers=answers)

    with pytest.raises(RuleBroken, match="without working human oversight"):
        impact_is_assessed(facts(ward, ward.system))

    answers["IA-092"] = "full"
    ImpactAssessment.objects.filter(pk=assessment.pk).update(answers=answers)
    assert impact_is_assessed(facts(ward, ward.system)) == f"{assessment.reference}: approved"
