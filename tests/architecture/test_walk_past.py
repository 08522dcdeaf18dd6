"""Every page and answer that has a past: as of today it says what it says today, and it cannot write."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.utils import timezone

from aims.core import permissions
from tests.architecture.test_walk_api import document, operations
from tests.architecture.walking import Walker, ids_in, routes_inside
from tests.architecture.world import World

PAST_ROUTES = [
    route
    for route in routes_inside()
    if getattr(route.view, "has_past", False) and permissions.only_reads(route.view.verb)
]
#: A register of each kind of the issue, by the name of its route.
REGISTERS = {
    "systems", "risks", "assessments", "controls", "evidence_list", "audits", "findings", "certification",
    "scope", "risk_criteria", "people", "soa", "risk_approvals", "clauses",
}  # fmt: skip


def dated(address: str, day: datetime.date | str) -> str:
    return f"{address}?as_of={day}"


def is_page(answer: Any) -> bool:
    return bool(answer.headers["Content-Type"].startswith("text/html"))


def test_every_register_of_the_management_system_has_a_past() -> None:
    assert REGISTERS - {route.name for route in PAST_ROUTES} == set()


def test_every_page_with_a_past_opens_as_of_today(world: World) -> None:
    walker = Walker(world, "lead")
    today = timezone.localdate()
    faults = []
    for route in PAST_ROUTES:
        if not all(map(route.is_known, route.parameters)):
            continue
        for address in route.addresses("meadow", ids_in(world.seen)):
            now, then = walker.client.get(address), walker.client.get(dated(address, today))
            if now.status_code != then.status_code:
                faults.append((address, now.status_code, then.status_code))
            elif now.status_code == 200 and is_page(then) and "As it was on" not in then.content.decode():
                faults.append((address, "no banner"))
    assert faults == []


def test_every_answer_with_a_past_is_as_of_today_what_it_is_today(world: World) -> None:
    walker = Walker(world, "lead")
    today = timezone.localdate()
    asked = 0
    faults = []
    for operation in operations():
        if operation.method != "GET" or "as_of" not in operation.query:
            continue
        address = operation.address("meadow", ids_in(world.seen))
        now, then = walker.client.get(address), walker.client.get(dated(address, today))
        asked += now.status_code == 200
        if now.status_code != then.status_code:
            faults.append((address, now.status_code, then.status_code, then.content[:200]))
        elif now.headers["Content-Type"] == "application/json":
            here, there = json.loads(now.content), json.loads(then.content)
            if without_links(here) != without_links(there):
                faults.append((address, here, there))
    assert faults == []
    assert asked > 10


def without_links(answer: object) -> object:
    """The addresses of further pages carry the day; the actions open to the reader are none."""
    if isinstance(answer, dict):
        skipped = {"next", "previous", "actions"}
        return {key: without_links(value) for key, value in answer.items() if key not in skipped}
    return [without_links(each) for each in answer] if isinstance(answer, list) else answer


def test_a_day_before_everything_shows_nothing_and_says_so(world: World) -> None:
    walker = Walker(world, "lead")
    page = walker.client.get("/o/meadow/systems/?as_of=2001-01-01")
    answer = walker.client.get("/api/v1/organizations/meadow/systems?as_of=2001-01-01")

    assert page.status_code == 200
    assert "Nothing is known of that day" in page.content.decode()
    assert answer.json()["count"] == 0
    assert walker.client.get("/api/v1/organizations/meadow/systems").json()["count"] > 0


def test_what_cannot_be_looked_back_to_is_refused_with_a_sentence(world: World) -> None:
    walker = Walker(world, "lead")
    ahead = timezone.localdate() + datetime.timedelta(days=2)
    for address, sentence in (
        ("/o/meadow/systems/?as_of=yesterday", "Give the day as year-month-day"),
        ("/o/meadow/systems/?as_of=2026-02-31", "Give the day as year-month-day"),
        (f"/o/meadow/systems/?as_of={ahead}", "This day lies ahead"),
        ("/o/meadow/settings/?as_of=2026-11-01", "This shows today only"),
    ):
        answer = walker.client.get(address)
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True), address
    api = walker.client.get("/api/v1/organizations/meadow/jobs?as_of=2026-11-01")
    assert api.status_code == 422 and api.json()["errors"] == {
        "as_of": ["This shows today only. Leave as_of out."]
    }


def test_an_external_auditor_is_shown_no_past(world: World) -> None:
    answer = Walker(world, "auditor").client.get("/o/meadow/systems/?as_of=2026-11-01")

    assert answer.status_code == 403


def test_no_write_is_taken_with_a_past_day(world: World) -> None:
    walker = Walker(world, "lead")
    answer = walker.client.post(f"/o/meadow/systems/new/?as_of={timezone.localdate()}", {"name": "X"})

    assert answer.status_code == 422


def test_the_description_of_the_api_names_the_parameter() -> None:
    paths = document()["paths"]
    named = [
        path
        for path, methods in paths.items()
        for p in methods.get("get", {}).get("parameters", ())
        if p["name"] == "as_of"
    ]
    assert any(path.endswith("/systems") for path in named)
    assert not any("/jobs" in path or "/trail" in path for path in named)
