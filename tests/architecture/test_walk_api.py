"""Every operation of the OpenAPI document, asked for by all of the cast with ids and bodies of any kind."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from aims.core import permissions
from tests.architecture.test_auditor_role import WRITTEN
from tests.architecture.walking import (
    BOOKKEEPING,
    NOWHERE,
    Answer,
    Walker,
    all_patterns,
    comparable,
    ids_in,
    nowhere,
    tables_written,
    told,
)
from tests.architecture.world import FOREIGN, FOREIGN_ID, HIDDEN, SECOND, SECOND_ID, World

BASE = "/api/v1/organizations/{organization}/"
INSIDE = "api/v1/organizations/<slug:organization>/"
#: The word before a parameter -> the table it names a row of. A new resource needs one line here.
TABLES = {
    "alerts": "inventory.alert",
    "api-keys": "core.apikey",
    "assessments": "risk.impactassessment",
    "auditor-notes": "audits.auditornote",
    "audits": "audits.audit",
    "certificates": "audits.certificate",
    "context-issues": "inventory.contextissue",
    "controls": "controls.control",
    "email-domains": "core.emaildomain",
    "changes": "inventory.changerequest",
    "classifications": "risk.legalclassification",
    "competence": "controls.competencerecord",
    "criteria": "risk.riskcriteria",
    "delegations": "core.delegation",
    "directory-groups": "core.directorygroup",
    "discovered": "inventory.discoveredai",
    "entries": "controls.soaentry",
    "erasures": "core.erasure",
    "evidence": "core.evidence",
    "exceptions": "core.separationexception",
    "external-findings": "audits.findingdraft",
    "findings": "audits.finding",
    "impact-assessments": "risk.impactassessment",
    "governance-bodies": "inventory.governancebody",
    "governance-decisions": "inventory.bodydecision",
    "governance-meetings": "inventory.bodymeeting",
    "imports": "inventory.inventoryimport",
    "concerns": "inventory.concern",
    "custom-fields": "inventory.customfield",
    "disclosures": "inventory.disclosure",
    "incidents": "inventory.incident",
    "intakes": "inventory.intake",
    "notice-clauses": "inventory.noticeclause",
    "interested-parties": "inventory.interestedparty",
    "invitations": "core.invitation",
    "jobs": "core.job",
    "members": "core.member",
    "operator-entries": "core.operatorentry",
    "metrics": "inventory.metric",
    "re-evaluations": "inventory.reevaluationproposal",
    "readings": "inventory.metricreading",
    "packs": "audits.evidencepack",
    "register-files": "core.job",
    "requests": "audits.auditrequest",
    "risks": "risk.risk",
    "samples": "audits.sample",
    "saved-views": "core.savedview",
    "soa": "controls.statementofapplicability",
    "scope-statements": "inventory.scopestatement",
    "data-sets": "inventory.dataset",
    "models": "inventory.aimodel",
    "prompts": "inventory.prompt",
    "suppliers": "inventory.supplier",
    "supplier-questionnaires": "inventory.supplierquestionnaire",
    "systems": "inventory.aisystem",
    "sign-in-connections": "core.signinconnection",
}
MEMBERS = ("lead", "owner", "internal_auditor", "top", "admin", "staff")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    body: Any
    query: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path.removeprefix(BASE)}"

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """(parameter, the word before it), without the organization."""
        found = re.findall(r"([\w-]+)/\{(\w+)\}", self.path.removeprefix(BASE))
        return [(name, word) for word, name in found]

    def address(self, slug: str, pick: Callable[[str], int]) -> str:
        address = self.path.replace("{organization}", slug)
        for name, word in self.parameters:
            address = address.replace(f"{{{name}}}", str(pick(TABLES[word])))
        return address


@cache
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations() -> Iterator[Operation]:
    """Those inside an organization whose ids can be filled."""
    for operation in every_operation():
        if all(word in TABLES for _, word in operation.parameters):
            yield operation


def every_operation() -> Iterator[Operation]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            contents = operation.get("requestBody", {}).get("content", {})
            body = next((c["schema"] for t, c in contents.items() if "json" in t), None)
            query = tuple(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query")
            yield Operation(method.upper(), path, body, query)


def value(schema: Any, number: int) -> Any:
    """Something of the right shape; every whole number is the given one, as if it were an id."""
    if "$ref" in schema:
        return value(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], number)
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in schema:
            return value(schema[combined][0], number)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {}).items()
        return {name: value(field, number) for name, field in fields if not field.get("readOnly")}
    if kind == "array":
        return [value(schema.get("items", {}), number)]
    if kind in {"integer", "number"}:
        return min(number, schema.get("maximum", number))
    if kind == "boolean":
        return True
    return {"date": "2026-11-22", "date-time": "2026-11-22T09:00:00Z", "uri": "https://example.test/"}.get(
        schema.get("format", ""), "text"
    )


def body_of(operation: Operation, number: int) -> Any:
    return value(operation.body, number) if operation.body else {}


def ask(walker: Walker, operation: Operation, address: str, body: Any = None) -> Answer:
    if operation.method == "GET":
        return walker.ask("GET", address)
    return walker.ask(operation.method, address, body or {}, content_type="application/json")


def test_every_operation_lies_inside_an_organization_and_names_known_rows() -> None:
    unknown = [
        f"{operation.method} {operation.path}"
        for operation in every_operation()
        if not operation.path.startswith(BASE)
        or any(word not in TABLES for _, word in operation.parameters)
        or operation.path.count("{") != len(operation.parameters) + 1
    ]

    assert unknown == [], "add a line to TABLES above"


def test_the_document_names_every_route() -> None:
    described = {(op.method, re.sub(r"\{\w+\}", "{}", op.path)) for op in every_operation()}
    undescribed = []
    for pattern, prefix in all_patterns():
        if prefix.startswith(INSIDE):
            path = "/" + re.sub(r"\(\?P<\w+>[^)]*\)|<[\w:]+>", "{}", prefix.replace("^", "")).rstrip("$\\Z")
            # The framework adds HEAD beside GET when the first request comes.
            for method in set(getattr(pattern.callback, "actions", {})) - {"head"}:
                if (method.upper(), path) not in described:
                    undescribed.append(f"{method.upper()} {path}")

    assert undescribed == []


def test_every_action_names_a_verb_of_a_permission_table() -> None:
    undeclared = []
    for pattern, prefix in all_patterns():
        if prefix.startswith(INSIDE):
            verbs = getattr(pattern.callback.cls, "verbs", {})
            actions = getattr(pattern.callback, "actions", {}).values()
            undeclared += [
                f"{prefix} {action}" for action in actions if verbs.get(action) not in permissions.verbs()
            ]

    assert undeclared == []


def test_nobody_gets_401_and_a_foreign_key_too(world: World) -> None:
    faults = []
    for who in ("nobody", "foreign key"):
        walker = Walker(world, who)
        for operation in operations():
            for slug in ("meadow", "no-such-place"):
                answer = ask(walker, operation, operation.address(slug, ids_in(world.seen)))
                if answer.status != 401:
                    faults.append((f"{who}: {operation.method} {operation.path} in {slug}", str(answer)))

    assert not faults, told(faults)


def test_a_stranger_is_answered_as_if_the_organization_did_not_exist(world: World) -> None:
    walker, faults = Walker(world, "stranger"), []
    for operation in operations():
        answers = [
            comparable(ask(walker, operation, operation.address(slug, ids_in(world.seen))), words=(slug,))
            for slug in ("meadow", "no-such-place")
        ]
        if answers[0] != answers[1] or answers[0].status != 404:
            faults.append((str(operation), f"{brief(answers[0])}, nowhere: {brief(answers[1])}"))

    assert not faults, told(faults)


@pytest.mark.parametrize("who", [*MEMBERS, "key", "reading key", "auditor"])
def test_nobody_meets_a_server_error_or_a_foreign_row(world: World, who: str) -> None:
    walker, faults = Walker(world, who), []
    for operation in operations():
        asked = [operation.address("meadow", ids_in(rows)) for rows in rows_of(world, who)]
        for address in dict.fromkeys(asked):
            for body in bodies_of(operation, who):
                answer = ask(walker, operation, address, body)
                if answer.status >= 500:
                    faults.append((f"{operation} {body}", brief(answer)))
                faults += [(str(operation), f"shows {mark}") for mark in unseen_by(who, answer)]

    assert not faults, told(faults)


def rows_of(world: World, who: str) -> tuple[Any, ...]:
    """Rows outside the engagement are rows like any other for all but the auditor."""
    return (world.seen, world.hidden) if who in {"lead", "auditor"} else (world.seen,)


def bodies_of(operation: Operation, who: str) -> tuple[Any, ...]:
    """What an empty body is answered is a matter of its shape: two of those who write ask that."""
    if operation.method == "GET":
        return ({},)
    return ({}, body_of(operation, 1)) if who in {"lead", "key"} else (body_of(operation, 1),)


def brief(answer: Answer) -> str:
    return f"{answer} {answer.text[:300]}"


def unseen_by(who: str, answer: Answer) -> list[str]:
    marks = (FOREIGN, HIDDEN) if who == "auditor" else (FOREIGN,)
    return [mark for mark in marks if mark in answer.text]


@pytest.mark.parametrize("who", ["lead", "key", "auditor"])
def test_an_id_of_another_organization_is_answered_like_one_that_does_not_exist(
    world: World, who: str
) -> None:
    walker, faults = Walker(world, who), []
    ids = {row.pk for row in world.foreign.values()} | {NOWHERE}
    for operation in (operation for operation in operations() if operation.parameters):
        body = body_of(operation, 1)
        first, second = (
            comparable(ask(walker, operation, operation.address("meadow", pick), body), ids=ids)
            for pick in (ids_in(world.foreign), nowhere)
        )
        if first != second or first.status < 400 or first.status >= 500:
            faults.append((str(operation), f"{brief(first)}, missing: {brief(second)}"))

    assert not faults, told(faults)


def test_what_somebody_may_see_elsewhere_does_not_exist_here(world: World) -> None:
    """Dora works in two organizations: the other's rows are answered like missing ones, in path and body."""
    walker, faults = Walker(world, "dora"), []
    ids = {row.pk for row in world.second.values()} | {NOWHERE}
    for operation in operations():
        own = operation.address("meadow", ids_in(world.seen))
        if SECOND in ask(walker, operation, own, body_of(operation, 1)).text:
            faults.append((str(operation), "shows Orchard"))
        if not operation.parameters and not operation.body:
            continue
        first, second = (
            comparable(
                ask(
                    walker,
                    operation,
                    operation.address("meadow", pick) if operation.parameters else own,
                    body_of(operation, number),
                ),
                ids=ids,
            )
            for pick, number in ((ids_in(world.second), SECOND_ID), (nowhere, NOWHERE))
        )
        if first != second or first.status >= 500:
            faults.append((str(operation), f"{brief(first)}, missing: {brief(second)}"))

    assert not faults, told(faults)


@pytest.mark.parametrize("who", ["lead", "key"])
def test_a_body_that_names_a_foreign_row_is_answered_like_one_that_names_a_missing_row(
    world: World, who: str
) -> None:
    walker, faults = Walker(world, who), []
    for operation in (operation for operation in operations() if operation.body):
        address = operation.address("meadow", ids_in(world.seen))
        foreign, missing = (
            comparable(ask(walker, operation, address, body_of(operation, number)), ids={number})
            for number in (FOREIGN_ID, NOWHERE)
        )
        if foreign != missing or foreign.status >= 500:
            faults.append((str(operation), f"{brief(foreign)}, missing: {brief(missing)}"))

    assert not faults, told(faults)


#: What an external auditor may write over the API (SOD-07), by the path below the organization.
AUDITOR_WRITES = {
    f"POST {path}"
    for path in (
        "requests",
        "requests/{id}/comments",
        "requests/{id}/open",
        "requests/{id}/accept",
        "requests/{id}/flag",
        "requests/{id}/not-applicable",
        "requests/{id}/close",
        "requests/{id}/reword",
        "samples",
        "samples/{id}/replace",
        "auditor-notes",
        "auditor-notes/{id}/share",
        "external-findings",
        "external-findings/{id}/issue",
    )
} | {"PATCH auditor-notes/{id}", "PATCH external-findings/{id}"}


#: A file that takes a worker is asked for by whoever may read the register: a job, nothing of the register.
FILES = {f"POST {register}/files" for register in ("systems", "suppliers", "models", "data-sets", "prompts")}


@pytest.mark.parametrize("who", ["reading key", "auditor"])
def test_who_only_reads_changes_nothing(world: World, who: str) -> None:
    walker, faults = Walker(world, who), []
    may = {"auditor": AUDITOR_WRITES, "reading key": FILES}[who]
    for operation in operations():
        address = operation.address("meadow", ids_in(world.seen))
        for method in UNSAFE:
            if f"{method} {operation.path.removeprefix(BASE)}" in may:
                continue
            answer = walker.ask(method, address, body_of(operation, 1), content_type="application/json")
            if answer.status not in {403, 404, 405}:
                faults.append((f"{method} {address}", brief(answer)))

    assert not faults, told(faults)


def test_whoever_reads_a_register_asks_for_its_file_and_writes_nothing_else(world: World) -> None:
    walker = Walker(world, "reading key")
    with tables_written() as tables:
        answers = [walker.ask("POST", f"/api/v1/organizations/meadow/{each[5:]}") for each in sorted(FILES)]

    assert [answer.status for answer in answers] == [202] * len(FILES)
    assert tables - BOOKKEEPING == {"core_job", "core_trailevent", "core_apikey"}  # when it was used


def test_over_the_whole_api_an_auditor_writes_into_the_tables_of_the_list_only(world: World) -> None:
    walker, written = Walker(world, "auditor"), set()
    for operation in operations():
        address = operation.address("meadow", ids_in(world.seen))
        with tables_written() as tables:
            for number in (1, world.seen["audits.engagement"].pk):
                for method in UNSAFE:
                    body = body_of(operation, number)
                    walker.ask(method, address, body, content_type="application/json")
        written |= tables

    assert written - BOOKKEEPING <= WRITTEN
    assert "audits_auditrequest" in written


ODD_WORDS = ("%00", "x" * 300, "-1", "999999999999999999999", "%ED%A0%80", "%22'--")
ODD_VALUES = ("a\x00b", "x" * 20_000, -1, 10**30, [], {}, None, 1.5, "\ud800")


def some_of(odd: tuple[Any, ...], operation: Operation, name: str) -> tuple[Any, ...]:
    """Every third, another third for another name: all of them meet each kind of field many times."""
    return odd[zlib.crc32(f"{operation} {name}".encode()) % 3 :: 3]


def test_odd_filters_and_bodies_are_refused_with_a_reason(world: World) -> None:
    walker, faults = Walker(world, "lead"), []
    for operation in operations():
        address = operation.address("meadow", ids_in(world.seen))
        names = {*operation.query, "page", "page_size"} if operation.method == "GET" else set()
        for name in sorted(names):
            for odd in some_of(ODD_WORDS, operation, name):
                answer = walker.ask("GET", f"{address}?{name}={odd}")
                if answer.status >= 500:
                    faults.append((f"{address}?{name}={odd[:20]}", brief(answer)))
        if operation.method in UNSAFE:
            faults += odd_bodies(walker, operation, address)

    assert not faults, told(faults)


def odd_bodies(walker: Walker, operation: Operation, address: str) -> list[tuple[str, str]]:
    shaped = body_of(operation, 1)
    bodies = ["[]", "null", '"text"', "1", "{", "\xff", '{"no_such_field": 1}']
    answers = [
        walker.ask(operation.method, address, body, content_type="application/json") for body in bodies
    ]
    for name in shaped if isinstance(shaped, dict) else ():
        for odd in some_of(ODD_VALUES, operation, name):
            body = {**shaped, name: odd}
            answers.append(walker.ask(operation.method, address, body, content_type="application/json"))
    return [(str(operation), brief(answer)) for answer in answers if answer.status >= 500]
