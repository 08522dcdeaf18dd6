"""The organization's own fields as columns of the workbook of AI systems, of imports and of the template."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from aims.core import jobs
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import importing, register_files
from inventory.models import AISystem, CustomField, InventoryImport
from inventory.queries import sheets
from inventory.queries.sheets import comparison_of, sheet_of
from inventory.rules.sheets import Verdict
from inventory.services import custom_fields as fields
from inventory.services.sheets import Chosen, take_over
from inventory.services.systems import edit_system
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_system
from tests.inventory.test_api import Api
from tests.inventory.test_custom_fields import a_field
from tests.inventory.test_importing import uploaded
from tests.queries import count_queries

REGIONS = ["Asia, Pacific", "Asia", "Europe; Africa"]
SAID: dict[str, Any] = {
    "note": "=SUM(A1)\r\nand more",
    "users": 2.5,
    "tested_on": "2026-11-29",
    "is_listed": False,
    "grade": "C++",
    "markets": REGIONS[:2],
    "handbook": "https://example.org/a?b=c;d",
}


def seven_fields(house: House) -> None:
    for label, kind, choices in (
        ("Note", "text", []),
        ("Users", "number", []),
        ("Tested on", "date", []),
        ("Is listed", "yes_no", []),
        ("Grade", "choice", ["C", "C++", "n/a"]),
        ("Markets", "choices", REGIONS),
        ("Handbook", "link", []),
    ):
        a_field(house, label, kind, choices=choices)


def sheet(**changes: dict[str, Any]) -> bytes:
    """As downloaded, with cells edited elsewhere: SYS_001={heading: value}."""
    workbook = openpyxl.load_workbook(io.BytesIO(sheet_of(AISystem.objects.all())))
    page = workbook.worksheets[0]
    columns = {cell.value: cell.column for cell in page[1]}
    for line in page.iter_rows(min_row=2):
        for heading, value in changes.get(str(line[0].value).replace("-", "_"), {}).items():
            page.cell(line[0].row, columns[heading]).value = value
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def came_back(house: House, content: bytes) -> InventoryImport:
    return uploaded(house, content, name="systems.xlsx")


def told(upload: InventoryImport) -> dict[str, tuple[Any, ...]]:
    """Of one system, by the key of the cell."""
    return {
        cell.key: (cell.verdict, cell.problem or cell.sheet)
        for row in comparison_of(upload).rows
        for cell in row.cells
    }


def headings(content: bytes) -> list[Any]:
    return [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0][1]]


def test_own_fields_of_every_kind_come_back_untouched(acting: House) -> None:
    seven_fields(acting)
    a_system(acting, custom=SAID)
    a_system(acting, name="Bare")

    content = sheet()
    upload = came_back(acting, content)

    assert headings(content)[-7:] == [
        *("Note", "Users", "Tested on", "Is listed", "Grade", "Markets", "Handbook")
    ]
    assert (told(upload), upload.problem_count, comparison_of(upload).retired) == ({}, 0, [])


def test_own_fields_are_compared_three_ways_and_written_by_the_verb(acting: House) -> None:
    seven_fields(acting)
    system = a_system(acting, custom=SAID)
    content = sheet(
        SYS_001={
            "Note": "Theirs",
            "Users": -3,
            "Tested on": None,
            "Is listed": "YES",
            "Grade": "n/a",
            "Markets": "Europe; Africa; Asia",
        }
    )
    edit_system(
        actor=acting.lead,
        system=system,
        row_version=1,
        changes={},
        custom={"note": "Ours", "handbook": None},
        now=NOW,
    )
    upload = came_back(acting, content)

    assert told(upload) == {
        "custom_note": (Verdict.CONFLICT, "Theirs"),
        "custom_users": (Verdict.CHANGED, "-3"),
        "custom_tested_on": (Verdict.CHANGED, ""),
        "custom_is_listed": (Verdict.CHANGED, "yes"),
        "custom_grade": (Verdict.CHANGED, "n/a"),
        "custom_markets": (Verdict.CHANGED, "Europe; Africa; Asia"),
        "custom_handbook": (Verdict.HERE, "https://example.org/a?b=c;d"),
    }
    chosen = [Chosen(system.pk, f"custom_{key}", 2) for key in (*SAID,) if key not in ("note", "handbook")]
    assert take_over(actor=acting.lead, upload=upload, cells=chosen, now=NOW) == 5

    assert AISystem.objects.get().custom == {
        "note": "Ours",
        "users": -3,
        "is_listed": True,
        "grade": "n/a",
        "markets": ["Asia", "Europe; Africa"],
    }
    line = json.loads(TrailEvent.objects.filter(action="aisystem.edited").latest("id").body)
    assert line["after"]["custom"]["users"] == -3 and "note" not in line["after"]["custom"]
    assert set(told(upload)) == {"custom_note", "custom_handbook"}


def test_choices_that_only_look_alike_are_different(acting: House) -> None:
    seven_fields(acting)
    system = a_system(acting, custom={"markets": ["Asia, Pacific", "Asia"], "grade": "C"})
    content = sheet(SYS_001={"Markets": "Asia, Pacific", "Grade": "C++"})

    upload = came_back(acting, content)

    assert set(told(upload)) == {"custom_markets", "custom_grade"}
    chosen = [Chosen(system.pk, key, 1) for key in told(upload)]
    take_over(actor=acting.lead, upload=upload, cells=chosen, now=NOW)
    assert AISystem.objects.get().custom == {"markets": ["Asia, Pacific"], "grade": "C++"}


def test_what_an_own_field_cannot_hold_is_refused_beside_the_cell(acting: House) -> None:
    seven_fields(acting)
    system = a_system(acting, custom={"grade": "C"})
    said = {
        "Users": "many",
        "Tested on": "2026-02-30",
        "Is listed": "perhaps",
        "Grade": "C++",
        "Markets": "Atlantis",
        "Handbook": "javascript:alert(1)",
    }
    upload = came_back(acting, sheet(SYS_001=said))
    grade = CustomField.objects.get(key="grade")
    fields.edit_field(actor=acting.lead, field=grade, row_version=1, changes={"choices": ["C", "D"]}, now=NOW)

    found = told(upload)

    assert {verdict for verdict, _ in found.values()} == {Verdict.REFUSED} and len(found) == 6
    assert found["custom_handbook"][1] == "Handbook: an address is needed that begins with https://."
    assert found["custom_grade"][1] == "Grade: choose one of C, D."
    assert found["custom_users"][1].startswith("Users needs a number such as 1200.5")
    with pytest.raises(RuleBroken) as refused:
        take_over(actor=acting.lead, upload=upload, cells=[Chosen(system.pk, "custom_grade", 1)], now=NOW)
    assert refused.value.problems[0].sentence == "Grade: choose one of C, D."
    assert AISystem.objects.get().custom == {"grade": "C"}


@pytest.mark.parametrize("when", ["before the upload", "after the upload"])
def test_a_column_of_a_retired_field_is_told_and_left(house: House, when: str) -> None:
    lead, api = as_member(house, "lead"), Api(house, "systems:read", "systems:write")
    with acting_in(house.organization):
        level, cost = a_field(house, "Level", "number"), a_field(house, "Cost centre", "text")
        system = a_system(house, custom={"level": 1, "cost_centre": "K-1"})
        said = {"Level": 2, "Cost centre": "K-2"}
        content = sheet(SYS_001=said)
        if when == "before the upload":
            fields.retire_field(actor=house.lead, field=level, now=NOW)
            assert "Level" not in headings(sheet())
        upload = came_back(house, content)
        if when == "after the upload":
            assert set(told(upload)) == {"custom_level", "custom_cost_centre"}
            fields.retire_field(actor=house.lead, field=level, now=NOW)

        assert set(told(upload)) == {"custom_cost_centre"}
        with pytest.raises(StaleState):
            take_over(actor=house.lead, upload=upload, cells=[Chosen(system.pk, "custom_level", 1)], now=NOW)

    page = lead.get(house.url(f"systems/imports/{upload.pk}/changes/")).text
    assert "Not taken over: column" in page and "“Level”" in page
    assert "This field was retired" in lead.get(house.url(f"systems/imports/{upload.pk}/")).text
    (retired,) = api.get(f"imports/{upload.pk}/changes").json()["retired"]
    assert "“Level”" in retired
    cell = {"system_id": system.pk, "field": f"custom_{cost.key}", "row_version": 1}
    assert api.post(f"imports/{upload.pk}/take-over", {"cells": [cell]}).status_code == 200
    with acting_in(house.organization):
        assert AISystem.objects.get().custom == {"level": 1, "cost_centre": "K-2"}


def test_a_label_from_before_that_is_a_heading_already_does_no_harm(acting: House) -> None:
    for label, was in (("One", "Name"), ("Two", "Delivers"), ("Three", "Same"), ("Four", "Same")):
        CustomField.objects.filter(pk=a_field(acting, label, "text").pk).update(label=was)
    a_system(acting, custom={"one": "A", "two": "B", "three": "C"})

    content = sheet(SYS_001={"Name (one)": "X", "Delivers (two)": "Y", "Same (four)": "Z"})
    upload = came_back(acting, content)

    assert headings(content)[-4:] == ["Name (one)", "Delivers (two)", "Same (three)", "Same (four)"]
    assert {key: sheet for key, (_, sheet) in told(upload).items()} == {
        "custom_one": "X",
        "custom_two": "Y",
        "custom_four": "Z",
    }


def test_a_field_with_another_label_is_known_in_a_sheet_from_before(acting: House) -> None:
    field = a_field(acting, "Cost centre", "text")
    a_system(acting, custom={"cost_centre": "K-1"})
    content = sheet(SYS_001={"Cost centre": "K-2"})

    fields.edit_field(actor=acting.lead, field=field, row_version=1, changes={"label": "Account"}, now=NOW)

    assert headings(sheet())[-1] == "Account"
    assert told(came_back(acting, content)) == {"custom_cost_centre": (Verdict.CHANGED, "K-2")}


def test_fields_of_two_organizations_never_mix(house: House, other_house: House) -> None:
    with acting_in(other_house.organization):
        a_field(other_house, "Level", "number"), a_field(other_house, "Secret name", "text")
        a_system(other_house, custom={"level": 7, "secret_name": "Theirs"})
        theirs = sheet()
    with acting_in(house.organization):
        a_field(house, "Level", "choice", choices=["low", "7"])
        system = a_system(house, custom={"level": "low"})
        mine = sheet()
        upload = came_back(house, theirs)

        assert "Secret name" not in headings(mine) and b"Theirs" not in mine
        assert told(upload)["custom_level"] == (Verdict.CHANGED, "7")
        assert [each.path.partition(" “")[2] for each in importing.plan_of(upload).parsed.unmapped] == [
            "Secret name”"
        ]
        take_over(actor=house.lead, upload=upload, cells=[Chosen(system.pk, "custom_level", 1)], now=NOW)
        assert AISystem.objects.get().custom == {"level": "7"}
    with acting_in(other_house.organization):
        assert AISystem.objects.get().custom == {"level": 7, "secret_name": "Theirs"}


def test_new_rows_of_a_workbook_or_a_list_hold_own_fields(acting: House) -> None:
    seven_fields(acting)
    listed = 'Name,Users,Markets,Is listed,Grade\nFirst,"2,5","Asia, Pacific",no,C++\nSecond,,,,\n'

    importing.start_apply(actor=acting.lead, upload=uploaded(acting, listed), expected=2, now=NOW)

    first, second = AISystem.objects.order_by("id")
    assert first.custom == {"users": 2.5, "markets": ["Asia, Pacific"], "is_listed": False, "grade": "C++"}
    assert second.custom == {}
    before = AISystem.objects.count()
    wrong = uploaded(acting, "Name,Handbook\nThird,https://a.test\nFourth,nowhere\n")
    with pytest.raises(RuleBroken, match="row 3: Handbook: an address is needed"):
        importing.start_apply(actor=acting.lead, upload=wrong, now=NOW)
    assert AISystem.objects.count() == before


def test_the_template_and_a_file_written_by_a_worker_hold_own_fields(house: House) -> None:
    lead = as_member(house, "lead")
    with acting_in(house.organization):
        seven_fields(house)
        a_field(house, "Wide", "choice", choices=["a,b", "c"])
        a_system(house, "Translator", custom={"users": 3})
        job = register_files.request_file(
            actor=house.lead, register=sheets.SYSTEMS, format="sheet", asked={}, now=NOW
        )
        done = jobs.run_now(job)
    labels = ["Note", "Users", "Tested on", "Is listed", "Grade", "Markets", "Handbook", "Wide"]

    file = b"".join(lead.get(done.result["url"]).streaming_content)
    book = lead.get(house.url("systems/imports/template/xlsx/")).content
    example = lead.get(house.url("systems/imports/template/example/")).content

    assert headings(file)[-8:] == labels == headings(book)[-8:]
    helped = openpyxl.load_workbook(io.BytesIO(book))["Help"].iter_rows(min_row=2, values_only=True)
    assert {row[0]: (row[3], row[5]) for row in helped}["Grade"] == ("C, C++, n/a", "no")
    assert next(csv.reader(io.StringIO(example.decode("utf-8-sig"))))[-8:] == labels
    with acting_in(house.organization):
        upload = uploaded(house, example)
        (row,) = importing.plan_of(upload).rows
        assert (row.parsed.problems, row.parsed.unmapped, len(row.custom)) == ((), (), 8)


def test_workbook_and_comparison_ask_as_often_for_thirty_rows_as_for_one(house: House) -> None:
    lead, counts = as_member(house, "lead"), []
    with acting_in(house.organization):
        seven_fields(house)
    for number in range(30):
        with acting_in(house.organization):
            a_system(house, f"System {number}", custom=SAID, oversight=[house.member["owner"]])
            if number not in {0, 29}:
                continue
            changes = {f"SYS_{n:03d}": {"Users": 9, "Grade": "C"} for n in range(1, number + 2)}
            upload = came_back(house, sheet(**changes))
        with count_queries() as seen:
            for path in ("systems/sheet/", f"systems/imports/{upload.pk}/changes/"):
                answer = lead.get(house.url(path))
            assert answer.text.count(':custom_users:1" checked') == number + 1
            lead.get(house.url(f"systems/imports/{upload.pk}/"))
        counts.append(len(seen))

    assert counts[0] == counts[1]
