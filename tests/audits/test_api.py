"""Audits, findings and certificates over the API, by the same verbs as the pages."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client

from aims.core.tenancy.context import acting_in
from audits.models import Certificate, Finding
from tests.audits.conftest import Records, plan
from tests.cast import NOW, House, as_member


@pytest.fixture
def auditor(house: House, records: Records) -> Client:
    return as_member(house, "internal_auditor")


def draft(client: Client, house: House, **values: Any) -> Any:
    body = {"title": "Logs", "grade": "minor", "requirement": "9.1", **values}
    return client.post(house.api("findings"), body, content_type="application/json")


def test_a_finding_is_drafted_and_read(auditor: Client, house: House) -> None:
    created = draft(auditor, house)
    listed = auditor.get(house.api("findings?grade=minor"))
    read = auditor.get(house.api(f"findings/{created.json()['id']}"))

    assert created.status_code == 201
    assert created.json()["state"] == "draft"
    assert [row["reference"] for row in listed.json()["results"]] == ["F-001"]
    assert read.json() == created.json()


def test_a_state_cannot_be_set(auditor: Client, house: House) -> None:
    answer = draft(auditor, house, state="closed")

    assert answer.status_code == 400
    with acting_in(house.organization):
        assert Finding.objects.count() == 0


def test_a_record_of_another_organization_is_as_unknown_as_none(
    auditor: Client, house: House, other_house: House
) -> None:
    with acting_in(other_house.organization):
        foreign = plan(other_house).pk

    answers = [draft(auditor, house, audit_id=key) for key in (foreign, 10**9)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["errors"] == answers[1].json()["errors"]
    assert auditor.get(house.api(f"audits/{foreign}")).status_code == 404


def test_staff_and_administrators_read_no_findings(house: House, records: Records) -> None:
    for who in ("staff", "admin"):
        assert as_member(house, who).get(house.api("findings")).status_code == 403


def test_audits_and_the_certification_are_read(auditor: Client, house: House) -> None:
    with acting_in(house.organization):
        plan(house)
        Certificate.objects.create(
            body="Northern",
            state="certified",
            decision_date=datetime.date(2025, 2, 28),
            expiry_date=datetime.date(2028, 2, 28),
            created_at=NOW,
        )

    audits = auditor.get(house.api("audits")).json()["results"]
    certificates = auditor.get(house.api("certificates")).json()["results"]

    assert [row["lead"] for row in audits] == ["Ines Internal"]
    assert {"name": "Expiry", "day": "2028-02-28", "rule": "Three years after the decision date"}.items() <= (
        certificates[0]["dates"][-1].items()
    )
