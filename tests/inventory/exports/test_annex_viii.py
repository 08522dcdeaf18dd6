from __future__ import annotations

import dataclasses

import pytest

from inventory.enums import SystemStage
from inventory.exports.annex_viii import MEMBER_STATES, annex_viii, points
from tests.inventory.exports.conftest import register_of


def test_section_a_has_thirteen_points_and_a_gap_for_each_that_is_not_complete(full, bare):
    for system in (full, bare):
        entry = annex_viii(register_of(system))["systems"][0]

        assert [point["point"] for point in entry["points"]] == list(range(1, 14))
        gaps = [point for point in entry["points"] if point["gap"]]
        assert len(entry["gaps"]) == len(gaps)
        assert all(point["value"] or point["gap"] for point in entry["points"][:12])


def test_a_complete_record_leaves_only_what_the_register_has_no_field_for(full):
    asked = points(full, "Meadow Clinic")

    assert [point.number for point in asked if point.gap] == [1, 2, 3, 6, 8, 9, 10, 11, 12]
    assert asked[0].value == "Meadow Clinic"
    assert asked[3].value == "Invoice *sorter* · 2.3 · SYS-001 · CMDB-1"
    assert asked[9].value == "Austria, Germany"
    assert asked[9].gap == "Not read as Member States: Bern."


def test_the_supplier_is_the_provider_where_the_organization_is_not(full):
    asked = points(dataclasses.replace(full, organization_roles=("deployer_user",)), "Meadow Clinic")

    assert asked[0].value == "Example & Sons"
    assert "section A is registered by the provider" in asked[0].gap


@pytest.mark.parametrize("stage", SystemStage.values)
def test_every_stage_has_a_status(full, stage):
    expected = {
        "operation_monitoring": "In service",
        "re_evaluation": "In service",
        "suspended": "In service",
        "retirement": "No longer in service",
        "retired": "No longer in service",
    }
    point = points(dataclasses.replace(full, stage=stage), "Meadow")[6]

    assert point.value == expected.get(stage, "Not yet in service")


def test_there_are_27_member_states():
    assert len(MEMBER_STATES) == 27
