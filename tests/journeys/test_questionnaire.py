"""A supplier answers a questionnaire without an account, is asked for more, and is accepted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.portal import Portal
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys"), pytest.mark.slow]

HOME = "/o/fell/"
EMAIL = "zoe@clinara.test"
LONGEST_MAIL_SECONDS = 60


def test_from_the_mail_to_accepted_answers(
    portal: Portal, new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor]
) -> None:
    new_organization("fell", "Fell Clinic")
    lena = visitor("lena@fell.test")
    page = send(lena)

    zoe = visitor()
    zoe.open(mailed_link(portal, 1))
    zoe.sees("0 of 16 answered")
    assert zoe.page.locator("script").count() == 0
    answer(zoe)
    early = zoe.page.url
    hand_in(zoe)
    receipt = zoe.page.locator("[data-receipt]").inner_text()
    assert re.fullmatch(r"[0-9a-f]{64}", receipt)
    assert zoe.page.get_by_text("A chat service").count() == 0

    ask_for_more(lena, page, receipt)
    again = mailed_link(portal, 2)
    assert zoe.open(early) == 404
    zoe.open(again)
    zoe.sees("Say which models are inside.")
    zoe.follow("What you deliver")
    zoe.page.locator("[name=models]").fill("Our own, and one that we call at Example Models")
    zoe.press("Save and show all parts")
    zoe.follow("Look over and hand in")
    hand_in(zoe)
    second = zoe.page.locator("[data-receipt]").inner_text()
    assert second != receipt

    accept(lena, page, second)
    # The browser notes the 404 of the old link; nothing else.
    assert [each for each in zoe.complaints if "404" not in each] == lena.complaints == []


def send(lena: Visitor) -> str:
    lena.open(HOME + "suppliers/new/")
    lena.page.locator("[name=name]").fill("Clinara")
    lena.page.locator("[name=kind]").select_option("service")
    lena.page.locator("[name=tier]").select_option("low")
    lena.press("Register")
    lena.follow("Send questionnaire")
    lena.sees("16 questions")
    lena.fill("E-mail address", EMAIL)
    lena.press("Send")
    lena.sees(f"goes to {EMAIL}")
    return lena.page.url


def mailed_link(portal: Portal, number: int) -> str:
    deadline = time.monotonic() + LONGEST_MAIL_SECONDS
    while len(portal.questionnaire_links(EMAIL)) < number:
        assert time.monotonic() < deadline, "no mail was sent"
        time.sleep(0.5)
    return portal.questionnaire_links(EMAIL)[number - 1]


def answer(zoe: Visitor) -> None:
    """Part after part, as the button leads; the last one leads back to the list."""
    home = zoe.page.url
    zoe.follow("What you deliver")
    for number in range(1, 8):
        zoe.sees(f"Part {number} of 7")
        assert zoe.shown.axe_violations() == []
        for text in zoe.page.locator("main textarea").all():
            text.fill("A chat service, as described in the offer")
        for group in zoe.page.locator("main fieldset").all():
            group.locator("input[type=radio]").first.check()
        zoe.press("Save and go on")
    expect(zoe.page).to_have_url(home)
    zoe.sees("14 of 16 answered")
    zoe.follow("Look over and hand in")
    assert zoe.shown.axe_violations() == []


def hand_in(zoe: Visitor) -> None:
    zoe.fill("Your name", "Zoe Clinara")
    zoe.fill("What you do at the company", "Quality lead")
    zoe.page.locator("[name=declares]").check()
    zoe.press("Hand in")
    zoe.sees("Your answers are handed in")


def ask_for_more(lena: Visitor, page: str, receipt: str) -> None:
    lena.open(HOME + "work/")
    lena.sees("Read the answers of Clinara")
    lena.open(page)
    lena.sees(receipt)
    lena.sees("Handed in")
    lena.follow("Ask for more")
    lena.fill("What is missing", "Say which models are inside.")
    lena.press("Ask for more")
    lena.sees("It is open again")
    expect(lena.page.locator("main")).to_contain_text("Returned for more")


def accept(lena: Visitor, page: str, receipt: str) -> None:
    lena.open(page)
    lena.sees("one that we call at Example Models")
    lena.sees(receipt)
    lena.follow("Accept")
    lena.press("Accept")
    lena.sees("The answers are accepted.")
