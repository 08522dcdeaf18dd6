"""From a metric over readings by the API to an alert, its acknowledgement and a decided re-evaluation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.portal import Portal
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/shore/"
IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def test_a_breach_becomes_an_alert_and_a_decided_re_evaluation(
    portal: Portal, new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor]
) -> None:
    new_organization("shore", "Shore Clinic")
    lena = visitor("lena@shore.test")
    register_system(lena)
    register_metric(lena)

    answer = send_readings(lena, 0.95, 0.96, 0.5)
    assert answer == {"accepted": 3, "duplicates": 0}
    assert send_readings(lena, 0.95, 0.96, 0.5) == {"accepted": 0, "duplicates": 3}

    lena.open(HOME + "work/")
    lena.follow("Critical: Limit breached: Sensitivity", exact=False)
    lena.sees("Is Ward triage evaluated again?")
    lena.follow("Acknowledge")
    lena.press("Acknowledge")
    lena.sees("ALR-001 is acknowledged.")
    lena.follow("Answer")
    lena.page.get_by_label("Is the system evaluated again").select_option(label="Re-evaluate")
    lena.fill("Reason", "The inputs changed since the assessment.")
    lena.press("Answer")
    lena.sees("The inputs changed since the assessment.")
    lena.follow("Say what is done")
    lena.fill("What is done", "Thresholds are set again.")
    lena.page.locator("[name=due_date]").fill(IN_A_MONTH)
    lena.press("Say what is done")
    lena.sees("ALR-001 is in action.")

    lena.open(HOME + "metrics/")
    lena.follow("Sensitivity")
    lena.sees("Control chart")
    lena.page.get_by_text("The chart as a table").click()
    lena.sees("Critical")
    assert lena.complaints == []


def register_system(lena: Visitor) -> None:
    lena.open(HOME + "systems/new/")
    lena.page.locator("[name=name]").fill("Ward triage")
    lena.page.locator("[name=stage]").select_option("operation_monitoring")
    lena.page.locator("[name=owner]").select_option(label="Lena Lead")
    lena.press("Register")
    lena.sees("Nothing of this system is measured.")


def register_metric(lena: Visitor) -> None:
    lena.follow("Register metric")
    lena.fill("Name", "Sensitivity")
    lena.page.locator("[name=kind]").select_option("safety")
    lena.page.locator("[name=direction]").select_option("higher")
    lena.page.locator("[name=critical_low]").fill("0.8")
    lena.press("Register")
    lena.sees("The metric is in the catalogue.")


def send_readings(lena: Visitor, *values: float) -> dict[str, int]:
    """By the API, as the person who is signed in."""
    begin = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=9)
    sent = [
        {"metric": "MET-001", "value": value, "at": (begin + timedelta(days=place)).isoformat()}
        for place, value in enumerate(values)
    ]
    token = next(each["value"] for each in lena.page.context.cookies() if each["name"] == "csrftoken")
    answer = lena.page.request.post(
        f"{lena.base}/api/v1/organizations/shore/readings",
        data={"readings": sent},
        headers={"X-CSRFToken": token, "Referer": lena.base},
    )
    body = answer.json()
    assert answer.status == 201, body
    return {"accepted": body["accepted"], "duplicates": body["duplicates"]}
