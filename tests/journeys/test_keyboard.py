"""With the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/field/"
MOST_KEYS = 60


@pytest.fixture(scope="module")
def field(new_organization: Callable[[str, str], str]) -> str:
    return new_organization("field", "Field Insurance")


def test_38_controls_are_decided_with_60_keys(field: str, visitor: Callable[..., Visitor]) -> None:
    lena = visitor("lena@field.test")
    lena.open(HOME + "applicability/")
    lena.press("Draft from risks")
    expect(lena.page.locator("tr[data-row]")).to_have_count(38)
    lena.page.locator("[data-key=ref]").first.focus()

    for number in range(38):
        lena.key("y")
        if number % 5 == 4:  # as fast as a person types, not as a program does
            lena.page.wait_for_timeout(150)

    lena.sees("38 of 38 controls decided")
    assert lena.keys <= MOST_KEYS
    lena.open(HOME + "applicability/")
    lena.sees("38 of 38 controls decided")
    assert lena.complaints == []


def test_answers_that_overtake_each_other_leave_the_true_count(
    new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor]
) -> None:
    home = new_organization("overtaken", "Overtaken Insurance")
    lena = visitor("lena@overtaken.test")
    lena.open(home + "applicability/")
    lena.press("Draft from risks")
    expect(lena.page.locator("tr[data-row]")).to_have_count(38)
    held: list[Callable[[], None]] = []

    def hold_the_first(route: Route) -> None:
        answer = route.fetch()
        if held:
            route.fulfill(response=answer)
        else:
            held.append(lambda: route.fulfill(response=answer))

    lena.page.route("**/rows/*/", hold_the_first)
    lena.page.locator("[data-key=ref]").first.focus()
    with lena.page.expect_response("**/rows/*/"):
        lena.key("y")
        while not held:
            lena.page.wait_for_timeout(50)
        lena.key("y")
    lena.sees("2 of 38 controls decided")
    with lena.page.expect_response(lambda response: response.request.method == "GET"):
        held[0]()

    lena.sees("2 of 38 controls decided")
    assert lena.complaints == []


def test_the_palette_leads_to_a_page(field: str, visitor: Callable[..., Visitor]) -> None:
    lena = visitor("lena@field.test")
    lena.open(HOME)

    lena.key("Control+k")
    lena.page.keyboard.type("Evidence packs")
    expect(lena.page.locator("command-palette [role=option][data-href]").first).to_contain_text(
        "Evidence packs"
    )
    lena.key("Enter")

    expect(lena.page).to_have_url(re.compile("/packs/$"))
    assert lena.complaints == []
