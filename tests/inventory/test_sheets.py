"""The register as a workbook that comes back: compared cell by cell, taken over as chosen."""

from __future__ import annotations

import datetime
import io
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import importing
from inventory.imports.fields import BY_KEY
from inventory.models import AISystem, InventoryImport, OversightPerson
from inventory.queries.sheets import comparison_of, sheet_of
from inventory.rules.sheets import Verdict, verdict_of
from inventory.services.sheets import Chosen, take_over
from inventory.services.systems import edit_system
from tests.cast import NOW, House, as_member, build_house
from tests.inventory.factories import a_complete_system, a_system
from tests.inventory.test_api import Api
from tests.inventory.test_importing import uploaded
from tests.queries import count_queries

VALUES = st.none() | st.text(max_size=3) | st.booleans() | st.lists(st.text(max_size=2), max_size=2)


@pytest.mark.parametrize(
    ("base", "here", "sheet", "verdict"),
    [
        ("a", "a", "a", None),
        ("a", "a", "b", Verdict.CHANGED),
        ("a", "b", "a", Verdict.HERE),
        ("a", "b", "b", None),
        ("a", "b", "c", Verdict.CONFLICT),
        ("a", "a", None, Verdict.CHANGED),
        ("a", "", "b", Verdict.CONFLICT),
        ("", None, "", None),
        ([], None, "", None),
        (["x", "y"], ["y", "x"], ["x", "y"], None),
        (False, False, None, Verdict.CHANGED),
        (None, None, False, Verdict.CHANGED),
        (0, 0, None, Verdict.CHANGED),
        ("two  words", "two words", "two\nwords", None),
    ],
)
def test_what_happened_to_a_cell(base: object, here: object, sheet: object, verdict: Verdict | None) -> None:
    assert verdict_of(base=base, here=here, sheet=sheet) is verdict


@given(VALUES, VALUES)
def test_a_sheet_that_nobody_edited_never_asks_for_anything(base: Any, here: Any) -> None:
    assert verdict_of(base=base, here=here, sheet=base) in {None, Verdict.HERE}
    assert verdict_of(base=base, here=here, sheet=here) is None
    assert verdict_of(base=None, here=here, sheet=base, is_base_known=False) in {None, Verdict.CONFLICT}


def sheet(house: House, **changes: dict[str, Any]) -> bytes:
    """As downloaded, with cells edited elsewhere: reference=SYS_001 -> {key: value}."""
    workbook = openpyxl.load_workbook(io.BytesIO(sheet_of(AISystem.objects.all())))
    page = workbook.worksheets[0]
    columns = {cell.value: cell.column for cell in page[1]}
    for line in page.iter_rows(min_row=2):
        for key, value in changes.get(str(line[0].value).replace("-", "_"), {}).items():
            page.cell(line[0].row, columns[BY_KEY[key].label]).value = value
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def came_back(house: House, content: bytes) -> InventoryImport:
    return uploaded(house, content, name="systems.xlsx")


def cells(upload: InventoryImport) -> dict[tuple[str, str], Verdict]:
    found = comparison_of(upload)
    return {(row.record.reference, cell.key): cell.verdict for row in found.rows for cell in row.cells}


def test_a_sheet_that_comes_back_untouched_changes_nothing(acting: House) -> None:
    a_complete_system(acting, name="=SUM(A1)", purpose="+ two\nlines", special_categories=["health data"])
    a_system(acting, name="Bare")

    upload = came_back(acting, sheet(acting))

    assert (cells(upload), upload.problem_count) == ({}, 0)


def test_each_cell_is_told_and_what_is_ticked_is_written(acting: House) -> None:
    system = a_complete_system(acting)
    edited = {"purpose": "Theirs", "name": "New name", "places": None, "in_scope": "maybe"}
    content = sheet(acting, SYS_001=edited)
    edit_system(
        actor=acting.lead,
        system=system,
        row_version=1,
        changes={"purpose": "Ours", "supplier": "Another"},
        now=NOW,
    )
    upload = came_back(acting, content)

    assert cells(upload) == {
        ("SYS-001", "purpose"): Verdict.CONFLICT,
        ("SYS-001", "name"): Verdict.CHANGED,
        ("SYS-001", "places"): Verdict.CHANGED,
        ("SYS-001", "supplier"): Verdict.HERE,
        ("SYS-001", "in_scope"): Verdict.REFUSED,
    }
    (row,) = comparison_of(upload).rows
    conflict = next(cell for cell in row.cells if cell.key == "purpose")
    assert (conflict.base, conflict.here, conflict.sheet) == (
        "Sorts incoming invoices by cost centre.",
        "Ours",
        "Theirs",
    )

    chosen = [Chosen(system.pk, key, 2) for key in ("name", "places")]
    assert take_over(actor=acting.lead, upload=upload, cells=chosen, now=NOW) == 2

    stored = AISystem.objects.get()
    assert (stored.name, stored.places) == ("New name", [])
    assert (stored.purpose, stored.supplier) == ("Ours", "Another")
    assert TrailEvent.objects.filter(action="inventoryimport.taken_over").count() == 1
    assert set(cells(upload)) == {("SYS-001", "purpose"), ("SYS-001", "supplier"), ("SYS-001", "in_scope")}


def test_an_owner_is_found_by_the_address(acting: House) -> None:
    system = a_complete_system(acting)
    email = acting.member["owner"].email
    cleared = came_back(acting, sheet(acting, SYS_001={"owner_email": None}))
    unknown = came_back(acting, sheet(acting, SYS_001={"owner_email": "nobody@else.test"}))

    with pytest.raises(RuleBroken) as refused:
        take_over(actor=acting.lead, upload=unknown, cells=[Chosen(system.pk, "owner_email", 1)], now=NOW)
    assert "nobody@else.test" in refused.value.problems[0].sentence
    take_over(actor=acting.lead, upload=cleared, cells=[Chosen(system.pk, "owner_email", 1)], now=NOW)
    assert AISystem.objects.get().owner is None
    again = came_back(acting, sheet(acting, SYS_001={"owner_email": email.upper()}))
    take_over(actor=acting.lead, upload=again, cells=[Chosen(system.pk, "owner_email", 2)], now=NOW)

    assert AISystem.objects.get().owner_id == acting.member["owner"].pk


def test_risk_owner_next_review_and_who_watches_are_compared_and_written(acting: House) -> None:
    system = a_complete_system(acting)
    people = acting.member
    said = {
        "risk_owner_email": None,
        "next_review_date": datetime.datetime(2027, 6, 2),
        "oversight_emails": f"{people['staff'].email.upper()}; {people['lead'].email}",
    }
    upload = came_back(acting, sheet(acting, SYS_001=said))

    assert cells(upload) == {("SYS-001", key): Verdict.CHANGED for key in said}
    (row,) = comparison_of(upload).rows
    watch = next(cell for cell in row.cells if cell.key == "oversight_emails")
    assert (watch.base, watch.here) == (people["control_owner"].email, people["control_owner"].email)
    take_over(actor=acting.lead, upload=upload, cells=[Chosen(system.pk, key, 1) for key in said], now=NOW)

    stored = AISystem.objects.get()
    assert (stored.risk_owner, stored.next_review_date, stored.row_version) == (
        None,
        datetime.date(2027, 6, 2),
        2,
    )
    watching = OversightPerson.objects.values_list("member_id", flat=True)
    assert set(watching) == {people["staff"].pk, people["lead"].pk}
    assert cells(upload) == {}
    emptied = came_back(acting, sheet(acting, SYS_001={"oversight_emails": None, "next_review_date": None}))
    both = [Chosen(system.pk, key, 2) for key in ("oversight_emails", "next_review_date")]
    take_over(actor=acting.lead, upload=emptied, cells=both, now=NOW)
    assert not OversightPerson.objects.exists() and AISystem.objects.get().next_review_date is None


def test_a_person_or_a_day_that_cannot_be_is_refused_beside_the_cell(acting: House) -> None:
    system = a_complete_system(acting)
    said = {
        "owner_email": "nobody@else.test",
        "risk_owner_email": acting.member["staff"].email,
        "next_review_date": "2027-02-30",
        "oversight_emails": f"{acting.member['staff'].email}; nobody@else.test",
        "purpose": "New",
    }
    upload = came_back(acting, sheet(acting, SYS_001=said))

    (row,) = comparison_of(upload).rows
    assert {cell.key: cell.problem for cell in row.cells if cell.verdict == Verdict.REFUSED} == {
        "owner_email": "No AI system owner here has the address nobody@else.test.",
        "risk_owner_email": f"No risk owner here has the address {acting.member['staff'].email}.",
        "next_review_date": "Next review needs a day such as 2027-01-31; “2027-02-30” is none.",
        "oversight_emails": "No member here has the address nobody@else.test.",
    }
    assert cells(upload)["SYS-001", "purpose"] == Verdict.CHANGED
    for key in ("risk_owner_email", "oversight_emails", "next_review_date"):
        chosen = [Chosen(system.pk, "purpose", 1), Chosen(system.pk, key, 1)]
        with pytest.raises(RuleBroken) as refused:
            take_over(actor=acting.lead, upload=upload, cells=chosen, now=NOW)
        assert [problem.field for problem in refused.value.problems] == [key]
    assert AISystem.objects.get().row_version == 1


@pytest.mark.django_db(transaction=True)
def test_who_watched_when_the_sheet_was_made_is_read_from_the_history() -> None:
    house = build_house("Meadow", "meadow")
    lead, people = house.lead, house.member

    def watched_by(system: AISystem, *who: str) -> None:
        with acting_in(house.organization):
            edit_system(
                actor=lead,
                system=system,
                row_version=system.row_version,
                changes={},
                oversight=[people[each] for each in who],
                now=NOW,
            )

    with acting_in(house.organization):
        first, second, third = (
            a_system(house, name, oversight=[people["owner"]]) for name in ("First", "Second", "Third")
        )
    watched_by(first, "owner", "top")
    with acting_in(house.organization):
        theirs = {"oversight_emails": people["staff"].email}
        content = sheet(house, SYS_001=theirs, SYS_002=theirs)
    watched_by(first, "admin")
    watched_by(third, "top")
    with acting_in(house.organization):
        upload = came_back(house, content)
        told = {
            row.record.reference: (cell.verdict, cell.base, cell.here)
            for row in comparison_of(upload).rows
            for cell in row.cells
        }

    owner, top, admin = (people[who].email for who in ("owner", "top", "admin"))
    assert told == {
        "SYS-001": (Verdict.CONFLICT, f"{owner}; {top}", admin),
        "SYS-002": (Verdict.CHANGED, owner, owner),
        "SYS-003": (Verdict.HERE, owner, top),
    }
    assert second.row_version == 1


def test_a_new_row_names_its_risk_owner_its_review_and_who_watches(acting: House) -> None:
    a_complete_system(acting)
    people = acting.member
    added = {
        "reference": None,
        "record_version": None,
        "name": "New",
        "external_id": None,
        "risk_owner_email": people["risk_owner"].email,
        "oversight_emails": f"{people['staff'].email}; nobody@else.test",
        "next_review_date": "2027-06-02",
    }
    upload = came_back(acting, sheet(acting, SYS_001=added))

    (row,) = importing.plan_of(upload).rows
    assert [notice.sentence for notice in row.notices] == [
        "No member here has the address nobody@else.test."
        " The system is registered without this person to watch over it."
    ]
    importing.apply_import(actor=acting.lead, upload=upload, expected=1, now=NOW)
    made = AISystem.objects.get(name="New")
    assert (made.risk_owner_id, made.next_review_date) == (
        people["risk_owner"].pk,
        datetime.date(2027, 6, 2),
    )
    assert [each.member_id for each in made.oversight.all()] == [people["staff"].pk]


def test_what_cannot_be_taken_over_leaves_everything_as_it_was(acting: House) -> None:
    first, second = a_complete_system(acting), a_system(acting, name="Second")
    upload = came_back(
        acting, sheet(acting, SYS_001={"purpose": "A"}, SYS_002={"purpose": "B", "name": None})
    )
    before = list(AISystem.objects.order_by("id").values())

    refusals: list[tuple[Any, Any, list[Chosen]]] = [
        (RuleBroken, acting.lead, []),
        (RuleBroken, acting.lead, [Chosen(first.pk, "purpose", 1), Chosen(second.pk, "name", 1)]),
        (RuleBroken, acting.lead, [Chosen(first.pk, "purpose", 7)]),
        (StaleState, acting.lead, [Chosen(first.pk, "purpose", 1), Chosen(first.pk, "stage", 1)]),
        (StaleState, acting.lead, [Chosen(987654321, "purpose", 1)]),
        (NotAllowed, acting.owner, [Chosen(first.pk, "purpose", 1)]),
    ]
    for error, actor, chosen in refusals:
        with pytest.raises(error):
            take_over(actor=actor, upload=upload, cells=chosen, now=NOW)

    assert list(AISystem.objects.order_by("id").values()) == before


def test_rows_of_elsewhere_and_versions_that_nobody_knows_are_told(acting: House) -> None:
    a_complete_system(acting)
    foreign = came_back(acting, sheet(acting, SYS_001={"reference": "SYS-900", "purpose": "X"}))
    older = came_back(acting, sheet(acting, SYS_001={"record_version": 77, "purpose": "X"}))

    assert comparison_of(foreign).unknown == ["SYS-900"]
    assert cells(foreign) == {} and foreign.state == "previewed"
    assert cells(older) == {("SYS-001", "purpose"): Verdict.CONFLICT}
    (row,) = comparison_of(older).rows
    assert row.cells[0].base is None


def test_a_comparison_asks_as_often_for_thirty_rows_as_for_one(house: House) -> None:
    lead, counts = as_member(house, "lead"), []
    for number in range(30):
        with acting_in(house.organization):
            a_system(house, name=f"System {number}", oversight=[house.member["owner"]])
            if number not in {0, 29}:
                continue
            said = {"purpose": "X", "oversight_emails": house.member["staff"].email}
            changes = {f"SYS_{n:03d}": said for n in range(1, number + 2)}
            upload = came_back(house, sheet(house, **changes))
        with count_queries() as seen:
            assert lead.get(house.url(f"systems/imports/{upload.pk}/changes/")).status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_page_and_api_download_compare_and_take_over(house: House) -> None:
    lead, api = as_member(house, "lead"), Api(house, "systems:read", "systems:write")
    with acting_in(house.organization):
        system = a_complete_system(house)
        upload = came_back(house, sheet(house, SYS_001={"purpose": "New", "version": "9"}))
    file = lead.get(house.url("systems/sheet/?view=in_scope"))
    assert openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]["A2"].value == "SYS-001"
    assert api.get("systems/sheet").content[:2] == b"PK"
    page = lead.get(house.url(f"systems/imports/{upload.pk}/changes/")).text
    assert f'value="{system.pk}:purpose:1" checked' in page
    assert "Compare with the register" in lead.get(house.url(f"systems/imports/{upload.pk}/")).text
    url = house.url(f"systems/imports/{upload.pk}/take-over/")
    assert lead.post(url, {"cells": ["x"]}).status_code == 422
    assert lead.post(url, {"cells": [f"{system.pk}:stage:1"]}).status_code == 409
    assert lead.post(url, {"cells": [f"{system.pk}:purpose:1"]}).status_code == 302

    listed = api.get(f"imports/{upload.pk}/changes").json()
    assert [cell["field"] for row in listed["rows"] for cell in row["cells"]] == ["version"]
    cell = {"system_id": system.pk, "field": "version", "row_version": 1}
    assert api.post(f"imports/{upload.pk}/take-over", {"cells": [cell]}).status_code == 422
    done = api.post(f"imports/{upload.pk}/take-over", {"cells": [{**cell, "row_version": 2}]})

    assert done.json() == {"rows": [], "unknown": [], "retired": []}
    with acting_in(house.organization):
        stored = AISystem.objects.get()
        assert (stored.purpose, stored.version, stored.row_version) == ("New", "9", 3)
