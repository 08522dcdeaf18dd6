"""Findings from draft to decision; each guard of SM-12 refuses and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Notification
from aims.core.tenancy.context import acting_in
from audits.models import Finding
from audits.services import findings as verbs
from tests.audits.conftest import DAY, TODAY, Records, control_of, plan
from tests.cast import NOW, House, as_member
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("records", "acting")


def draft(house: House, **values: object) -> Finding:
    given = {
        "title": "Logs are kept too short",
        "grade": "minor",
        "requirement": "A.6.2.4",
        "evidence_text": "Log server, 3 May: 90 days",
        "statement": "The policy asks for 180 days",
        "auditee": house.member["control_owner"],
        **values,
    }
    return verbs.draft_finding(actor=house.internal_auditor, now=NOW, **given)  # type: ignore[arg-type]


def raised(house: House, **values: object) -> Finding:
    return verbs.raise_finding(actor=house.internal_auditor, finding=draft(house, **values), now=NOW)


def accepted(house: House, **values: object) -> Finding:
    return verbs.acknowledge(actor=house.control_owner, finding=raised(house, **values), now=NOW)


def refused(act: Callable[[], object], finding: Finding, *, match: str) -> None:
    before = Finding.objects.values().get(pk=finding.pk)
    with pytest.raises(RuleBroken, match=match):
        act()
    assert Finding.objects.values().get(pk=finding.pk) == before


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"grade": ""}, "Choose a grade"),
        ({"requirement": " "}, "Cite the requirement"),
        ({"evidence_text": ""}, "Give the evidence"),
        ({"statement": ""}, "State the failure"),
    ],
)
def test_raising_needs_grade_requirement_evidence_and_statement(
    house: House, values: dict[str, object], match: str
) -> None:
    finding = draft(house, **values)

    refused(
        lambda: verbs.raise_finding(actor=house.internal_auditor, finding=finding, now=NOW),
        finding,
        match=match,
    )


def test_raising_needs_somebody_who_answers(house: House) -> None:
    finding = draft(house, auditee=None)

    refused(
        lambda: verbs.raise_finding(actor=house.lead, finding=finding, now=NOW),
        finding,
        match="Name the auditee",
    )


def test_the_owner_of_the_control_is_the_auditee_unless_another_is_named(house: House) -> None:
    finding = draft(house, auditee=None, control=control_of("A.6.2.4"))

    assert finding.auditee == house.member["control_owner"]


@pytest.mark.parametrize(("grade", "days"), [("major", 30), ("minor", 60), ("ofi", 90)])
def test_the_clock_starts_when_it_is_raised(house: House, grade: str, days: int) -> None:
    finding = raised(house, grade=grade)

    assert finding.due_date == TODAY + days * DAY
    assert Notification.objects.filter(
        member=house.member["control_owner"], text__startswith="F-001 was raised"
    ).exists()


def test_nobody_raises_a_finding_on_what_they_own(house: House) -> None:
    control = control_of("A.6.2.4", owner=house.member["internal_auditor"])
    finding = draft(house, control=control)

    refused(
        lambda: verbs.raise_finding(actor=house.internal_auditor, finding=finding, now=NOW),
        finding,
        match=r"is not independent: owns A\.6\.2\.4",
    )


@pytest.mark.parametrize("who", ["owner", "top", "admin", "staff", "control_owner"])
def test_findings_are_raised_by_auditors_and_the_lead(house: House, who: str) -> None:
    finding = draft(house)
    with pytest.raises(NotAllowed):
        verbs.raise_finding(actor=house.actor(who), finding=finding, now=NOW)


def test_a_raised_finding_keeps_its_wording(house: House) -> None:
    finding = raised(house)

    def edit() -> None:
        verbs.edit_finding(
            actor=house.internal_auditor,
            finding=finding,
            title="x",
            grade="ofi",
            requirement="x",
            evidence_text="",
            statement="",
            system=None,
            control=None,
            auditee=None,
            row_version=1,
        )

    refused(edit, finding, match="keeps its wording")


def test_two_people_do_not_overwrite_a_draft(house: House) -> None:
    finding = draft(house)
    fields = {
        "grade": "ofi",
        "requirement": "9.1",
        "evidence_text": "",
        "statement": "",
        "system": None,
        "control": None,
        "auditee": None,
        "row_version": 1,
    }
    verbs.edit_finding(actor=house.internal_auditor, finding=finding, title="First", **fields)
    with pytest.raises(StaleState):
        verbs.edit_finding(actor=house.internal_auditor, finding=finding, title="Second", **fields)
    assert Finding.objects.get(pk=finding.pk).title == "First"


# Answering


def test_only_the_auditee_answers(house: House) -> None:
    finding = raised(house)
    with pytest.raises(NotAllowed):
        verbs.acknowledge(actor=house.owner, finding=finding, now=NOW)
    with pytest.raises(NotAllowed):
        verbs.acknowledge(actor=house.lead, finding=finding, now=NOW)


def test_a_finding_is_disputed_with_a_reason_within_ten_days(house: House) -> None:
    finding = raised(house)

    def dispute(reason: str, days: int) -> None:
        verbs.dispute(actor=house.control_owner, finding=finding, reason=reason, now=NOW + days * DAY)

    refused(lambda: dispute(" ", 1), finding, match="Give a reason")
    refused(lambda: dispute("Not so", 11), finding, match="within 10 days")
    dispute("Not so", 10)
    assert finding.state == "disputed"
    assert Notification.objects.filter(member=house.member["internal_auditor"], text__contains="disputed")


@pytest.mark.parametrize("act", [verbs.uphold, verbs.withdraw])
def test_the_auditor_decides_a_dispute_with_a_reason(house: House, act: Callable[..., Finding]) -> None:
    finding = raised(house)
    verbs.dispute(actor=house.control_owner, finding=finding, reason="Not so", now=NOW)

    refused(
        lambda: act(actor=house.internal_auditor, finding=finding, reason="", now=NOW),
        finding,
        match="Give a reason",
    )


def test_a_grade_that_the_history_does_not_know_is_not_withdrawn(house: House) -> None:
    finding = raised(house)
    verbs.dispute(actor=house.control_owner, finding=finding, reason="Not so", now=NOW)
    finding.grade = "major"  # never saved, so the history has only the minor one

    refused(
        lambda: verbs.withdraw(actor=house.internal_auditor, finding=finding, reason="Error", now=NOW),
        finding,
        match="does not show this grade",
    )
    finding.grade = "minor"
    verbs.withdraw(actor=house.internal_auditor, finding=finding, reason="Error", now=NOW)
    assert finding.state == "withdrawn"


# Correction and decision


def test_corrective_action_is_for_nonconformities(house: House) -> None:
    finding = accepted(house, grade="ofi")

    refused(
        lambda: verbs.open_case(actor=house.lead, finding=finding, now=NOW),
        finding,
        match="Only a nonconformity",
    )


def test_opening_the_case_tells_auditee_and_lead_by_when(house: House) -> None:
    finding = accepted(house)

    verbs.open_case(actor=house.control_owner, finding=finding, now=NOW)

    assert finding.state == "in_correction"
    told = Notification.objects.filter(text__startswith="Corrective action for F-001 begins")
    assert {row.member.name for row in told} == {"Carl Control", "Lena Lead"}


def test_a_nonconformity_is_not_closed_without_its_correction(house: House) -> None:
    finding = accepted(house)
    verbs.open_case(actor=house.lead, finding=finding, now=NOW)

    refused(
        lambda: verbs.close_finding(actor=house.internal_auditor, finding=finding, now=NOW),
        finding,
        match="No corrective action record",
    )


def test_a_nonconformity_is_not_decided_away(house: House) -> None:
    finding = accepted(house)

    refused(
        lambda: verbs.close_ofi(actor=house.lead, finding=finding, do=False, reason="No", now=NOW),
        finding,
        match="Only an observation or opportunity",
    )


def test_an_improvement_is_decided_with_a_reason(house: House) -> None:
    finding = accepted(house, grade="ofi")

    refused(
        lambda: verbs.close_ofi(actor=house.lead, finding=finding, do=True, reason="", now=NOW),
        finding,
        match="Give a reason",
    )
    verbs.close_ofi(actor=house.lead, finding=finding, do=True, reason="Cheap to do", now=NOW)
    assert (finding.state, finding.decision) == ("closed", "Do: Cheap to do")
    assert Notification.objects.filter(
        member=house.member["control_owner"], text="Improvement decided on F-001: Cheap to do"
    ).exists()


def test_a_decision_is_one_of_two(house: House) -> None:
    from aims.core import transitions
    from audits import rules

    finding = accepted(house, grade="observation")

    refused(
        lambda: transitions.move(
            rules.FINDING,
            finding,
            "close_ofi",
            actor=house.lead,
            now=NOW,
            given={"decision": "perhaps", "reason": "x"},
        ),
        finding,
        match="Decide: do it",
    )


# Register


def test_praise_is_not_open(house: House) -> None:
    raised(house, grade="good_practice", auditee=None)
    raised(house)
    draft(house)

    assert [finding.grade for finding in Finding.objects.open()] == ["minor"]
    assert Finding.objects.overdue(on=TODAY + 61 * DAY).count() == 1
    assert Finding.objects.overdue(on=TODAY + 60 * DAY).count() == 0


def test_the_register_asks_the_same_number_of_queries_for_1_and_30(house: House, records: Records) -> None:
    client = as_member(house, "lead")
    audit = plan(house)

    raised(house, audit=audit, system=records.inside)
    with count_queries() as few:
        assert client.get(house.url("findings/")).status_code == 200
    for _ in range(29):
        raised(house, audit=audit, system=records.inside)
    with count_queries() as many:
        page = client.get(house.url("findings/"))

    assert len(page.context["rows"]) == 30
    assert len(few) == len(many), (few, many)


def test_the_page_of_a_system_asks_the_same_number_of_queries_for_1_and_30_findings(
    house: House, records: Records
) -> None:
    client, audit = as_member(house, "lead"), plan(house)
    page = house.url(f"systems/{records.inside.pk}/")

    raised(house, audit=audit, system=records.inside)
    with count_queries() as few:
        assert client.get(page).status_code == 200
    for _ in range(29):
        raised(house, audit=audit, system=records.inside)
    with count_queries() as many:
        assert client.get(page).status_code == 200

    assert len(few) == len(many) == 20, (few, many)


def test_a_finding_goes_from_draft_to_decision_on_the_pages(house: House) -> None:
    auditor = as_member(house, "internal_auditor")
    fields = {
        "title": "Better words",
        "grade": "ofi",
        "requirement": "9.1",
        "statement": "Could be clearer",
        "auditee": house.member["control_owner"].pk,
    }
    auditor.post(house.url("findings/new/"), fields)
    finding = Finding.objects.get()
    path = house.url(f"findings/{finding.pk}/")
    assert auditor.post(f"{path}raise/").status_code == 302
    assert as_member(house, "control_owner").post(f"{path}acknowledge/").status_code == 302
    lead = as_member(house, "lead")
    assert lead.post(f"{path}decide/", {"decision": "decline", "reason": ""}).status_code == 422
    lead.post(f"{path}decide/", {"decision": "decline", "reason": "Too costly"})

    finding.refresh_from_db()
    assert (finding.state, finding.decision) == ("closed", "Decline: Too costly")
    assert "Decline: Too costly" in lead.get(path).text


def test_the_stat_on_the_start_page_counts_what_its_link_opens(house: House) -> None:
    raised(house)
    draft(house)
    client = as_member(house, "lead")

    home = client.get(house.url())
    stat = next(each for each in home.context["stats"] if each["label"] == "Open findings")

    assert stat["value"] == 1
    assert len(client.get(stat["url"]).context["rows"]) == 1


def test_the_auditee_finds_it_on_their_list(house: House) -> None:
    from audits.places import work

    raised(house)

    mine = list(work(house.control_owner, TODAY))
    assert [(item.action, item.due) for item in mine] == [("Acknowledge or dispute", TODAY + 60 * DAY)]
    assert list(work(house.owner, TODAY)) == []


def test_another_organization_has_none_of_it(house: House, other_house: House) -> None:
    finding = raised(house)

    stranger = as_member(other_house, "lead")
    assert stranger.get(other_house.url(f"findings/{finding.pk}/")).status_code == 404
    with acting_in(other_house.organization):
        assert Finding.objects.count() == 0
