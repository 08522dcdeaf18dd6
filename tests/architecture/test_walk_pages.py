"""Every page and act of the portal, asked for by each of the cast with ids of every kind."""

from __future__ import annotations

import pytest

from aims.core import permissions
from tests.architecture.test_auditor_role import WRITTEN
from tests.architecture.walking import (
    BOOKKEEPING,
    NOWHERE,
    Answer,
    Route,
    Walker,
    comparable,
    ids_in,
    nowhere,
    routes_inside,
    tables_written,
    told,
)
from tests.architecture.world import FOREIGN, HIDDEN, SECOND, Rows, World

METHODS = ("GET", "POST")
MEMBERS = ("owner", "risk_owner", "control_owner", "internal_auditor", "top", "admin", "staff")
#: What an auditor may do: accept the terms, and what is on the list of SOD-07.
AUDITOR_MAY = {
    "accept_terms",
    "auditor_note_edit",
    "auditor_note_new",
    "auditor_note_share",
    "finding_draft_edit",
    "finding_draft_issue",
    "finding_draft_new",
    "sample_new",
    "sample_replace",
    "request_act",
    "request_comment",
    "request_import",
    "request_import_apply",
    "request_new",
    "request_reword",
    "request_send",
}
EVERY_ROUTE = routes_inside()
ROUTES = [route for route in EVERY_ROUTE if all(map(route.is_known, route.parameters))]


#: So many pages that open show that somebody is at home there.
ENOUGH = 20


def foreign_ids(world: World) -> set[int]:
    return {row.pk for row in world.foreign.values()} | {NOWHERE}


def test_every_parameter_of_every_page_can_be_filled() -> None:
    unknown = [
        f"{route.name}: {parameter}"
        for route in EVERY_ROUTE
        for parameter in route.parameters
        if not route.is_known(parameter)
    ]

    assert unknown == [], "add a line to the tables of tests/architecture/walking.py"


def test_every_page_names_a_verb_of_a_permission_table() -> None:
    undeclared = [
        route.name for route in EVERY_ROUTE if getattr(route.view, "verb", None) not in permissions.verbs()
    ]

    assert undeclared == []


def test_nobody_is_sent_to_sign_in(world: World) -> None:
    walker = Walker(world, "nobody")
    faults = []
    for route in ROUTES:
        for address in route.addresses("meadow", ids_in(world.seen)):
            for method in METHODS:
                answer = walker.ask(method, address)
                if answer.status != 302 or not answer.location.startswith("/accounts/login/?next="):
                    faults.append((f"{method} {address}", str(answer)))

    assert not faults, told(faults)


def test_the_compliance_lead_meets_no_server_error_and_no_foreign_row(world: World) -> None:
    faults = []
    walker = Walker(world, "lead")
    for route in ROUTES:
        for address in addresses_of(route, world.seen, world.hidden):
            faults += [fault for method in METHODS for fault in visit(walker, method, address)]

    assert not faults, told(faults)


@pytest.mark.parametrize("who", MEMBERS)
def test_no_role_meets_a_server_error_or_a_foreign_row(world: World, who: str) -> None:
    faults = []
    walker = Walker(world, who)
    for route in ROUTES:
        for address in route.addresses("meadow", ids_in(world.seen)):
            faults += [fault for method in methods_of(who) for fault in visit(walker, method, address)]

    assert not faults, told(faults)


def addresses_of(route: Route, *kinds: Rows) -> list[str]:
    """Its addresses with rows of each kind; one that names no row is asked for once."""
    return list(dict.fromkeys(each for rows in kinds for each in route.addresses("meadow", ids_in(rows))))


def methods_of(who: str) -> tuple[str, ...]:
    """Whoever only reads is turned away before a form is looked at, by one and the same line."""
    return METHODS if who in {"owner", "internal_auditor", "top", "admin"} else ("GET",)


def visit(walker: Walker, method: str, address: str) -> list[tuple[str, str]]:
    answer = walker.ask(method, address)
    if answer.status >= 500:
        return [(f"{method} {address}", answer.text[:400])]
    return [(f"{method} {address}", "shows Harbour")] if FOREIGN in answer.text else []


@pytest.mark.parametrize("who", ["lead", "auditor"])
def test_an_id_of_another_organization_is_answered_like_one_that_does_not_exist(
    world: World, who: str
) -> None:
    walker, faults = Walker(world, who), []
    for route in (route for route in ROUTES if route.rows):
        for method in METHODS:
            faults += differing(walker, route, method, world, "foreign")

    assert not faults, told(faults)


def test_what_somebody_may_see_elsewhere_does_not_exist_here(world: World) -> None:
    """Dora works in two organizations: in the address of one, the other's rows are as good as missing."""
    walker, faults, elsewhere = Walker(world, "dora"), [], 0
    ids = {row.pk for row in world.second.values()} | {NOWHERE}
    for route in ROUTES:
        for address in route.addresses("meadow", ids_in(world.seen)):
            if SECOND in walker.ask("GET", address).text:
                faults.append((f"GET {address}", "shows Orchard"))
        if elsewhere < ENOUGH:
            for address in route.addresses("orchard", ids_in(world.second)):
                elsewhere += walker.ask("GET", address).status == 200
        if route.rows:
            for method in METHODS:
                faults += differing(walker, route, method, world, "second", ids)

    assert not faults, told(faults)
    assert elsewhere >= ENOUGH


def test_rows_outside_the_engagement_are_answered_like_ones_that_do_not_exist(world: World) -> None:
    walker, faults = Walker(world, "auditor"), []
    for route in (route for route in ROUTES if route.rows):
        if any(
            world.hidden[route.table_of(name) or ""] is world.seen[route.table_of(name) or ""]
            for name in route.rows
        ):
            continue  # a table without rows outside the engagement
        faults += differing(walker, route, "GET", world, "hidden")

    assert not faults, told(faults)


def differing(
    walker: Walker, route: Route, method: str, world: World, kind: str, ids: set[int] = frozenset()
) -> list[tuple[str, str]]:
    """Where the row of the kind and the missing row are told apart. The row may stand at any depth."""
    rows = getattr(world, kind)
    faults = []
    for depth in range(len(route.rows)):
        own = route.rows[:depth]
        pairs = zip(
            route.addresses("meadow", mixed(route, own, world, ids_in(rows))),
            route.addresses("meadow", mixed(route, own, world, nowhere)),
            strict=True,
        )
        for real, missing in pairs:
            first = neutral(walker.ask(method, real), world, ids)
            second = neutral(walker.ask(method, missing), world, ids)
            if first != second or first.status >= 500 or first.status < 300:
                faults.append((f"{method} {real}", f"{kind}: {brief(first)}, missing: {brief(second)}"))
    return faults


def brief(answer: Answer) -> str:
    return f"{answer} {answer.text[:300] if answer.status >= 500 else ''}".strip()


def mixed(route: Route, own: list[str], world: World, pick: object) -> object:
    tables = {route.table_of(name) for name in own}
    return lambda table: world.seen[table].pk if table in tables else pick(table)  # type: ignore[operator]


def neutral(answer: Answer, world: World, ids: set[int]) -> Answer:
    known = foreign_ids(world) | {row.pk for row in world.hidden.values()} | ids
    return comparable(answer, ids=known)


def test_a_stranger_is_answered_as_if_the_organization_did_not_exist(world: World) -> None:
    walker, faults = Walker(world, "stranger"), []
    nowhere_at_all = {method: comparable(walker.ask(method, "/o/no-such-place/")) for method in METHODS}
    for route in ROUTES:
        for address in route.addresses("meadow", ids_in(world.seen)):
            for method in METHODS:
                answer = comparable(walker.ask(method, address))
                if answer.status != 404 or answer != nowhere_at_all[method]:
                    faults.append((f"{method} {address}", brief(answer)))

    assert not faults, told(faults)


def test_an_auditor_reads_the_engagement_and_nothing_else(world: World) -> None:
    walker, faults, read = Walker(world, "auditor"), [], 0
    for route in ROUTES:
        for address in addresses_of(route, world.seen, world.hidden, world.foreign):
            answer = walker.ask("GET", address)
            read += answer.status == 200
            if answer.status >= 500:
                faults.append((f"GET {address}", answer.text[:400]))
            faults += [(f"GET {address}", f"shows {m}") for m in (HIDDEN, FOREIGN) if m in answer.text]

    assert not faults, told(faults)
    assert read > 5


def test_an_auditor_does_nothing_but_what_is_on_the_list(world: World) -> None:
    walker, faults = Walker(world, "auditor"), []
    for route in (route for route in ROUTES if route.name not in AUDITOR_MAY):
        for method in ("POST", "DELETE"):
            for address in route.addresses("meadow", ids_in(world.seen)):
                answer = walker.ask(method, address)
                if answer.status not in {403, 404, 405}:
                    faults.append((f"{method} {address}", brief(answer)))

    assert not faults, told(faults)


#: Enough for any form of the list to go through.
FILLED = {
    "title": "Mine",
    "text": "Mine",
    "reason": "Mine",
    "question": "Mine",
    "terms": "on",
    "requirement": "9.1",
    "requirements": "9.1",
    "grade": "minor",
    "statement": "Mine",
    "criterion": "Mine",
    "evidence_text": "Mine",
    "population": "systems",
    "method": "all",
    "rationale": "Mine",
    "key": "zqseen",
}


def test_on_every_page_an_auditor_writes_into_the_tables_of_the_list_only(world: World) -> None:
    walker, written = Walker(world, "auditor"), {}
    data = {**FILLED, "engagement": world.seen["audits.engagement"].pk}
    for route in ROUTES:
        for address in route.addresses("meadow", ids_in(world.seen)):
            with tables_written() as tables:
                walker.ask("POST", address, data)
                walker.ask("GET", address)
            written[address] = tables - BOOKKEEPING - WRITTEN
    named = {table for tables in written.values() for table in tables}

    assert named == set(), written
