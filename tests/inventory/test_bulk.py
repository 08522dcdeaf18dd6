"""Many AI systems edited at once: all of them or none, by the same rules as one."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory.models import AISystem
from inventory.services.bulk import edit_many
from inventory.services.custom_fields import add_field
from inventory.services.systems import edit_system
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_system
from tests.inventory.test_api import Api

DAY = datetime.date(2027, 6, 30)


def stored() -> list[tuple[Any, ...]]:
    found = AISystem.objects.order_by("id")
    return list(found.values_list("next_review_date", "owner_id", "custom", "row_version"))


def test_all_are_changed_each_with_its_line_in_the_trail(acting: House) -> None:
    add_field(actor=acting.lead, label="Site", kind="text", now=NOW)
    systems = [a_system(acting), a_system(acting), a_system(acting)]
    chosen = {system.pk: 1 for system in systems[:2]}

    edit_many(
        actor=acting.lead, chosen=chosen, changes={"next_review_date": DAY}, custom={"site": "Ulm"}, now=NOW
    )

    dates = [(row[0], row[2], row[3]) for row in stored()]
    assert dates == [(DAY, {"site": "Ulm"}, 2), (DAY, {"site": "Ulm"}, 2), (None, {}, 1)]
    assert TrailEvent.objects.filter(action="aisystem.edited").count() == 2


def test_one_that_refuses_leaves_all_as_they_were_and_is_named(acting: House) -> None:
    first, second, third = a_system(acting), a_system(acting), a_system(acting)
    edit_system(actor=acting.lead, system=second, row_version=1, changes={"purpose": "Sorts"}, now=NOW)
    before, lines = stored(), TrailEvent.objects.count()

    with pytest.raises(RuleBroken, match="Nothing was changed") as refused:
        edit_many(
            actor=acting.lead,
            chosen={first.pk: 1, second.pk: 1, third.pk: 1},
            changes={"next_review_date": DAY},
            now=NOW,
        )

    assert [problem.ref for problem in refused.value.problems] == [second.reference]
    assert (stored(), TrailEvent.objects.count()) == (before, lines)


def test_what_may_not_be_said_of_many_or_by_this_person_changes_nothing(acting: House) -> None:
    mine = a_system(acting, owner=acting.member["owner"])
    theirs = a_system(acting)
    before = stored()
    refusals: list[tuple[Any, dict[str, Any]]] = [
        (RuleBroken, {"changes": {"name": "Same"}, "chosen": {mine.pk: 1}}),
        (RuleBroken, {"changes": {"stage": "retired"}, "chosen": {mine.pk: 1}}),
        (RuleBroken, {"changes": {}, "chosen": {mine.pk: 1}}),
        (RuleBroken, {"changes": {"next_review_date": DAY}, "chosen": {}}),
        (RuleBroken, {"changes": {"next_review_date": DAY}, "chosen": dict.fromkeys(range(1, 202), 1)}),
        (RuleBroken, {"changes": {"next_review_date": DAY}, "chosen": {mine.pk: 1, 987654321: 1}}),
        (NotAllowed, {"changes": {"next_review_date": DAY}, "chosen": {mine.pk: 1, theirs.pk: 1}}),
        (NotAllowed, {"changes": {"owner": acting.member["lead"]}, "chosen": {mine.pk: 1}}),
    ]
    for error, given in refusals:
        with pytest.raises(error):
            edit_many(actor=acting.owner, now=NOW, **given)

    assert stored() == before


def test_ticked_in_the_register_they_are_edited_on_one_page(house: House) -> None:
    lead = as_member(house, "lead")
    with acting_in(house.organization):
        first, second = a_system(house), a_system(house)
    ticked = [f"{system.pk}:1" for system in (first, second)]
    register = lead.get(house.url("systems/")).text
    assert all(f'value="{each}"' in register for each in ticked)

    page = lead.get(house.url("systems/edit-many/"), {"systems": ticked}).text
    assert first.reference in page and second.reference in page and page.count('name="systems"') == 2
    refused = lead.post(house.url("systems/edit-many/"), {"systems": ticked, "is_in_scope": "no"})
    assert refused.status_code == 422 and f"{first.reference}: " in refused.text
    done = lead.post(house.url("systems/edit-many/"), {"systems": ticked, "next_review_date": "2027-06-30"})
    assert done.status_code == 302
    again = lead.post(house.url("systems/edit-many/"), {"systems": ticked, "next_review_date": "2027-07-30"})
    assert again.status_code == 422 and "Somebody changed" in again.text
    for odd in ({"systems": ["x:1"]}, {"systems": ["1"]}, {"systems": ["9" * 40 + ":1"]}, {}):
        assert lead.post(house.url("systems/edit-many/"), {**odd, "sourcing": "own"}).status_code == 422
    assert "No systems are chosen" in lead.get(house.url("systems/edit-many/?systems=x")).text

    with acting_in(house.organization):
        assert [row[0] for row in stored()] == [DAY, DAY]
        assert {system.is_in_scope for system in AISystem.objects.all()} == {first.is_in_scope}


def test_the_api_edits_many_and_refuses_alike(house: House) -> None:
    api = Api(house, "systems:read", "systems:write")
    with acting_in(house.organization):
        first, second = a_system(house), a_system(house)
    chosen = [{"id": first.pk, "row_version": 1}, {"id": second.pk, "row_version": 1}]

    done = api.post("systems/edit-many", {"systems": chosen, "changes": {"next_review_date": "2027-06-30"}})
    assert [line["row_version"] for line in done.json()] == [2, 2]
    stale = api.post("systems/edit-many", {"systems": chosen, "changes": {"sourcing": "own"}})

    assert stale.status_code == 422
    assert {problem["ref"] for problem in stale.json()["problems"]} == {first.reference, second.reference}
    assert api.post("systems/edit-many", {"systems": [], "changes": {"sourcing": "own"}}).status_code == 400
