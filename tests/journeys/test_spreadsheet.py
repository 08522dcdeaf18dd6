"""The register goes out as a workbook, is edited by two people at once, and comes back cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/ledger/"


def test_a_sheet_comes_back_with_a_conflict_and_what_is_ticked_is_written(
    new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    new_organization("ledger", "Ledger Bank")
    lena = visitor("lena@ledger.test")
    add_field(lena, "Running costs", "number")
    register(lena, "Fraud filter", "Finds odd payments.")
    register(lena, "Chat helper", "Answers customers.")

    edited = edit_offline(download(lena, tmp_path / "systems.xlsx"))
    change_here(lena, "Finds odd payments and asks a person.")
    upload(lena, edited)

    lena.follow("Compare with the register")
    lena.sees("Changed in the sheet: 4 cells. Changed in both: 1 cell. Cannot be taken over: 1 cell.")
    lena.sees("No member here has the address nobody@ledger.test.")
    assert not box(lena, "Purpose of SYS-001").is_checked()
    lena.press("Take over what is ticked")
    lena.sees("4 cells are taken over.")
    assert "Changed in the sheet" not in lena.text and "Changed in both: 1 cell." in lena.text

    lena.open(HOME + "systems/")
    lena.sees("Payment filter")
    lena.follow("Payment filter")
    lena.sees("Finds odd payments and asks a person.")
    lena.sees("Example Software")
    risk_owner, costs = (
        lena.page.locator(f"dt:text-is('{what}') + dd") for what in ("Risk owner", "Running costs")
    )
    expect(risk_owner).to_contain_text("Lena Lead")
    expect(costs).to_have_text("1250.5")
    assert lena.complaints == []


def add_field(lena: Visitor, label: str, kind: str) -> None:
    lena.open(HOME + "systems/fields/new/")
    lena.page.locator("[name=label]").fill(label)
    lena.page.locator("[name=kind]").select_option(kind)
    lena.press("Add")
    lena.sees("The field is on the record of every AI system.")


def register(lena: Visitor, name: str, purpose: str) -> None:
    lena.open(HOME + "systems/new/")
    lena.page.locator("[name=name]").fill(name)
    lena.page.locator("[name=purpose]").fill(purpose)
    lena.press("Register")
    lena.sees(name)


def download(lena: Visitor, path: Path) -> Path:
    lena.open(HOME + "systems/")
    lena.follow("Export")
    with lena.page.expect_download() as downloading:
        lena.follow("Workbook to edit")
    downloading.value.save_as(path)
    return path


def edit_offline(path: Path) -> Path:
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for heading, value in (
        ("Name", "Payment filter"),
        ("Purpose", "Finds fraud."),
        ("Supplier", "Example Software"),
        ("Risk owner e-mail", "lena@ledger.test"),
        ("Oversight e-mails", "nobody@ledger.test"),
        ("Running costs", 1250.5),
    ):
        sheet.cell(2, columns[heading]).value = value
    workbook.save(path)
    return path


def change_here(lena: Visitor, purpose: str) -> None:
    lena.open(HOME + "systems/")
    lena.follow("Fraud filter")
    lena.follow("Edit")
    lena.page.locator("[name=purpose]").fill(purpose)
    lena.press("Save")
    lena.sees("Saved.")


def upload(lena: Visitor, path: Path) -> None:
    """Read by the worker; the page comes back by itself when it is done."""
    lena.open(HOME + "systems/imports/new/")
    lena.page.set_input_files("input[type=file]", path)
    lena.press("Upload and look")
    expect(lena.page.get_by_role("link", name="Compare with the register")).to_be_visible(timeout=60_000)


def box(lena: Visitor, what: str) -> Locator:
    return lena.page.get_by_label(f"Take over {what}")
