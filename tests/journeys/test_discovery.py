"""From “I use this tool” with three answers over the queue to a registered system with its real questions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/cove/"
ANSWERS = {
    "does": "judges",
    "audience": "inside",
    "affected": "workers",
    "decides": "recommends",
    "data": "personal",
    "area": "work",
    "banned": "not_banned",
}


def test_a_reported_tool_is_judged_decided_and_becomes_a_system(
    new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor]
) -> None:
    new_organization("cove", "Cove Clinic")
    lena = visitor("lena@cove.test")

    report(lena)
    lena.sees("High risk likely")
    lena.sees("EU AI Act, Article 6(2), Annex III 4a, 4b")

    lena.open(HOME + "work/")
    lena.follow("Decide on discovered AI")
    lena.sees("High risk likely")
    lena.follow("Roster bot")
    lena.follow("Take up")
    lena.press("Take up")
    lena.follow("Register as AI system")
    lena.page.locator("[name=owner]").select_option(label="Oscar Owner")
    lena.press("Register as AI system")
    lena.sees("Discovery DIS-001: Report by a person")
    lena.sees("Provisional")
    lena.follow("Legal classification")
    lena.sees("Prohibited practices")

    lena.open(HOME + "discovery/report/")
    lena.sees("Registered")
    assert lena.complaints == []


def report(lena: Visitor) -> None:
    lena.open(HOME + "discovery/report/")
    lena.page.locator("[name=name]").fill("Roster bot")
    for part, choice in ANSWERS.items():
        lena.page.locator(f"[name={part}][value={choice}]").check()
    lena.press("Report")
