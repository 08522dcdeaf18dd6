"""The register of suppliers as a workbook that comes back: compared cell by cell, taken over as chosen."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import openpyxl
import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import importing
from inventory.imports.shapes import SUPPLIERS as SHAPE
from inventory.models import AISystem, InventoryImport, Supplier
from inventory.queries.sheets import SUPPLIERS, comparison_of, sheet_of
from inventory.rules.sheets import Verdict
from inventory.services.sheets import Chosen, take_over
from inventory.services.suppliers import edit_supplier
from tests.cast import NOW, House, as_member
from tests.inventory.test_api import Api
from tests.inventory.test_importing import uploaded
from tests.inventory.test_suppliers import a_supplier
from tests.queries import count_queries

DAY = datetime.date(2027, 5, 31)


def sheet(**changes: dict[str, Any]) -> bytes:
    """As downloaded, with cells edited elsewhere: SUP_001={key: value}."""
    workbook = openpyxl.load_workbook(io.BytesIO(sheet_of(Supplier.objects.all(), SUPPLIERS)))
    page = workbook.worksheets[0]
    columns = {cell.value: cell.column for cell in page[1]}
    for line in page.iter_rows(min_row=2):
        for key, value in changes.get(str(line[0].value).replace("-", "_"), {}).items():
            page.cell(line[0].row, columns[SHAPE.by_key[key].label]).value = value
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def came_back(house: House, content: bytes, name: str = "suppliers.xlsx") -> InventoryImport:
    return uploaded(house, content, name=name)


def cells(upload: InventoryImport) -> dict[tuple[str, str], Verdict]:
    found = comparison_of(upload)
    return {(row.record.reference, cell.key): cell.verdict for row in found.rows for cell in row.cells}


def stored() -> list[dict[str, Any]]:
    return list(Supplier.objects.order_by("id").values())


def test_a_sheet_that_comes_back_untouched_changes_nothing(acting: House) -> None:
    a_supplier(acting, "=SUM(A1)", services="+ two\nlines", kind="data", tier="high", exit_done_on=DAY)
    a_supplier(acting, "Bare", owner=None)

    upload = came_back(acting, sheet())

    assert (cells(upload), upload.problem_count, upload.system_count) == ({}, 0, 0)
    with pytest.raises(RuleBroken, match="compared with the register"):
        importing.apply_import(actor=acting.lead, upload=upload, now=NOW)
    assert not AISystem.objects.exists() and Supplier.objects.count() == 2


def test_each_cell_is_told_and_what_is_ticked_is_written(acting: House) -> None:
    supplier = a_supplier(acting, contact="Desk", tier="low", next_review_date=DAY)
    lead = acting.member["lead"]
    content = sheet(
        SUP_001={
            "name": "New name",
            "kind": "Hosting",
            "tier": "none such",
            "contact": "Theirs",
            "owner_email": lead.email,
            "exit_done_on": datetime.datetime(2027, 6, 1),
            "next_review_date": None,
        }
    )
    edit_supplier(
        actor=acting.lead,
        supplier=supplier,
        row_version=1,
        changes={"contact": "Ours", "terms": "New"},
        now=NOW,
    )
    upload = came_back(acting, content)

    assert cells(upload) == {
        ("SUP-001", "name"): Verdict.CHANGED,
        ("SUP-001", "kind"): Verdict.CHANGED,
        ("SUP-001", "tier"): Verdict.REFUSED,
        ("SUP-001", "contact"): Verdict.CONFLICT,
        ("SUP-001", "terms"): Verdict.HERE,
        ("SUP-001", "owner_email"): Verdict.CHANGED,
        ("SUP-001", "exit_done_on"): Verdict.CHANGED,
        ("SUP-001", "next_review_date"): Verdict.CHANGED,
    }
    keys = ("name", "kind", "owner_email", "exit_done_on", "next_review_date")
    chosen = [Chosen(supplier.pk, key, 2) for key in keys]
    assert take_over(actor=acting.lead, upload=upload, cells=chosen, now=NOW) == 5

    found = Supplier.objects.get()
    assert (found.name, found.kind, found.owner_id, found.contact) == (
        "New name",
        "platform",
        lead.pk,
        "Ours",
    )
    assert (found.exit_done_on, found.next_review_date) == (datetime.date(2027, 6, 1), None)
    assert TrailEvent.objects.filter(action="inventoryimport.taken_over").count() == 1
    assert set(cells(upload)) == {("SUP-001", "contact"), ("SUP-001", "terms"), ("SUP-001", "tier")}


def test_what_cannot_be_taken_over_leaves_everything_as_it_was(acting: House) -> None:
    first, second = a_supplier(acting, "First"), a_supplier(acting, "Second")
    upload = came_back(
        acting,
        sheet(
            SUP_001={"terms": "A", "owner_email": "nobody@else.test"},
            SUP_002={"terms": "B", "name": None, "kind": None},
        ),
    )
    before, lines = stored(), TrailEvent.objects.count()

    refusals: list[tuple[Any, Any, list[Chosen]]] = [
        (RuleBroken, acting.lead, []),
        (RuleBroken, acting.lead, [Chosen(first.pk, "terms", 1), Chosen(second.pk, "kind", 1)]),
        (RuleBroken, acting.lead, [Chosen(first.pk, "owner_email", 1)]),
        (RuleBroken, acting.lead, [Chosen(first.pk, "terms", 7)]),
        (RuleBroken, acting.lead, [Chosen(first.pk, "terms", 1), Chosen(second.pk, "name", 1)]),
        (StaleState, acting.lead, [Chosen(first.pk, "state", 1)]),
        (NotAllowed, acting.owner, [Chosen(first.pk, "terms", 1)]),
    ]
    for error, actor, chosen in refusals:
        with pytest.raises(error):
            take_over(actor=actor, upload=upload, cells=chosen, now=NOW)

    assert (stored(), TrailEvent.objects.count()) == (before, lines)


def test_rows_that_name_no_record_of_here_are_told(acting: House) -> None:
    a_supplier(acting)
    foreign = came_back(acting, sheet(SUP_001={"reference": "SUP-900", "terms": "X"}))
    wrong = came_back(acting, sheet(SUP_001={"next_review_date": "soon"}))

    assert comparison_of(foreign).unknown == ["SUP-900"] and cells(foreign) == {}
    (row,) = importing.plan_of(foreign).rows
    assert row.parsed.problems[0].sentence.startswith("There is no supplier SUP-900 here.")
    assert cells(wrong) == {("SUP-001", "next_review_date"): Verdict.REFUSED}


NEW = {"reference": None, "record_version": None}


def test_a_row_without_a_reference_becomes_a_supplier(acting: House) -> None:
    a_supplier(acting, "Here already", terms="Old")
    a_supplier(acting, "To be replaced")
    owner = acting.member["owner"]
    added = {**NEW, "name": "New one", "owner_email": owner.email, "exit_done_on": DAY.isoformat()}
    content = sheet(SUP_001={"terms": "New"}, SUP_002={**added, "tier": "high", "terms": None})
    upload = came_back(acting, content)

    assert cells(upload) == {("SUP-001", "terms"): Verdict.CHANGED}
    importing.start_apply(actor=acting.lead, upload=upload, expected=1, now=NOW)

    made = Supplier.objects.get(name="New one")
    assert (made.reference, made.kind, made.tier, made.terms) == ("SUP-003", "system", "high", "")
    assert (made.owner_id, made.exit_done_on, made.state) == (owner.pk, DAY, "proposed")
    line = json.loads(TrailEvent.objects.get(action="inventoryimport.applied").body)
    assert (line["after"]["suppliers"], line["after"]["systems"]) == (1, 0)
    assert Supplier.objects.get(reference="SUP-001").terms == "Old"
    assert not importing.plan_of(upload).new_count


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": "New", "owner_email": "nobody@else.test"}, "No member here has the address"),
        ({"name": None}, "The supplier has no name."),
        ({"name": "New", "kind": "nothing such"}, "is not known"),
    ],
)
def test_what_the_verb_would_refuse_is_told_of_the_row_and_nothing_is_registered(
    acting: House, said: dict[str, Any], sentence: str
) -> None:
    for name in ("First", "Second", "Third"):
        a_supplier(acting, name)
    upload = came_back(acting, sheet(SUP_001={**NEW, "name": "Also new"}, SUP_002={**NEW, **said}))
    before, lines = stored(), TrailEvent.objects.count()

    outcomes = [row.outcome for row in importing.plan_of(upload).rows]
    problem = importing.plan_of(upload).rows[1].parsed.problems[0].sentence
    with pytest.raises(RuleBroken, match=r"row 3: "):
        importing.start_apply(actor=acting.lead, upload=upload, now=NOW)

    assert outcomes == ["create", "refused", "known"] and sentence in problem
    assert (stored(), TrailEvent.objects.count()) == (before, lines)


def test_new_rows_are_planned_with_as_many_queries_whatever_their_number(house: House) -> None:
    lead, counts = as_member(house, "lead"), []
    for number in (1, 30):
        with acting_in(house.organization):
            names = "\n".join(f"New {each},," for each in range(number))
            upload = came_back(house, f"Name,Portal reference,Delivers\n{names}".encode(), name="s.csv")
        with count_queries() as seen:
            page = lead.get(house.url(f"systems/imports/{upload.pk}/")).text
        counts.append(len(seen))
        assert f"Apply: register {number} record" in page

    assert counts[0] == counts[1]


def test_a_sheet_saved_as_csv_is_read_alike(acting: House) -> None:
    a_supplier(acting)
    page = openpyxl.load_workbook(io.BytesIO(sheet(SUP_001={"terms": "New; and more"}))).worksheets[0]
    lines = [";".join(f'"{value or ""}"' for value in row) for row in page.iter_rows(values_only=True)]

    upload = came_back(acting, "\n".join(lines).encode(), name="suppliers.csv")

    assert cells(upload) == {("SUP-001", "terms"): Verdict.CHANGED}


def test_a_comparison_asks_as_often_for_thirty_rows_as_for_one(house: House) -> None:
    lead, counts = as_member(house, "lead"), []
    for number in range(30):
        with acting_in(house.organization):
            a_supplier(house, f"Supplier {number}")
            if number not in {0, 29}:
                continue
            changes = {f"SUP_{n:03d}": {"terms": "X"} for n in range(1, number + 2)}
            upload = came_back(house, sheet(**changes))
        with count_queries() as seen:
            page = lead.get(house.url(f"systems/imports/{upload.pk}/changes/")).text
        counts.append(len(seen))
        assert page.count(':terms:1" checked') == number + 1

    assert counts[0] == counts[1]


def test_page_and_api_download_compare_and_take_over(house: House, other_house: House) -> None:
    lead = as_member(house, "lead")
    scopes = ("systems:read", "systems:write", "suppliers:read", "suppliers:write")
    api, narrow = Api(house, *scopes), Api(house, *scopes[:2])
    with acting_in(other_house.organization):
        a_supplier(other_house, "Theirs")
    with acting_in(house.organization):
        supplier = a_supplier(house, "Clinara")
        upload = came_back(house, sheet(SUP_001={"terms": "New", "contact": "Desk"}))
    register = lead.get(house.url("suppliers/?state=proposed")).text
    assert house.url("suppliers/sheet/?state=proposed") in register
    file = lead.get(house.url("suppliers/sheet/?state=proposed"))
    rows = list(openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows] == ["Name", "Clinara"]
    assert (
        api.get("suppliers/sheet").content[:2] == b"PK" and narrow.get("suppliers/sheet").status_code == 403
    )
    shown = lead.get(house.url(f"systems/imports/{upload.pk}/")).text
    assert "Compare with the register" in shown and "Apply:" not in shown
    page = lead.get(house.url(f"systems/imports/{upload.pk}/changes/")).text
    assert f'value="{supplier.pk}:terms:1" checked' in page and house.url(f"suppliers/{supplier.pk}/") in page
    url = house.url(f"systems/imports/{upload.pk}/take-over/")
    assert lead.post(url, {"cells": [f"{supplier.pk}:state:1"]}).status_code == 409
    assert lead.post(url, {"cells": [f"{supplier.pk}:terms:1"]}).status_code == 302

    listed = api.get(f"imports/{upload.pk}/changes").json()
    assert [(row["supplier_id"], row["system_id"]) for row in listed["rows"]] == [(supplier.pk, None)]
    assert narrow.get(f"imports/{upload.pk}/changes").status_code == 403
    cell = {"supplier_id": supplier.pk, "field": "contact", "row_version": 2}
    assert narrow.post(f"imports/{upload.pk}/take-over", {"cells": [cell]}).status_code == 403
    by_system = {"system_id": supplier.pk, "field": "contact", "row_version": 2}
    assert api.post(f"imports/{upload.pk}/take-over", {"cells": [by_system]}).status_code == 400
    stale = api.post(f"imports/{upload.pk}/take-over", {"cells": [{**cell, "row_version": 1}]})
    assert stale.status_code == 422
    done = api.post(f"imports/{upload.pk}/take-over", {"cells": [cell]})

    assert done.json() == {"rows": [], "unknown": [], "retired": []}
    with acting_in(house.organization):
        found = Supplier.objects.get()
        assert (found.terms, found.contact, found.row_version) == ("New", "Desk", 3)
