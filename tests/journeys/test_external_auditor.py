"""An external auditor: invited, held to a second factor and the terms, shown the scope, and shown out."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.portal import Portal
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

EMAIL = "ada@audit-partners.example"
PASSWORD = "quiet river under seven bridges"
LEAD = "amara@meridian-health.example"
IN_SCOPE = "Triage assistant"
NOT_IN_SCOPE = "CV screening"
LONGEST_MAIL_SECONDS = 60
SECONDS_OF_A_CODE = 30


def test_an_auditor_sees_the_scope_until_the_lead_ends_it(
    portal: Portal, demo: str, visitor: Callable[..., Visitor]
) -> None:
    lead = visitor(LEAD)
    engagement = invite(lead, demo)
    ada = visitor()
    set_password(portal, ada)
    set_up_second_factor(ada)
    accept_terms(ada, demo)

    sees_what_is_in_scope(lead, ada, demo)
    evidence = downloads_evidence(ada, demo)

    lead.open(engagement + "log/")
    lead.sees("Ada Auditor")
    assert evidence in lead.text
    end_access(lead, engagement)
    ada.open(demo + "applicability/")
    assert "/accounts/login/" in ada.page.url  # the session has ended too
    assert ada.page.request.get(f"{portal.url}{demo}applicability/", max_redirects=0).status == 302


def invite(lead: Visitor, demo: str) -> str:
    """The scope is one of the twelve systems."""
    today = datetime.now(UTC).date()
    lead.open(demo + "engagements/new/")
    lead.fill("Title", "Surveillance audit 1")
    lead.fill("Name of the auditor", "Ada Auditor")
    lead.page.locator("[name=auditor_email]").fill(EMAIL)
    lead.page.locator("[name=from_date]").fill(today.isoformat())
    lead.page.locator("[name=until_date]").fill((today + timedelta(days=14)).isoformat())
    for box in lead.page.locator("input[name=systems]").all():
        box.uncheck()  # the form proposes every system of the scope
    lead.page.get_by_label(IN_SCOPE).check()
    lead.page.locator("select[name=soa]").select_option(index=1)
    lead.page.locator("main form button[type=submit]").first.click()
    lead.sees("Ada Auditor")
    return lead.page.url


def set_password(portal: Portal, ada: Visitor) -> None:
    """By the link of the invitation, which signs in too."""
    deadline = time.monotonic() + LONGEST_MAIL_SECONDS
    while not portal.invitation_link(EMAIL):
        assert time.monotonic() < deadline, "no mail was sent"
        time.sleep(0.5)
    ada.open(portal.invitation_link(EMAIL))
    ada.page.locator("[name=password1]").fill(PASSWORD)
    ada.page.locator("[name=password2]").fill(PASSWORD)
    ada.press("Set up my sign-in")
    ada.page.wait_for_load_state()


def set_up_second_factor(ada: Visitor) -> None:
    """Who signed in a moment ago is not asked for the password once more."""
    ada.sees("asks for a second factor.")
    ada.follow("Set up an authenticator app")
    ada.sees("Set up an authenticator app")
    secret = ada.page.locator("code").inner_text()
    if time.time() % SECONDS_OF_A_CODE > SECONDS_OF_A_CODE - 8:  # one that is about to end may come too late
        time.sleep(8)
    ada.page.locator("[name=code]").fill(one_time_code(secret))
    ada.press("Turn on")
    ada.sees("These codes are shown this once.")


def one_time_code(secret: str) -> str:
    """RFC 6238 with the standard library, as an app would show it now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // SECONDS_OF_A_CODE), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def accept_terms(ada: Visitor, demo: str) -> None:
    ada.open(demo + "systems/")
    assert ada.page.url.endswith("/terms/")
    ada.page.locator("[name=terms]").check()
    ada.page.locator("main form button[type=submit]").first.click()
    expect(ada.page).to_have_url(re.compile("/overview/$"))


def sees_what_is_in_scope(lead: Visitor, ada: Visitor, demo: str) -> None:
    lead.open(demo + "systems/")
    hidden = lead.page.get_by_role("link", name=NOT_IN_SCOPE).get_attribute("href")
    assert hidden is not None
    ada.open(demo + "systems/")
    ada.sees(IN_SCOPE)
    assert NOT_IN_SCOPE not in ada.text
    assert ada.open(hidden) == 404
    assert ada.open(demo + "applicability/") == 200
    ada.sees("approved")
    assert ada.open(demo + "people/") in (403, 404)


def downloads_evidence(ada: Visitor, demo: str) -> str:
    ada.open(demo + "evidence/")
    ada.page.locator("main .evidence-list a, main tbody th a").first.click()
    reference = ada.page.locator("main .ref").first.inner_text()
    with ada.page.expect_download() as downloading:
        ada.follow("Download")
    assert downloading.value.path().read_bytes()
    return reference


def end_access(lead: Visitor, engagement: str) -> None:
    lead.open(engagement)
    lead.follow("End access now")
    lead.page.locator("[name=reason]").fill("The audit is over.")
    lead.press("End access")
    lead.sees("The audit is over.")
