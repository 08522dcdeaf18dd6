"""From registration through every gate to go-live, which is refused until nothing is missing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.portal import Portal
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/vale/"


def test_from_registration_through_the_gates_to_go_live(
    portal: Portal, new_organization: Callable[[str, str], str], visitor: Callable[..., Visitor]
) -> None:
    new_organization("vale", "Vale Clinic")
    lena, oscar, tara = (visitor(f"{who}@vale.test") for who in ("lena", "oscar", "tara"))
    system = register(lena)

    refused(lena, system, "accept_intake", "Accept intake")
    done = portal.python("-m", "tests.journeys.prepared", "vale")
    assert done.returncode == 0, done.stderr
    pass_gate(lena, system, "accept_intake", "Accept intake", "inception")

    refused(oscar, system, "gate_inception", "Begin design and development")
    not_prohibited(oscar, system, decided_by=lena)
    screened_out(lena, system)
    write(oscar, system, "requirements")
    pass_gate(oscar, system, "gate_inception", "Begin design and development", "design and development")
    write(oscar, system, "design")
    write(oscar, system, "data")
    pass_gate(oscar, system, "gate_build_done", "Building is done", "verification and validation")
    write(oscar, system, "validation_plan")
    write(oscar, system, "validation", criteria="yes")
    pass_gate(oscar, system, "gate_validated", "Validation is passed", "deployment")

    go_live(oscar, tara, system)
    assert lena.complaints == oscar.complaints == tara.complaints == []


def register(lena: Visitor) -> str:
    lena.open(HOME + "systems/new/")
    lena.page.locator("[name=name]").fill("Ward triage")
    lena.page.locator("[name=owner]").select_option(label="Oscar Owner")
    lena.press("Register")
    lena.sees("The system is in the inventory.")
    return lena.page.url


def pass_gate(who: Visitor, system: str, action: str, label: str, stage: str) -> None:
    who.open(f"{system}gates/{action}/")
    who.fill("Reason", "As agreed in the meeting of the board.")
    who.press(label)
    who.sees(f"is in the stage “{stage}”")


def refused(who: Visitor, system: str, action: str, label: str) -> None:
    """Nothing has moved, and each missing thing has a way to where it is mended."""
    before = stage_of(who, system)
    who.open(f"{system}gates/{action}/")
    who.fill("Reason", "Now")
    who.press(label)
    who.sees("missing")
    who.complaints.clear()  # the browser notes the 422 of the refusal
    assert stage_of(who, system) == before


def stage_of(who: Visitor, system: str) -> str:
    who.open(f"{system}gates/")
    return who.page.locator("main dl.facts dd").first.inner_text()


def write(who: Visitor, system: str, kind: str, *, criteria: str = "") -> None:
    who.open(f"{system}stage-records/{kind}/")
    who.page.locator("main [name=text]").fill("Written down with the ward and the vendor.")
    if criteria:
        who.page.locator("[name=criteria_met]").select_option(criteria)
    who.page.locator("[name=is_complete]").check()
    who.press("Save")
    expect(who.page).to_have_url(re.compile(r"/gates/$"))


def not_prohibited(oscar: Visitor, system: str, *, decided_by: Visitor) -> None:
    oscar.open(f"{system}classification/answers/")
    for question in oscar.page.locator("main form select").all():
        if "no" in question.locator("option").evaluate_all("all => all.map(each => each.value)"):
            question.select_option("no")
    oscar.page.locator("[name=submit]").check()
    oscar.press("Save")
    oscar.sees("Saved.")
    decided_by.open(f"{system}classification/")
    decided_by.follow("Approve")
    decided_by.press("Approve")
    decided_by.sees("Not prohibited")


def screened_out(lena: Visitor, system: str) -> None:
    lena.open(HOME + "impact-assessments/")
    lena.page.locator("tbody th a").first.click()
    lena.press("Confirm: no assessment needed")
    lena.sees("Decided by")


def go_live(oscar: Visitor, tara: Visitor, system: str) -> None:
    oscar.open(f"{system}go-live-request/")
    oscar.fill("What goes live", "Both sites, from Monday.")
    oscar.press("Ask for go-live")
    refused(tara, system, "go_live", "Go live")
    tara.open(f"{system}gates/")
    for missing in ("Monitoring metrics active", "User information ready", "Roll-back tested"):
        item = tara.page.locator("li", has_text=missing).first
        expect(item).to_contain_text("Missing")
        expect(item.get_by_role("link")).to_have_count(1)

    write(oscar, system, "deployment_plan")
    write(oscar, system, "user_information")
    write(oscar, system, "rollback_test")
    measure(oscar, system)
    pass_gate(tara, system, "go_live", "Go live", "operation and monitoring")
    tara.sees("SHA-256")


def measure(oscar: Visitor, system: str) -> None:
    oscar.open(system)
    oscar.follow("Register metric")
    oscar.fill("Name", "Sensitivity")
    oscar.page.locator("[name=kind]").select_option("accuracy")
    oscar.page.locator("[name=direction]").select_option("higher")
    oscar.page.locator("[name=critical_low]").fill("0.8")
    oscar.press("Register")
    oscar.sees("The metric is in the catalogue.")
