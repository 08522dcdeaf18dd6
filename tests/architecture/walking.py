"""Addresses of the project, found in the resolver, and answers made comparable."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.db import connection, transaction
from django.urls import URLPattern, get_resolver, reverse

from aims.core.sessions import NOTED_EVERY_SECONDS
from tests.architecture.world import Rows, World

INSIDE = "o/<slug:organization>/"
NOWHERE = 999_999_999

#: Beginning of a route's name -> the table its `pk` names. A new register needs one line here.
TABLES = {
    "alert": "inventory.alert",
    "access_log": "audits.engagement",
    "assessment": "risk.impactassessment",
    "audit": "audits.audit",
    "certificate": "audits.certificate",
    "api_key": "core.apikey",
    "approval": "risk.riskapproval",
    "body": "inventory.governancebody",
    "change": "inventory.changerequest",
    "classification": "inventory.aisystem",
    "competence": "controls.competencerecord",
    "context_issue": "inventory.contextissue",
    "control": "controls.control",
    "criteria": "risk.riskcriteria",
    "discovered": "inventory.discoveredai",
    "directory_group": "core.directorygroup",
    "email_domain": "core.emaildomain",
    "engagement": "audits.engagement",
    "erasure": "core.erasure",
    "evidence": "core.evidence",
    "delegation": "core.delegation",
    "evidence_unshare": "core.evidencepermission",
    "exception": "core.separationexception",
    "auditor_note": "audits.auditornote",
    "finding": "audits.finding",
    "finding_draft": "audits.findingdraft",
    "import": "inventory.inventoryimport",
    "concern": "inventory.concern",
    "custom_field": "inventory.customfield",
    "disclosure": "inventory.disclosure",
    "concern_handlers": "inventory.concernhandler",
    "incident": "inventory.incident",
    "intake": "inventory.intake",
    "notice_clause": "inventory.noticeclause",
    "invitation": "core.invitation",
    "job": "core.job",
    "member": "core.member",
    "operator_entry": "core.operatorentry",
    "decision": "inventory.bodydecision",
    "meeting": "inventory.bodymeeting",
    "metric": "inventory.metric",
    "pack": "audits.evidencepack",
    "party": "inventory.interestedparty",
    "questionnaire": "inventory.supplierquestionnaire",
    "request": "audits.auditrequest",
    "risk": "risk.risk",
    "role_request": "core.rolerequest",
    "sample": "audits.sample",
    "saved_view": "core.savedview",
    "scope": "inventory.scopestatement",
    "shared": "core.evidence",
    "register_file": "core.job",
    "sign_in_connection": "core.signinconnection",
    "soa": "controls.statementofapplicability",
    "model": "inventory.aimodel",
    "data_set": "inventory.dataset",
    "prompt": "inventory.prompt",
    "supplier": "inventory.supplier",
    "system": "inventory.aisystem",
    "treatment": "risk.risk",
}
#: (route, parameter) -> a table, where the parameter is not `pk`
FURTHER = {
    ("soa_entry", "entry"): "controls.soaentry",
    ("system_evidence_unlink", "evidence"): "core.evidence",
    ("disclosure_proof_unlink", "evidence"): "core.evidence",
    ("control_evidence_unlink", "evidence"): "core.evidence",
    ("model_system_unlink", "link"): "inventory.modelsystem",
    ("prompt_system_unlink", "link"): "inventory.promptsystem",
    ("data_set_system_unlink", "link"): "inventory.datasetsystem",
    ("supplier_system_unlink", "link"): "inventory.suppliersystem",
    ("supplier_sub_remove", "link"): "inventory.subsupplier",
    ("supplier_condition_met", "condition"): "inventory.suppliercondition",
    ("supplier_event_answer", "event"): "inventory.suppliernotice",
    ("supplier_certificate_unlink", "link"): "inventory.supplierevidence",
    ("body_seat_end", "seat"): "inventory.bodyseat",
    ("party_need_change", "need"): "inventory.partyneed",
    ("party_need_remove", "need"): "inventory.partyneed",
    ("metric_reading_correct", "reading"): "inventory.metricreading",
    ("alert_re_evaluation", "proposal"): "inventory.reevaluationproposal",
    ("incident_system_unlink", "link"): "inventory.incidentsystem",
    ("incident_evidence_unlink", "link"): "inventory.incidentevidence",
    ("incident_notice_sent", "notice"): "inventory.incidentnotice",
    ("incident_notice_waive", "notice"): "inventory.incidentnotice",
    ("audit_item", "item"): "audits.checklistitem",
    ("sample_replace", "item"): "audits.sampleitem",
    ("request_proof_remove", "proof"): "audits.requestproof",
}
#: (route, parameter) -> values that are words, not rows
# Printing takes seconds and ends in bytes that hold no searchable text: its own tests look into it.
WORDS = {
    ("assessment_section", "section"): ["S0", "S6", "no-such-section"],
    ("assessment_section_answers", "section"): ["S0", "no-such-section"],
    ("assessment_row", "question"): ["IA-013", "no-such-question"],
    ("assessment_row", "row"): ["0", "99"],
    ("assessment_row_new", "question"): ["IA-013", "no-such-question"],
    ("assessment_row_remove", "question"): ["IA-013", "no-such-question"],
    ("assessment_row_remove", "row"): ["0", "99"],
    ("alert_act", "action"): ["acknowledge", "resolve", "no-such-action"],
    ("clause", "ref"): ["9.2", "no-such-clause"],
    ("certificate_step", "action"): ["apply", "no-such-action"],
    ("control_act", "action"): ["start", "no-such-action"],
    ("change_act", "action"): ["assess", "implement", "no-such-action"],
    ("competence_act", "action"): ["assign", "complete", "no-such-action"],
    ("discovered_act", "action"): ["triage", "merge", "no-such-action"],
    ("import_template", "kind"): ["csv", "xlsx", "no-such-kind"],
    ("incident_act", "action"): ["triage", "dismiss", "no-such-action"],
    ("concern_act", "action"): ["acknowledge", "conclude", "no-such-action"],
    ("request_act", "action"): ["open", "submit", "accept", "flag", "close", "no-such-action"],
    ("system_gate", "action"): ["accept_intake", "trigger_re_evaluation", "no-such-action"],
    ("system_stage_record", "kind"): ["requirements", "validation", "no-such-kind"],
    ("scope_export", "kind"): ["json", "no-such-kind"],
    ("supplier_act", "action"): ["start", "trigger_review", "no-such-action"],
    ("systems_export", "kind"): ["cyclonedx", "spdx", "annex-viii", "no-such-kind"],
    ("system_export", "kind"): ["cyclonedx", "model-card-html", "no-such-kind"],
    ("soa_export", "kind"): ["csv", "json", "no-such-kind"],
}


@dataclass(frozen=True)
class Route:
    name: str
    parameters: tuple[str, ...]
    view: Any

    def table_of(self, parameter: str) -> str | None:
        if (self.name, parameter) in FURTHER:
            return FURTHER[self.name, parameter]
        beginnings = [name for name in TABLES if self.name == name or self.name.startswith(f"{name}_")]
        return TABLES[max(beginnings, key=len)] if parameter == "pk" and beginnings else None

    def is_known(self, parameter: str) -> bool:
        return self.table_of(parameter) is not None or (self.name, parameter) in WORDS

    @property
    def rows(self) -> list[str]:
        """The parameters that name a row, the outermost first."""
        return [parameter for parameter in self.parameters if self.table_of(parameter)]

    def choices(self) -> Iterator[dict[str, str]]:
        """Every combination of its words; one empty choice where it has none."""
        chosen: list[dict[str, str]] = [{}]
        for parameter in self.parameters:
            words = WORDS.get((self.name, parameter))
            if words:
                chosen = [{**choice, parameter: word} for choice in chosen for word in words]
        return iter(chosen)

    def addresses(self, slug: str, pick: Callable[[str], int]) -> Iterator[str]:
        """Its addresses in one organization; `pick` gives the id for a table."""
        for choice in self.choices():
            ids = {parameter: pick(self.table_of(parameter) or "") for parameter in self.rows}
            yield reverse(self.name, kwargs={"organization": slug, **ids, **choice})


def routes_inside() -> list[Route]:
    """Every page below /o/<organization>/, from the resolver."""
    found = []
    for pattern, prefix in all_patterns():
        if prefix.startswith(INSIDE):
            parameters = tuple(sorted(set(pattern.pattern.converters) | converters_of(prefix)))
            inner = tuple(name for name in parameters if name != "organization")
            view = getattr(pattern.callback, "view_class", pattern.callback)
            found.append(Route(pattern.name or f"unnamed {prefix}{pattern.pattern}", inner, view))
    return found


def converters_of(prefix: str) -> set[str]:
    return set(re.findall(r"<(?:\w+:)?(\w+)>", prefix))


def all_patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[URLPattern, str]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield entry, prefix + str(entry.pattern)
        else:
            yield from all_patterns(entry, prefix + str(entry.pattern))


def ids_in(rows: Rows) -> Callable[[str], int]:
    def pick(table: str) -> int:
        return rows[table].pk

    return pick


def nowhere(table: str) -> int:
    return NOWHERE


@dataclass(frozen=True)
class Answer:
    """What came back, without what differs from one request to the next."""

    status: int
    text: str
    location: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.location}".strip()


class Walker:
    """One of the cast at a browser; whatever a request writes is undone before the next.

    But for the note when the session was used: undone too, it would be written with each request.
    """

    NOTED_SECONDS = NOTED_EVERY_SECONDS - 10

    def __init__(self, world: World, who: str) -> None:
        self.world = world
        self.who = who
        self.client = world.client(who)
        self.client.raise_request_exception = True
        self.note_use()

    def note_use(self) -> None:
        self.client.get("/o/meadow/")
        self.noted_at = time.monotonic()
        self.cookies = self.client.cookies.output()

    def ask(self, method: str, address: str, data: Any = None, **extra: Any) -> Answer:
        """The answer; an exception of the program, or a key broken at commit, counts as 500."""
        if time.monotonic() - self.noted_at > self.NOTED_SECONDS:
            self.note_use()
        self.client.cookies = SimpleCookie()
        for line in self.cookies.splitlines():
            self.client.cookies.load(line.removeprefix("Set-Cookie: "))
        send = getattr(self.client, method.lower())
        try:
            with transaction.atomic():
                response = send(address, data, **extra)
                text = body_of(response)
                if method != "GET" and response.status_code < 400:
                    connection.check_constraints()
                transaction.set_rollback(True)
        except Exception as error:
            return Answer(500, f"{type(error).__name__}: {error} at {place_of(error)}")
        return Answer(response.status_code, text, response.headers.get("Location", ""))


#: What the machinery of sessions and limits writes around a request, whoever asks.
BOOKKEEPING = {"django_session", "usersessions_usersession", "cache_entries", "request_counts"}
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)


@contextmanager
def tables_written() -> Iterator[set[str]]:
    """The tables that statements wrote into, as far as the database let them."""
    tables: set[str] = set()

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        found = WRITES.match(str(sql))
        if found and context["cursor"].rowcount != 0:
            tables.add(found[1])
        return done

    with connection.execute_wrapper(note):
        yield tables


def told(faults: list[tuple[str, str]]) -> str:
    """From (place, fault): one line per kind of fault, with its first places."""
    places: dict[str, list[str]] = {}
    for place, fault in faults:
        places.setdefault(fault, []).append(place)
    return "\n".join(
        f"{fault}\n    {len(found)}x: {', '.join(found[:4])}" for fault, found in sorted(places.items())
    )


def place_of(error: BaseException) -> str:
    """The last line of our own that the exception passed, below the tenancy's own."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not any(part in file for part in ("/site-packages/", "/tests/", "/tenancy/", "<")):
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def body_of(response: Any) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")
    return response.content.decode(errors="replace")


def comparable(answer: Answer, *, ids: set[int] = frozenset(), words: tuple[str, ...] = ()) -> Answer:
    """Without tokens, request ids, and the ids and slugs that were asked for."""
    return Answer(answer.status, _neutral(answer.text, ids, words), _neutral(answer.location, ids, words))


def _neutral(text: str, ids: set[int], words: tuple[str, ...]) -> str:
    text = re.sub(r"\b[A-Za-z0-9]{64}\b", "TOKEN", text)
    text = re.sub(r'("request_id":\s*")[0-9a-f]+', r"\1", text)
    text = re.sub(r'"((?:batch_|item_)?id)":\s*\d+', r'"\1":0', text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "MOMENT", text)
    for word in words:
        text = text.replace(word, "WORD")
    numbers = "|".join(str(number) for number in sorted(ids, reverse=True))
    return re.sub(rf"\b(?:{numbers})\b", "ID", text) if numbers else text
