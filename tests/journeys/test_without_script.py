"""Where scripts are off or have not arrived, the portal is used by its links and forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/brook/"


def test_the_portal_works_without_script(
    new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor]
) -> None:
    new_organization("brook", "Brook Bank")
    lena = visitor("lena@brook.test", script=False)
    lena.sees("Set up your AI management system")

    register_a_system(lena)
    decide_a_row(lena)
    upload_evidence(lena)


def register_a_system(lena: Visitor) -> None:
    lena.open(HOME + "systems/new/")
    lena.page.locator("[name=name]").fill("Fraud filter")
    lena.page.locator("main form button[type=submit]").first.click()
    lena.sees("SYS-001")
    lena.open(HOME + "systems/")
    lena.sees("Fraud filter")


def decide_a_row(lena: Visitor) -> None:
    """By the button of the row; the page comes back with the decision."""
    lena.open(HOME + "applicability/")
    lena.press("Draft from risks")
    row = lena.page.locator("#row-A-2-2")
    row.locator("label:has(input[value=yes])").click()
    row.locator("label:has(input[value=business_decision])").click()
    row.get_by_role("button", name="Save A.2.2").click()
    lena.sees("1 of 38 controls decided")
    assert row.locator("input[value=yes]").is_checked()


def upload_evidence(lena: Visitor) -> None:
    content = b"The board met and agreed."
    lena.open(HOME + "evidence/new/")
    lena.page.locator("[name=title]").fill("Minutes")
    lena.page.set_input_files(
        "input[type=file]", {"name": "minutes.txt", "mimeType": "text/plain", "buffer": content}
    )
    lena.page.locator("[name=source]").fill("Board office")
    assert lena.page.locator("[name=period_from]").input_value() == datetime.now(UTC).date().isoformat()
    lena.press("Hand in for review")
    lena.sees(sha256(content).hexdigest())
