from __future__ import annotations

import pytest

from aims.core.exceptions import RuleBroken
from inventory.rules.systems import (
    AI_SYSTEM,
    OUT_OF_USE,
    intake_problems,
    require_reason,
    require_scope_reason,
    skips_development,
)

COMPLETE = {
    "ref": "AIS-1",
    "purpose": "Sorts incoming patients by urgency",
    "roles": ["deployer_user"],
    "sourcing": "vendor",
    "supplier": "Northwind Health",
    "data_classes": ["health"],
}


def test_a_complete_intake_has_no_problem():
    assert intake_problems(**COMPLETE) == []
    assert intake_problems(**COMPLETE | {"sourcing": "own", "supplier": ""}) == []


@pytest.mark.parametrize(
    ("lacking", "field", "sentence"),
    [
        ({"purpose": " "}, "purpose", "State the intended purpose."),
        ({"roles": []}, "roles", "State the organization's role: provider, developer or deployer."),
        ({"supplier": ""}, "supplier", "Name the supplier of a system that is bought or embedded."),
        (
            {"supplier": "", "sourcing": "embedded"},
            "supplier",
            "Name the supplier of a system that is bought or embedded.",
        ),
        ({"data_classes": []}, "data_classes", "Name the classes of data that the system uses."),
    ],
)
def test_an_intake_names_what_it_lacks(lacking: dict, field: str, sentence: str):
    [problem] = intake_problems(**COMPLETE | lacking)

    assert (problem.ref, problem.field, problem.sentence) == ("AIS-1", field, sentence)


def test_a_system_outside_the_scope_needs_a_reason():
    require_scope_reason(in_scope=True, reason="")
    require_scope_reason(in_scope=False, reason="Used by a sister company only")

    with pytest.raises(RuleBroken, match="Say why the system is outside the scope of the AIMS"):
        require_scope_reason(in_scope=False, reason=" ")
    with pytest.raises(RuleBroken, match="Say whether the system is in the scope of the AIMS"):
        require_scope_reason(in_scope=None, reason="")


def test_a_reason_is_more_than_blanks():
    require_reason("The pilot failed")

    with pytest.raises(RuleBroken) as refusal:
        require_reason("  ")
    assert (refusal.value.field, refusal.value.sentence) == ("reason", "Give a reason.")


@pytest.mark.parametrize(
    ("roles", "skips"),
    [
        (["deployer_user"], True),
        (["deployer_user", "developer"], False),
        (["provider"], False),
        ([], False),
    ],
)
def test_only_a_mere_user_skips_development(roles: list[str], skips: bool):
    assert skips_development(roles) is skips


def test_systems_out_of_use_are_at_an_end_of_their_life_cycle():
    assert AI_SYSTEM.final == OUT_OF_USE
