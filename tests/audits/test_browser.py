"""Pages of audits that the journey over every page does not open: accessible, never wider than the window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from aims.core.reminders import run_round
from aims.core.tenancy.context import acting_in
from audits.models import Audit
from audits.services import audits as audit_verbs
from audits.services import findings
from tests.audits.conftest import DAY, TODAY, Records, activate, add_second_factor, audit_in, auditor_client
from tests.audits.conftest import invite as invite_auditor
from tests.audits.test_certification import certified
from tests.cast import NOW, House, as_member
from tests.ux.browser import chromium, show

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]
PICTURES = os.environ.get("AIMS_PICTURES", "")


def fill_audits(house: House, records: Records) -> Audit:
    """One audit reported with a finding, one under way."""
    reported = audit_in(house, "reporting")
    findings.draft_finding(
        actor=house.internal_auditor,
        audit=reported,
        title="Event logs are kept for 90 days",
        grade="minor",
        requirement="A.6.2.4",
        evidence_text="Log server, 3 May: oldest entry 90 days old",
        statement="The retention rule asks for 180 days",
        system=records.inside,
        auditee=house.member["control_owner"],
        now=NOW,
    )
    audit_verbs.issue_report(
        actor=house.internal_auditor,
        audit=reported,
        conclusion="Met, but for one lapse",
        effectiveness="Works",
        signed=True,
        now=NOW,
    )
    return audit_in(house, "in_progress")


def test_the_pages_hold(house: House, records: Records) -> None:
    with acting_in(house.organization):
        audit = fill_audits(house, records)
        certificate = certified(decision_date=TODAY - 300 * DAY, expiry_date=None)
        certificate.refresh_from_db()
        engagement = invite_auditor(house, records)
        activate(engagement)
        add_second_factor(engagement)
        run_round(TODAY)
    lead, auditor = as_member(house, "lead"), as_member(house, "internal_auditor")
    external = auditor_client(engagement)
    external.get(house.url("overview/"))
    pages = [
        ("audit-new", auditor, "audits/new/"),
        ("fieldwork", auditor, f"audits/{audit.pk}/fieldwork/"),
        ("certificate", lead, f"certification/{certificate.pk}/"),
        ("engagement", lead, f"engagements/{engagement.pk}/"),
        ("reminders", lead, "reminders/"),
        ("overview", external, "overview/"),
    ]

    answers = {name: client.get(house.url(path)) for name, client, path in pages}
    # The browser comes after the last query: Django refuses its database beside a running event loop.
    with chromium() as browser:
        found = {name: problems(browser, answer, name) for name, answer in answers.items()}

    assert {name: lines for name, lines in found.items() if lines} == {}


def problems(browser: Browser, answer: Any, name: str) -> list[str]:
    if answer.status_code != 200:
        return [f"answered {answer.status_code}"]
    lines = []
    for width in (1440, 390):
        shown = show(browser, answer.text, width=width)
        if PICTURES:
            shown.page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
        lines += [*shown.complaints, *shown.axe_violations()]
        if shown.sideways_scroll():
            lines.append(f"{shown.sideways_scroll()} pixels too wide at {width}")
        shown.page.context.close()
    return lines
