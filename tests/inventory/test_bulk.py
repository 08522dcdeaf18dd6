"""Many records of a register edited at once: all of them or none, by the same rules as one."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory.models import AIModel, AISystem, DataSet, Prompt, Supplier
from inventory.services import bulk
from inventory.services.bulk import edit_many
from inventory.services.custom_fields import add_field
from inventory.services.resources import supersede_resource
from inventory.services.systems import edit_system
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_system
from tests.inventory.test_api import Api
from tests.inventory.test_resources import a_resource
from tests.inventory.test_suppliers import a_supplier
from tests.queries import count_queries

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
        with pytest.raises(error) as refused:
            edit_many(actor=acting.owner, now=NOW, **given)
        named = mine.reference in str(refused.value), theirs.reference in str(refused.value)
        assert error is RuleBroken or named == (len(given["chosen"]) == 1, len(given["chosen"]) == 2)

    assert stored() == before


def test_ticked_in_the_register_they_are_edited_on_one_page(house: House) -> None:
    lead = as_member(house, "lead")
    with acting_in(house.organization):
        first, second = a_system(house), a_system(house)
    ticked = [f"{system.pk}:1" for system in (first, second)]
    register = lead.get(house.url("systems/")).text
    assert all(f'value="{each}"' in register for each in ticked)

    page = lead.get(house.url("systems/edit-many/"), {"chosen": ticked}).text
    assert first.reference in page and second.reference in page and page.count('name="chosen"') == 2
    refused = lead.post(house.url("systems/edit-many/"), {"chosen": ticked, "is_in_scope": "no"})
    assert refused.status_code == 422 and f"{first.reference}: " in refused.text
    done = lead.post(house.url("systems/edit-many/"), {"chosen": ticked, "next_review_date": "2027-06-30"})
    assert done.status_code == 302
    again = lead.post(house.url("systems/edit-many/"), {"chosen": ticked, "next_review_date": "2027-07-30"})
    assert again.status_code == 422 and "Somebody changed" in again.text
    for odd in ({"chosen": ["x:1"]}, {"chosen": ["1"]}, {"chosen": ["9" * 40 + ":1"]}, {}):
        assert lead.post(house.url("systems/edit-many/"), {**odd, "sourcing": "own"}).status_code == 422
    assert "No systems are chosen" in lead.get(house.url("systems/edit-many/?chosen=x")).text

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


#: Each register beside systems: the path of its pages and of the API, its table, something to say of many.
OTHERS = [
    (bulk.SUPPLIERS, "suppliers", Supplier, {"tier": "high"}),
    (bulk.MODELS, "models", AIModel, {"licence": "MIT"}),
    (bulk.DATA_SETS, "data-sets", DataSet, {"retention": "3 years"}),
    (bulk.PROMPTS, "prompts", Prompt, {"kind": "agent"}),
]


def make(house: House, model: Any, name: str, **values: Any) -> Any:
    return (
        a_supplier(house, name, **values) if model is Supplier else a_resource(house, model, name, **values)
    )


def rows_of(model: Any, said: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(model.objects.order_by("pk").values_list(*said, "owner_id", "name", "row_version"))


@pytest.mark.parametrize(("register", "path", "model", "said"), OTHERS)
def test_the_others_are_changed_all_of_them_or_none(
    acting: House, register: bulk.Register, path: str, model: Any, said: dict[str, Any]
) -> None:
    first, second = make(acting, model, "One"), make(acting, model, "Two")
    chosen = {first.pk: 1, second.pk: 1}

    edit_many(actor=acting.lead, register=register, chosen=chosen, changes=said, now=NOW)

    value = next(iter(said.values()))
    before = rows_of(model, said)
    assert [(row[0], row[-1]) for row in before] == [(value, 2), (value, 2)]
    lines = TrailEvent.objects.count()
    other = {"owner": acting.member["lead"]}
    with pytest.raises(RuleBroken, match="Nothing was changed") as refused:
        edit_many(
            actor=acting.lead,
            register=register,
            chosen={first.pk: 2, second.pk: 1},
            changes=other,
            now=NOW,
        )
    assert [problem.ref for problem in refused.value.problems] == [second.reference]
    for changes, picked in (
        ({"name": "Same"}, chosen),
        ({}, chosen),
        (other, {}),
        (other, {first.pk: 2, 987654321: 1}),
    ):
        with pytest.raises(RuleBroken):
            edit_many(actor=acting.lead, register=register, chosen=picked, changes=changes, now=NOW)
    assert (rows_of(model, said), TrailEvent.objects.count()) == (before, lines)


@pytest.mark.parametrize(("register", "path", "model", "said"), OTHERS)
def test_whoever_owns_one_of_them_edits_no_other(
    acting: House, register: bulk.Register, path: str, model: Any, said: dict[str, Any]
) -> None:
    mine, theirs = make(acting, model, "Mine"), make(acting, model, "Theirs", owner=acting.member["lead"])
    before = rows_of(model, said)

    with pytest.raises(NotAllowed):
        edit_many(
            actor=acting.owner,
            register=register,
            chosen={mine.pk: 1, theirs.pk: 1},
            changes=said,
            now=NOW,
        )

    assert rows_of(model, said) == before


def test_a_replaced_version_refuses_for_all(acting: House) -> None:
    old = a_resource(acting, AIModel, version="1")
    supersede_resource(actor=acting.lead, resource=old, version="2", now=NOW)
    other = a_resource(acting, AIModel, "Other")

    with pytest.raises(RuleBroken) as refused:
        edit_many(
            actor=acting.lead,
            register=bulk.MODELS,
            chosen={old.pk: 1, other.pk: 1},
            changes={"licence": "MIT"},
            now=NOW,
        )

    (problem,) = refused.value.problems
    assert problem.ref == old.reference and problem.sentence.startswith("This version was replaced")
    assert not AIModel.objects.filter(licence="MIT").exists()


@pytest.mark.parametrize(("register", "path", "model", "said"), OTHERS)
def test_the_others_are_ticked_and_edited_on_one_page(
    house: House, other_house: House, register: bulk.Register, path: str, model: Any, said: dict[str, Any]
) -> None:
    lead, address = as_member(house, "lead"), house.url(f"{path}/edit-many/")
    with acting_in(other_house.organization):
        foreign = make(other_house, model, "Theirs")
    with acting_in(house.organization):
        first, second = make(house, model, "One"), make(house, model, "Two")
    ticked = [f"{first.pk}:1", f"{second.pk}:1"]
    shown = lead.get(house.url(f"{path}/")).text
    assert all(f'name="chosen" value="{each}"' in shown for each in ticked) and address in shown
    assert 'name="chosen"' not in as_member(house, "risk_owner").get(house.url(f"{path}/")).text

    page = lead.get(address, {"chosen": [*ticked, f"{foreign.pk}:1"]}).text
    assert "One" in page and "Two" in page and "Theirs" not in page and page.count('name="chosen"') == 2
    refused = lead.post(address, {"chosen": [*ticked, f"{foreign.pk}:1"], **said})
    nothing = lead.post(address, {"chosen": ticked})
    assert (refused.status_code, nothing.status_code) == (422, 422)
    assert f"There is no {register.noun} {foreign.pk}" in refused.text
    with acting_in(house.organization):
        assert [row[-1] for row in rows_of(model, said)] == [1, 1]
    assert lead.post(address, {"chosen": ticked, **said}).headers["Location"] == house.url(f"{path}/")
    assert as_member(house, "risk_owner").get(address).status_code == 403
    with acting_in(house.organization):
        assert {row[0] for row in rows_of(model, said)} == set(said.values())


@pytest.mark.parametrize(("register", "path", "model", "said"), OTHERS)
def test_the_api_edits_many_of_the_others(
    house: House, other_house: House, register: bulk.Register, path: str, model: Any, said: dict[str, Any]
) -> None:
    scope = "suppliers" if model is Supplier else "resources"
    api, reading = Api(house, f"{scope}:read", f"{scope}:write"), Api(house, f"{scope}:read")
    with acting_in(other_house.organization):
        foreign = make(other_house, model, "Theirs")
    with acting_in(house.organization):
        first, second = make(house, model, "One"), make(house, model, "Two")
    chosen = [{"id": first.pk, "row_version": 1}, {"id": second.pk, "row_version": 1}]
    body = {register.field: chosen, "changes": said}

    assert reading.post(f"{path}/edit-many", body).status_code == 403
    odd = {register.field: [*chosen, {"id": foreign.pk, "row_version": 1}], "changes": said}
    assert api.post(f"{path}/edit-many", odd).status_code == 422
    with acting_in(house.organization):
        assert [row[-1] for row in rows_of(model, said)] == [1, 1]
    done = api.post(f"{path}/edit-many", body)
    stale = api.post(f"{path}/edit-many", {**body, "changes": {"owner_id": house.member["lead"].pk}})

    assert [line["row_version"] for line in done.json()] == [2, 2]
    assert stale.status_code == 422
    assert {problem["ref"] for problem in stale.json()["problems"]} == {first.reference, second.reference}
    assert api.post(f"{path}/edit-many", {**body, register.field: []}).status_code == 400


@pytest.mark.parametrize("path", ["systems", *(path for _, path, _, _ in OTHERS)])
def test_the_page_takes_as_many_queries_for_thirty_as_for_one(house: House, path: str) -> None:
    lead, ticked = as_member(house, "lead"), []
    with acting_in(house.organization):
        for number in range(30):
            name = f"Record {number}"
            models = {path: model for _, path, model, _ in OTHERS}
            ticked.append(a_system(house, name) if path == "systems" else make(house, models[path], name))
    counts = []
    for number in (1, 30):
        with count_queries() as seen:
            page = lead.get(
                house.url(f"{path}/edit-many/"), {"chosen": [f"{each.pk}:1" for each in ticked[:number]]}
            ).text
        counts.append(seen)
        assert page.count('name="chosen"') == number

    assert len(counts[0]) == len(counts[1]), counts[1]
