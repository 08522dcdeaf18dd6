"""The preview of a file whose identifiers, paths and names are long: never wider than the window."""

from __future__ import annotations

import io
import json

import pytest

from aims.core import jobs
from aims.core.tenancy.context import acting_in
from inventory import importing
from inventory.enums import ImportState
from tests.cast import NOW, House
from tests.ux.browser import chromium, show

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]
LONG = "component-that-a-build-tool-named-after-its-whole-path-and-more"


def a_bom() -> bytes:
    model = {
        "type": "machine-learning-model",
        "bom-ref": LONG,
        "name": "sorter",
        "version": "1.0",
        "modelCard": {"quantitativeAnalysis": {"graphics": {"collection": [{"name": "A curve"}]}}},
    }
    serial = "urn:uuid:df4f6ec7-6d36-47e6-a15b-640a0af54267"
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": serial, "components": [model]}
    return json.dumps(bom).encode()


def test_the_preview_fits_a_phone(house: House, lead) -> None:
    with acting_in(house.organization):
        upload = importing.upload_import(actor=house.lead, file=io.BytesIO(a_bom()), name="bom.json", now=NOW)
        jobs.run_now(upload.job)
        upload.refresh_from_db()
    assert upload.state == ImportState.PREVIEWED
    page = lead.get(house.url(f"systems/imports/{upload.pk}/")).content.decode()
    assert LONG in page and "modelCard.quantitativeAnalysis.graphics" in page

    with chromium() as browser:
        assert show(browser, page, width=360).sideways_scroll() == 0
