"""Requests of an external audit over the API: the organization with a key, the auditor with their session."""

from __future__ import annotations

import pytest
from django.test import Client

from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from audits.models import AuditRequest, Engagement, RequestProof
from tests.audits.conftest import Records, auditor_client
from tests.cast import House
from tests.core.test_api import bearer, make_key


@pytest.fixture
def auditor(engagement: Engagement) -> Client:
    return auditor_client(engagement)


def test_a_request_is_written_and_answered_with_a_key_and_the_auditor_sees_the_evidence_once_submitted(
    house: House, engagement: Engagement, records: Records, auditor: Client
) -> None:
    key = bearer(make_key(house, "audits:read", "audits:write"))
    proof = records.evidence["outside"].pk  # not in the scope of the access before it is handed in

    made = auditor.post(
        house.api("requests"),
        {"engagement_id": engagement.pk, "title": "Minutes", "requirements": ["9.1"]},
        content_type="application/json",
        headers=key,
    )
    where = f"requests/{made.json()['id']}"
    linked = auditor.post(
        house.api(f"{where}/evidence"),
        {"evidence_id": proof},
        content_type="application/json",
        headers=key,
    )
    before = (
        auditor.get(house.api(f"{where}/evidence")).json(),
        auditor.get(house.api(f"evidence/{proof}")).status_code,
    )
    submitted = auditor.post(house.api(f"{where}/submit"), headers=key)
    seen = auditor.get(house.api(where)).json()
    proofs = auditor.get(house.api(f"{where}/evidence")).json()
    opened = auditor.get(house.api(f"evidence/{proof}"))

    assert (made.status_code, linked.status_code, submitted.status_code) == (201, 201, 200)
    assert before == ([], 404)
    assert (seen["reference"], seen["state"], seen["raised_by_auditor"]) == ("RQ-O01", "submitted", False)
    assert [each["evidence_id"] for each in proofs] == [proof]
    assert (opened.status_code, opened.json()["title"]) == (200, "Report outside")
    with acting_in(house.organization):
        lines = TrailEvent.objects.filter(object_type="audits.auditrequest").order_by("id")
        assert [line.action for line in lines] == [
            "auditrequest.added",
            "auditrequest.proof_linked",
            "auditrequest.submit",
        ]
        assert {line.actor.split(":")[0] for line in lines} == {"key"}


def test_the_auditor_decides_over_the_api_and_a_key_cannot(
    house: House, engagement: Engagement, records: Records, auditor: Client
) -> None:
    key = bearer(make_key(house, "audits:read", "audits:write"))
    where = f"requests/{_submitted(house, engagement, records, auditor)}"

    by_key = auditor.post(house.api(f"{where}/accept"), headers=key)
    with acting_in(house.organization):
        untouched = AuditRequest.objects.get().state
    flagged = auditor.post(
        house.api(f"{where}/flag"), {"reason": "Of the wrong year"}, content_type="application/json"
    )

    assert (by_key.status_code, untouched) == (403, "submitted")
    assert (flagged.status_code, flagged.json()["state"], flagged.json()["reason"]) == (
        200,
        "needs_revision",
        "Of the wrong year",
    )


def test_a_key_that_only_reads_writes_no_request(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    answer = Client().post(
        house.api("requests"),
        {"engagement_id": engagement.pk, "title": "Minutes"},
        content_type="application/json",
        headers=bearer(make_key(house, "audits:read")),
    )

    assert answer.status_code == 403
    with acting_in(house.organization):
        assert not AuditRequest.objects.exists()


def test_the_auditor_links_no_evidence_and_submits_nothing(
    house: House, engagement: Engagement, records: Records, auditor: Client
) -> None:
    made = auditor.post(
        house.api("requests"),
        {"engagement_id": engagement.pk, "title": "Minutes"},
        content_type="application/json",
    )
    where = f"requests/{made.json()['id']}"

    linked = auditor.post(
        house.api(f"{where}/evidence"),
        {"evidence_id": records.evidence["inside"].pk},
        content_type="application/json",
    )
    submitted = auditor.post(house.api(f"{where}/submit"))

    assert (made.status_code, linked.status_code, submitted.status_code) == (201, 403, 403)
    with acting_in(house.organization):
        assert AuditRequest.objects.get().state == "open"
        assert not RequestProof.objects.exists()


def _submitted(house: House, engagement: Engagement, records: Records, auditor: Client) -> int:
    key = bearer(make_key(house, "audits:read", "audits:write"))
    made: int = auditor.post(
        house.api("requests"),
        {"engagement_id": engagement.pk, "title": "Minutes"},
        content_type="application/json",
        headers=key,
    ).json()["id"]
    auditor.post(
        house.api(f"requests/{made}/evidence"),
        {"evidence_id": records.evidence["inside"].pk},
        content_type="application/json",
        headers=key,
    )
    auditor.post(house.api(f"requests/{made}/submit"), headers=key)
    return made
