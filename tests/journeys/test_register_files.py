"""More systems than one answer holds: entered from a file, handed out by the worker, fetched by who asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from inventory.queries.exports import MOST_IN_A_REQUEST
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/warehouse/"
MANY = MOST_IN_A_REQUEST + 1


def test_a_large_register_is_handed_out_by_the_worker(
    new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    new_organization("warehouse", "Warehouse")
    lena = visitor("lena@warehouse.test")
    enter(lena, tmp_path / "systems.csv")

    lena.open(HOME + "systems/export/")
    lena.follow("cdx.json of CycloneDX 1.7")
    lena.sees(f"CycloneDX 1.7 of {MANY:,} systems")
    lena.press("Write the file")
    ready = lena.page.get_by_role("link", name="Download: CycloneDX 1.7")
    expect(ready).to_be_visible(timeout=60_000)
    with lena.page.expect_download() as downloading:
        ready.click()
    downloading.value.save_as(tmp_path / "systems.cdx.json")

    assert downloading.value.suggested_filename == "ai-systems.cdx.json"
    assert len(json.loads((tmp_path / "systems.cdx.json").read_text())["components"]) == MANY
    assert lena.complaints == []


def enter(lena: Visitor, path: Path) -> None:
    path.write_text("\n".join(["Name", *(f"System {number}" for number in range(MANY))]))
    lena.open(HOME + "systems/imports/new/")
    lena.page.set_input_files("input[type=file]", path)
    lena.press("Upload and look")
    apply = lena.page.get_by_role("button", name="Apply: register")
    expect(apply).to_be_visible(timeout=60_000)
    apply.click()
    expect(lena.page.get_by_text("What was new is in the inventory.").first).to_be_visible(timeout=60_000)
