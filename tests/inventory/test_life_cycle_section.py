"""The life cycle in an evidence pack: steps, records, changes, and what is not on record."""

from __future__ import annotations

import datetime

import pytest

from aims.core.models import Organization
from aims.core.tenancy.context import acting_in
from inventory.models import AISystem, GateRecord
from inventory.sections.life_cycle import sections
from tests.cast import NOW, TODAY, House
from tests.inventory.test_changes import a_change
from tests.inventory.test_gates import at, step, written


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def test_steps_records_and_changes_are_printed_with_who_and_what_lacks(inside):
    system = at(inside, "design_development")
    written(inside, system, "design")
    written(inside, system, "data")
    passed = step(inside, system, "gate_build_done")
    written(inside, system, "validation", criteria_met="no", deviation="Misses one in forty")
    a_change(inside, "assessed", system=system)

    (found,) = sections(TODAY)

    label = "SYS-001 Invoice sorter"
    assert found.data["steps"].rows == [
        (
            label,
            "Design and development",
            "Verification and validation",
            NOW.date(),
            "Oscar Owner",
            passed.snapshot.sha256,
        )
    ]
    assert [(row[1], row[2], row[5]) for row in found.data["records"].rows] == [
        ("Design", "Complete", None),
        ("Data used to build and test", "Complete", None),
        ("Results of verification and validation", "Complete", "Misses one in forty (not approved)"),
    ]
    assert found.data["changes"].rows == [("CHG-001", "Model 3.0", label, "Assessed", None, None)]
    assert found.gaps == (
        f"A deviation of the validation is not approved: {label}.",
        "Change requests wait for a decision: CHG-001.",
    )


def test_a_system_found_in_use_has_no_go_live_on_record_and_that_is_said(inside):
    for number in range(7):
        at(inside, "operation_monitoring", name=f"System {number}")
    assert AISystem.objects.count() == 7

    (found,) = sections(TODAY)

    assert found.gaps[0].startswith("In use without a go-live on record here: SYS-001 System 0, ")
    assert found.gaps[0].endswith("SYS-005 System 4 and 2 more.")


def test_a_step_at_night_stands_on_the_day_of_the_organization(inside):
    Organization.objects.filter(pk=inside.organization.pk).update(time_zone="Pacific/Auckland")
    system = at(inside, "design_development")
    written(inside, system, "design")
    written(inside, system, "data")
    passed = step(inside, system, "gate_build_done")
    GateRecord.objects.filter(pk=passed.pk).update(passed_at=NOW.replace(hour=20))

    with acting_in(inside.organization):
        (found,) = sections(TODAY)

    assert found.data["steps"].rows[0][3] == NOW.date() + datetime.timedelta(days=1)
