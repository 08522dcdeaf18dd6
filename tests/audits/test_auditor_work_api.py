"""Samples, notes and finding drafts of an external auditor over the API, by the same verbs as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aims.core.tenancy.context import acting_in
from audits.models import AuditRequest, Engagement, Finding, RequestProof
from audits.services import requests
from tests.audits.conftest import Records, auditor_client
from tests.cast import NOW, House, as_member
from tests.core.test_api import bearer, make_key

SENTINEL = "zq-private-sentinel"


@pytest.fixture
def auditor(engagement: Engagement) -> Client:
    return auditor_client(engagement)


def send(client: Client, address: str, body: Any = None, *, method: str = "post", **extra: Any) -> Any:
    return getattr(client, method)(address, body or {}, content_type="application/json", **extra)


def test_a_sample_is_drawn_read_by_both_sides_and_a_member_replaced(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    body = {
        "engagement_id": engagement.pk,
        "title": "Evidence",
        "population": "evidence",
        "method": "judgement",
        "chosen": ["EV-001"],
        "rationale": "The newest",
    }
    made = send(auditor, house.api("samples"), body)
    where = f"samples/{made.json()['id']}"
    item = auditor.get(house.api(f"{where}/items")).json()[0]
    replaced = send(
        auditor,
        house.api(f"{where}/replace"),
        {"item_id": item["id"], "key": "EV-003", "reason": "Withdrawn since"},
    )
    seen = as_member(house, "lead").get(house.api(f"{where}/items")).json()

    assert (made.status_code, replaced.status_code) == (201, 201)
    assert (made.json()["reference"], made.json()["population_count"], made.json()["size"]) == ("SA-01", 2, 1)
    assert [(each["key"], each["replaces_id"], each["reason"]) for each in seen] == [
        ("EV-001", None, ""),
        ("EV-003", item["id"], "Withdrawn since"),
    ]


def test_nobody_inside_and_no_key_draws_notes_or_drafts(house: House, engagement: Engagement) -> None:
    key = bearer(make_key(house, "audits:read", "audits:write", "findings:write"))
    bodies = {
        "samples": {"title": "All", "population": "systems", "method": "all"},
        "auditor-notes": {"text": "Seen"},
        "external-findings": {"title": "x", "grade": "minor", "requirement": "9.1", "statement": "x"},
    }
    for path, body in bodies.items():
        given = {"engagement_id": engagement.pk, **body}
        assert send(as_member(house, "lead"), house.api(path), given).status_code == 403
        assert send(Client(), house.api(path), given, headers=key).status_code == 403
        assert as_member(house, "lead").get(house.api(path)).json()["results"] == []


def test_a_note_is_the_auditors_until_shared_and_stays_from_then_on(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    made = send(auditor, house.api("auditor-notes"), {"engagement_id": engagement.pk, "text": "First"}).json()
    where = house.api(f"auditor-notes/{made['id']}")
    changed = send(auditor, where, {"text": SENTINEL}, method="patch")
    lead = as_member(house, "lead")
    before = lead.get(house.api("auditor-notes")).text
    shared = send(auditor, f"{where}/share")
    after = lead.get(house.api("auditor-notes")).json()["results"]
    again = send(auditor, where, {"text": "Other"}, method="patch")

    assert (changed.status_code, changed.json()["text"]) == (200, SENTINEL)
    assert SENTINEL not in before
    assert (shared.status_code, shared.json()["shared_at"] is not None) == (200, True)
    assert [each["text"] for each in after] == [SENTINEL]
    assert again.status_code == 409


def test_a_draft_is_issued_and_taken_over_once(house: House, engagement: Engagement, auditor: Client) -> None:
    body = {"title": "No log", "grade": "minor", "requirement": "9.1", "statement": SENTINEL}
    made = send(auditor, house.api("external-findings"), {"engagement_id": engagement.pk, **body}).json()
    where = house.api(f"external-findings/{made['id']}")
    changed = send(auditor, where, {"grade": "ofi"}, method="patch").json()
    lead = as_member(house, "lead")
    hidden = lead.get(where)
    issued = send(auditor, f"{where}/issue")
    by_auditor = send(auditor, f"{where}/take-over")
    taken = send(lead, f"{where}/take-over")
    again = send(lead, f"{where}/take-over")

    assert (changed["grade"], changed["title"], changed["statement"]) == ("ofi", "No log", SENTINEL)
    assert hidden.status_code == 404
    assert (issued.status_code, issued.json()["state"]) == (200, "issued")
    assert (by_auditor.status_code, taken.status_code, again.status_code) == (403, 201, 409)
    with acting_in(house.organization):
        finding = Finding.objects.get()
        assert (finding.pk, finding.title, finding.grade) == (taken.json()["finding_id"], "No log", "ofi")


def test_confidential_evidence_is_released_by_the_lead_and_by_no_key(
    house: House, engagement: Engagement, records: Records, auditor: Client
) -> None:
    with acting_in(house.organization):
        request = requests.add_request(actor=house.lead, engagement=engagement, title="Minutes", now=NOW)
    where, secret = house.api(f"requests/{request.pk}"), records.evidence["secret"].pk
    body = {"evidence_id": secret, "shows_confidential": True}
    key = bearer(make_key(house, "audits:read", "audits:write"))

    by_key = send(Client(), f"{where}/evidence", body, headers=key)
    with acting_in(house.organization):
        untouched = not RequestProof.objects.exists()
    lead = as_member(house, "lead")
    linked = send(lead, f"{where}/evidence", body)
    before = auditor.get(house.api(f"evidence/{secret}")).status_code
    send(lead, f"{where}/submit")

    assert (by_key.status_code, untouched) == (400, True)
    assert (linked.status_code, linked.json()["shows_confidential"]) == (201, True)
    assert (before, auditor.get(house.api(f"evidence/{secret}")).status_code) == (404, 200)
    with acting_in(house.organization):
        assert AuditRequest.objects.get().state == "submitted"
