"""Every organization begins with the 38 controls of Annex A and adds its own."""

from __future__ import annotations

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from controls import library, services
from controls.models import Control
from controls.services import adopt_library
from tests.cast import NOW, House
from tests.controls.conftest import Desk


def test_an_organization_begins_with_the_38_controls_in_their_order(desk: Desk):
    rows = list(Control.objects.all())

    assert [row.reference for row in rows] == [each.ref for each in library.controls()]
    assert {row.origin for row in rows} == {"annex_a"}
    assert {row.catalog_version for row in rows} == {"2026-11"}
    assert {row.state for row in rows} == {"not_started"}


def test_taking_the_library_over_again_adds_nothing(desk: Desk):
    desk.edit(desk.control("A.2.2"), how_implemented="AI policy v3")

    adopt_library(desk.house.system, NOW)

    assert Control.objects.count() == 38
    assert desk.control("A.2.2").how_implemented == "AI policy v3"


def test_another_organization_has_controls_of_its_own(desk: Desk, other_house: House):
    desk.edit(desk.control("A.2.2"), how_implemented="Meadow only")

    with acting_in(other_house.organization):
        assert Control.objects.count() == 38
        assert not Control.objects.filter(how_implemented="Meadow only").exists()


def test_an_own_control_joins_the_register_and_the_open_draft(desk: Desk):
    version = desk.draft()

    control = desk.do(services.add_control, "lead", reference="OC-1", title="Model kill switch")

    assert control.origin == "own"
    assert Control.objects.last() == control
    assert desk.entry(version, "OC-1").is_included is None
    assert TrailEvent.objects.filter(action="control.added", object_id=control.pk).count() == 1


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("A.6.9", "“A.” stands for Annex A"),
        ("a.6.9", "“A.” stands for Annex A"),
        ("=1+1", "Give an id of letters"),
        ("OC 1", "Give an id of letters"),
        ("", "Give an id of letters"),
        ("OC-0", "There is a control OC-0 already."),
    ],
)
def test_the_id_of_an_own_control_is_its_own(desk: Desk, reference: str, sentence: str):
    desk.do(services.add_control, "lead", reference="OC-0", title="First")

    with pytest.raises(RuleBroken, match=sentence):
        desk.do(services.add_control, "lead", reference=reference, title="Model kill switch")

    assert Control.objects.count() == 39


def test_only_the_lead_adds_a_control(desk: Desk):
    for who in ("owner", "risk_owner", "control_owner", "internal_auditor", "top", "admin", "staff"):
        with pytest.raises(NotAllowed):
            desk.do(services.add_control, who, reference="OC-1", title="Model kill switch")

    assert Control.objects.count() == 38


def test_the_owner_writes_how_a_control_is_implemented(desk: Desk):
    control = desk.owned()

    desk.do(
        services.edit_control,
        "control_owner",
        control=control,
        changes={"how_implemented": "Release checklist", "licensed_text": "Own copy"},
        row_version=control.row_version,
    )

    control.refresh_from_db()
    assert (control.how_implemented, control.licensed_text) == ("Release checklist", "Own copy")
    assert control.row_version == 3


def test_somebody_elses_control_is_not_edited(desk: Desk):
    control = desk.control()

    with pytest.raises(NotAllowed):
        desk.do(
            services.edit_control,
            "control_owner",
            control=control,
            changes={"how_implemented": "Mine now"},
            row_version=1,
        )

    assert desk.control().how_implemented == ""


def test_an_owner_does_not_give_the_control_away(desk: Desk):
    control = desk.owned()

    with pytest.raises(NotAllowed):
        desk.do(
            services.edit_control,
            "control_owner",
            control=control,
            changes={"owner": desk.house.member["staff"]},
            row_version=control.row_version,
        )

    assert desk.control().owner == desk.house.member["control_owner"]


@pytest.mark.parametrize("field", ["title", "description"])
def test_what_the_library_says_is_not_rewritten(desk: Desk, field: str):
    with pytest.raises(RuleBroken, match="comes from the library"):
        desk.edit(desk.control(), **{field: "Something else"})

    assert desk.control().title == library.control("A.6.2.4").title


def test_a_state_is_not_written_as_a_field(desk: Desk):
    with pytest.raises(RuleBroken, match="cannot be changed here"):
        desk.edit(desk.control(), state="verified")

    assert desk.control().state == "not_started"


def test_two_people_who_edit_at_once_do_not_overwrite_each_other(desk: Desk):
    first, second = desk.control(), desk.control()
    desk.edit(first, how_implemented="By Lena")

    with pytest.raises(StaleState) as caught:
        desk.edit(second, how_implemented="By Carl")

    assert "By Lena" in str(caught.value.theirs)
    assert desk.control().how_implemented == "By Lena"
