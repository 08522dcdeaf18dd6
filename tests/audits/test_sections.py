"""What audits print into a pack, today and as of a past day."""

from __future__ import annotations

import datetime

import pytest

from aims.core.documents import Section
from aims.core.history import day_looked_back_to
from audits.sections import sections
from audits.services import audits as verbs
from audits.services import findings
from tests.audits.conftest import DAY, Records, audit_in
from tests.audits.test_certification import certified
from tests.cast import NOW, House, in_days

pytestmark = pytest.mark.usefixtures("acting")


def by_key(day: datetime.date) -> dict[str, Section]:
    with day_looked_back_to(day):
        return {section.key: section for section in sections(day)}


def test_an_empty_organization_says_what_is_missing() -> None:
    found = by_key(in_days(0))

    assert found["audits"].gaps == (
        "No internal audit is planned yet",
        "No internal audit report was issued by this date",
    )
    assert all(found[key].gaps for key in ("management-review", "corrective-action", "certification"))


def test_the_report_findings_and_cycle_are_printed(house: House, records: Records) -> None:
    audit = audit_in(house, "reporting")
    findings.draft_finding(
        actor=house.internal_auditor,
        audit=audit,
        title="Logs",
        grade="minor",
        requirement="A.6.2.4",
        evidence_text="Seen",
        statement="Too short",
        auditee=house.member["control_owner"],
        now=NOW,
    )
    verbs.issue_report(
        actor=house.internal_auditor,
        audit=audit,
        conclusion="Met",
        effectiveness="Works",
        signed=True,
        now=NOW,
    )
    certified()

    found = by_key(in_days(0))

    data = {name: block.as_json() for name, block in found["audits"].data.items()}
    assert data["report"]["facts"]["Conclusion on conformity"] == "Met"
    assert [row["Finding"] for row in data["findings"]["rows"]] == ["F-001"]
    assert found["audits"].gaps == ()
    assert len(found["certification"].data["dates"].rows) == 7
    assert [row[3] for row in found["separation-of-duties"].data["checks"].rows] == [0] * 6


def test_a_past_day_shows_nothing_that_came_later(house: House, records: Records) -> None:
    audit_in(house, "planned")

    found = by_key(in_days(0) - 30 * DAY)

    assert found["audits"].data["programme"].rows == []


def test_somebody_on_both_sides_is_named(house: House, records: Records) -> None:
    assert records.soa is not None
    records.soa.approved_by = records.soa.author
    records.soa.approved_at = NOW - 400 * DAY
    records.soa.save()

    checks = by_key(in_days(0))["separation-of-duties"].data["checks"].rows

    assert [row[3] for row in checks if row[3]] == [1]
    assert checks[0][4] == ["Statement of Applicability v1"]
