"""A screening that asks for a full assessment: its form, the review by another person, and the go-live."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.portal import Portal
from tests.journeys.test_life_cycle import measure, not_prohibited, pass_gate, write
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/fern/"
TEXT = "Discussed with the ward and the vendor."
SECTIONS = 10
#: A whole section at once, as if nothing had saved by itself: the button sends it.
FILL = """(form, [text, day]) => {
    form.querySelectorAll("textarea").forEach(box => { box.value = text })
    form.querySelectorAll("input[type=date]").forEach(box => { box.value = day })
    form.querySelectorAll("fieldset").forEach(group => { group.querySelector("input").checked = true })
    form.querySelectorAll("[name=IA-092][value=verified]").forEach(choice => { choice.checked = true })
}"""


def test_from_a_screening_through_the_full_assessment_to_go_live(
    portal: Portal, new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor]
) -> None:
    new_organization("fern", "Fern Clinic")
    lena, oscar, tara = (visitor(f"{who}@fern.test") for who in ("lena", "oscar", "tara"))
    system = register(lena)
    done = portal.python("-m", "tests.journeys.prepared", "fern", "--unscreened")
    assert done.returncode == 0, done.stderr

    assessment = screen(oscar)
    lena.open(assessment)
    lena.press("Approve screening")
    lena.sees("0 of 65 answered")
    refused(oscar, assessment)
    saves_by_itself(oscar, assessment)
    for number in range(SECTIONS):
        answer(oscar, f"{assessment}form/S{number}/")
    oscar.sees("65 of 65 answered")
    oscar.press("Send for review")
    oscar.sees("Sent for review.")

    decide(lena, assessment)
    go_live(lena, oscar, tara, system)
    assert lena.complaints == oscar.complaints == tara.complaints == []


def register(lena: Visitor) -> str:
    lena.open(HOME + "systems/new/")
    lena.page.locator("[name=name]").fill("Ward triage")
    lena.page.locator("[name=owner]").select_option(label="Oscar Owner")
    lena.press("Register")
    lena.sees("The system is in the inventory.")
    return lena.page.url


def screen(oscar: Visitor) -> str:
    """Every question answered by its first option but the one that decides by itself."""
    oscar.open(HOME + "impact-assessments/")
    oscar.page.locator("tbody th a").first.click()
    address = oscar.page.url
    for group in oscar.page.locator("main fieldset:has(.segments)").all():
        group.locator("label").first.click()
    oscar.page.locator("main fieldset:has([name=SCR-02]) label", has_text="Yes").click()
    oscar.sees("14 of 14 answered")
    oscar.sees("3 points: full assessment.")
    oscar.open(address)
    oscar.press("Finish screening")
    oscar.sees("Screening finished: Full assessment.")
    return address


def refused(oscar: Visitor, assessment: str) -> None:
    oscar.open(assessment)
    oscar.press("Send for review")
    oscar.sees("64 required questions of the assessment are still open")
    oscar.page.locator(".error-summary a", has_text="Answer IA-020").click()
    expect(oscar.page.locator("h1")).to_have_text("Data information and quality")
    oscar.complaints.clear()  # the browser notes the 422 of the refusal


def saves_by_itself(oscar: Visitor, assessment: str) -> None:
    oscar.open(f"{assessment}form/S0/")
    box = oscar.page.locator("main [name=IA-004]")
    box.fill("Oscar, with two nurses")
    box.blur()
    expect(oscar.page.locator("#form-saved")).to_have_text("Saved")
    oscar.sees("1 of 5 answered")
    oscar.open(f"{assessment}form/S0/")
    expect(oscar.page.locator("main [name=IA-004]")).to_have_value("Oscar, with two nurses")


def answer(oscar: Visitor, section: str) -> None:
    oscar.open(section)
    adding = [link.get_attribute("href") or "" for link in oscar.page.locator("main a[href$='/new/']").all()]
    for href in adding:
        oscar.open(href)
        add_harm(oscar) if "IA-066" in href else add_nothing(oscar)
    oscar.open(section)
    day = (datetime.date.today() + datetime.timedelta(days=300)).isoformat()
    oscar.page.locator("main form").first.evaluate(FILL, [TEXT, day])
    oscar.press("Save and continue")
    oscar.sees("Saved.")


def add_harm(oscar: Visitor) -> None:
    oscar.fill("What arises", "Treatment begins late")
    for name, step in (("severity", "4"), ("likelihood", "3"), ("residual_severity", "2")):
        oscar.page.locator(f"[name={name}]").select_option(step)
    oscar.page.locator("[name=residual_likelihood]").select_option("2")
    oscar.page.locator("[name=measure]").fill("A nurse looks at each case")
    oscar.page.locator("[name=risk_id]").select_option(index=1)
    oscar.press("Add")
    oscar.sees("Treatment begins late")


def add_nothing(oscar: Visitor) -> None:
    oscar.page.locator("[name=kind][value=none]").check()
    oscar.page.locator("[name=text]").fill(TEXT)
    oscar.press("Add")
    expect(oscar.page.locator("h1")).not_to_contain_text("Add to")


def decide(lena: Visitor, assessment: str) -> None:
    lena.open(assessment)
    lena.press("Start review")
    lena.follow("Print view")
    lena.sees("Treatment begins late")
    lena.open(assessment)
    lena.fill("Comment", "Well argued.")
    lena.press("Approve assessment")
    lena.sees("The impact assessment is approved and frozen.")
    lena.sees("SHA-256")


def go_live(lena: Visitor, oscar: Visitor, tara: Visitor, system: str) -> None:
    pass_gate(lena, system, "accept_intake", "Accept intake", "inception")
    not_prohibited(oscar, system, decided_by=lena)
    write(oscar, system, "requirements")
    pass_gate(oscar, system, "gate_inception", "Begin design and development", "design and development")
    for kind in ("design", "data"):
        write(oscar, system, kind)
    pass_gate(oscar, system, "gate_build_done", "Building is done", "verification and validation")
    write(oscar, system, "validation_plan")
    write(oscar, system, "validation", criteria="yes")
    pass_gate(oscar, system, "gate_validated", "Validation is passed", "deployment")
    oscar.open(f"{system}go-live-request/")
    oscar.fill("What goes live", "Both sites, from Monday.")
    oscar.press("Ask for go-live")
    for kind in ("deployment_plan", "user_information", "rollback_test"):
        write(oscar, system, kind)
    measure(oscar, system)
    pass_gate(tara, system, "go_live", "Go live", "operation and monitoring")
