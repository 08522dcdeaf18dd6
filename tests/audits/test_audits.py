"""Internal audits: plan, independence, fieldwork, report; each guard refuses and changes nothing."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Notification, Snapshot
from aims.core.tenancy.context import acting_in
from audits.models import Audit, AuditTeamMember, Finding
from audits.services import audits as verbs
from audits.services import findings
from controls import library
from tests.audits.conftest import CRITERIA, DAY, TODAY, Records, audit_in, check_all, control_of, plan
from tests.cast import NOW, House, as_member
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("records", "acting")


def refused(act: Callable[[], object], audit: Audit, *, match: str) -> RuleBroken:
    """The act raises RuleBroken with these words, and the audit stays as it was."""
    before = Audit.objects.values().get(pk=audit.pk)
    with pytest.raises(RuleBroken, match=match) as caught:
        act()
    assert Audit.objects.values().get(pk=audit.pk) == before
    return caught.value


# Plan


def test_the_checklist_comes_from_the_library(house: House) -> None:
    audit = plan(house)

    questions = [question.text for question in library.clause("9.1").checklist]
    questions += [question.text for question in library.control("A.6.2.4").audit_questions]
    assert list(audit.items.values_list("question", flat=True)) == questions
    assert audit.reference == "AU-001"


def test_criteria_are_clauses_and_controls(house: House) -> None:
    with pytest.raises(RuleBroken, match=r"Not a clause or control: A\.99"):
        plan(house, criteria=["A.99"])
    assert Audit.objects.count() == 0


def test_changing_the_criteria_keeps_the_questions_that_stay(house: House) -> None:
    audit = plan(house)
    kept = set(audit.items.filter(requirement="9.1").values_list("pk", flat=True))

    verbs.change_plan(
        actor=house.internal_auditor,
        audit=audit,
        title=audit.title,
        objectives="x",
        scope="x",
        start_date=audit.start_date,
        end_date=audit.end_date,
        criteria=["9.1", "10.2"],
        systems=[],
        now=NOW,
    )

    assert kept <= set(audit.items.values_list("pk", flat=True))
    assert set(audit.items.values_list("requirement", flat=True)) == {"9.1", "10.2"}


@pytest.mark.parametrize("who", ["lead", "owner", "top", "admin", "staff", "control_owner"])
def test_only_an_internal_auditor_plans(house: House, who: str) -> None:
    with pytest.raises(NotAllowed):
        verbs.plan_audit(actor=house.actor(who), title="x", criteria=CRITERIA, now=NOW)


# Independence


def refuse_team(house: House, **values: object) -> str:
    with pytest.raises(RuleBroken) as refusal:
        plan(house, **values)
    assert refusal.value.code == "SOD-02"
    assert Audit.objects.count() == AuditTeamMember.objects.count() == 0
    return str(refusal.value)


def test_an_auditor_who_owns_a_control_is_refused_by_name(house: House) -> None:
    control_of("A.6.2.4", owner=house.member["internal_auditor"])

    assert "owns A.6.2.4" in refuse_team(house)
    assert plan(house, criteria=["9.1"]).team.count() == 1


def test_an_auditor_who_owns_a_system_is_refused(house: House, records: Records) -> None:
    records.outside.owner = house.member["internal_auditor"]
    records.outside.save()

    assert "owns SYS-002 Billing assistant" in refuse_team(house, criteria=["8.1"])
    assert plan(house, criteria=["8.1"], systems=[records.inside]).team.count() == 1


def test_an_auditor_who_wrote_a_risk_within_twelve_months_is_refused(house: House) -> None:
    from risk.models import Risk

    Risk.objects.filter(reference="R-001").update(author=house.member["internal_auditor"])
    assert "wrote R-001 Risk 1" in refuse_team(house, criteria=["6.1.2"])

    Risk.objects.filter(reference="R-001").update(identified_at=NOW - 400 * DAY)
    assert plan(house, criteria=["6.1.2"]).team.count() == 1


def test_an_auditor_who_approved_the_soa_is_refused(house: House, records: Records) -> None:
    assert records.soa is not None
    records.soa.approved_by = house.member["internal_auditor"]
    records.soa.save()

    assert "approved Statement of Applicability v1" in refuse_team(house, criteria=["6.1.3"])


def test_an_auditor_who_handed_in_evidence_is_refused(house: House, records: Records) -> None:
    item = records.evidence["control"]
    item.submitted_by = house.member["internal_auditor"]
    item.save()

    assert f"submitted {item}" in refuse_team(house)


def test_recorded_work_counts_and_verification_does_not(house: House) -> None:
    from aims.core import trail

    control = control_of("A.6.2.4")
    trail.record(house.internal_auditor, "control.verify", control)
    assert plan(house).team.count() == 1
    Audit.objects.all()

    AuditTeamMember.objects.all().delete()
    trail.record(house.internal_auditor, "control.edited", control)
    audit = plan(house, lead=None)
    with pytest.raises(RuleBroken, match=r"worked on A\.6\.2\.4"):
        verbs.assign_auditor(
            actor=house.internal_auditor, audit=audit, member=house.member["internal_auditor"], now=NOW
        )


def test_only_an_internal_auditor_joins_the_team(house: House) -> None:
    audit = plan(house)
    with pytest.raises(RuleBroken, match="does not have the role"):
        verbs.assign_auditor(actor=house.internal_auditor, audit=audit, member=house.member["staff"], now=NOW)


def test_a_new_tie_is_found_when_the_audit_is_scheduled(house: House) -> None:
    audit = plan(house)
    verbs.declare_independence(actor=house.internal_auditor, audit=audit, now=NOW)
    control_of("A.6.2.4", owner=house.member["internal_auditor"])

    refused(
        lambda: verbs.schedule(actor=house.internal_auditor, audit=audit, now=NOW),
        audit,
        match="is not independent",
    )


# SM-11: one refusal for each guard


def test_scheduling_needs_the_whole_plan(house: House) -> None:
    audit = plan(house, objectives="", scope="", start_date=None, end_date=None, lead=None)

    refusal = refused(
        lambda: verbs.schedule(actor=house.internal_auditor, audit=audit, now=NOW),
        audit,
        match="The plan still needs the objectives, the scope, the first and last day, the team",
    )
    assert refusal.field == "objectives"


def test_scheduling_needs_every_declaration(house: House) -> None:
    audit = plan(house)

    refused(
        lambda: verbs.schedule(actor=house.internal_auditor, audit=audit, now=NOW),
        audit,
        match="Ines Internal has not declared",
    )


def test_cancelling_needs_a_reason(house: House) -> None:
    audit = plan(house)

    refused(
        lambda: verbs.cancel(actor=house.top, audit=audit, reason=" ", now=NOW), audit, match="Give a reason"
    )


def test_fieldwork_ends_when_every_question_has_result_and_evidence(house: House) -> None:
    audit = audit_in(house, "in_progress")
    total = audit.items.count()

    def end() -> None:
        verbs.end_fieldwork(actor=house.internal_auditor, audit=audit, now=NOW)

    refused(end, audit, match=f"{total} of {total} questions have no result")
    check_all(house, audit)
    bare = audit.items.first()
    assert bare is not None
    verbs.record_result(actor=house.internal_auditor, item=bare, result="conforming", now=NOW)
    refused(end, audit, match=f"1 of {total} questions")


def issue(house: House, audit: Audit, **values: object) -> Audit:
    given = {"conclusion": "Met", "effectiveness": "Works", "signed": True, **values}
    return verbs.issue_report(actor=house.internal_auditor, audit=audit, now=NOW, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"signed": False}, "Confirm that you sign"),
        ({"conclusion": ""}, "conclusion on conformity"),
        ({"effectiveness": " "}, "conclusion on effectiveness"),
    ],
)
def test_a_report_is_signed_and_concludes(house: House, values: dict[str, object], match: str) -> None:
    audit = audit_in(house, "reporting")

    refused(lambda: issue(house, audit, **values), audit, match=match)
    assert not Snapshot.objects.filter(object_id=audit.pk, version=2).exists()


def test_only_the_lead_auditor_signs(house: House) -> None:
    audit = audit_in(house, "reporting")
    Audit.objects.filter(pk=audit.pk).update(lead=house.member["staff"])
    audit.refresh_from_db()

    refused(lambda: issue(house, audit), audit, match="The lead auditor signs")


def write(house: House, audit: Audit, grade: str = "minor", **values: object) -> Finding:
    given = {
        "title": "Logs are kept too short",
        "grade": grade,
        "requirement": "A.6.2.4",
        "evidence_text": "Log server, 3 May: 90 days",
        "statement": "The policy asks for 180 days",
        "auditee": house.member["control_owner"],
        **values,
    }
    return findings.draft_finding(actor=house.internal_auditor, audit=audit, now=NOW, **given)  # type: ignore[arg-type]


def test_the_report_is_frozen_and_raises_its_findings(house: House) -> None:
    audit = audit_in(house, "reporting")
    finding = write(house, audit)

    issue(house, audit)

    finding.refresh_from_db()
    assert finding.state == "raised"
    assert audit.snapshot is not None
    content = audit.snapshot.content
    assert content["conclusion"] == "Met"
    assert [row["reference"] for row in content["findings"]] == [finding.reference]
    assert len(content["results"]) == audit.items.count()
    told = Notification.objects.filter(text__startswith=f"The report of audit {audit.reference}")
    assert {row.member.name for row in told} >= {"Lena Lead", "Tara Top", "Carl Control"}


def test_an_unsound_finding_keeps_the_report_back(house: House) -> None:
    audit = audit_in(house, "reporting")
    finding = write(house, audit, evidence_text="")

    refused(lambda: issue(house, audit), audit, match="Give the evidence")
    finding.refresh_from_db()
    assert finding.state == "draft"


def test_follow_up_needs_open_findings(house: House) -> None:
    audit = issue(house, audit_in(house, "reporting"))

    refused(
        lambda: verbs.start_follow_up(actor=house.internal_auditor, audit=audit, now=NOW),
        audit,
        match="No finding is open",
    )
    verbs.close(actor=house.internal_auditor, audit=audit, now=NOW)
    assert audit.state == "closed"


def test_an_audit_with_open_findings_is_not_closed(house: House) -> None:
    audit = audit_in(house, "reporting")
    write(house, audit)
    issue(house, audit)

    refused(
        lambda: verbs.close(actor=house.internal_auditor, audit=audit, now=NOW),
        audit,
        match="Still open: F-001",
    )


def test_a_followed_up_audit_closes_when_nonconformities_moved_to_the_next(house: House) -> None:
    audit = audit_in(house, "reporting")
    finding = write(house, audit)
    issue(house, audit)
    verbs.start_follow_up(actor=house.internal_auditor, audit=audit, now=NOW)

    def close() -> None:
        verbs.close(actor=house.internal_auditor, audit=audit, now=NOW)

    refused(close, audit, match="Still open: F-001")
    following = plan(house, title="Next year")
    with pytest.raises(RuleBroken, match="Give the reason"):
        findings.carry_over(actor=house.internal_auditor, finding=finding, to=following, reason="")
    with pytest.raises(RuleBroken, match="Choose another audit"):
        findings.carry_over(actor=house.internal_auditor, finding=finding, to=audit, reason="x")
    findings.carry_over(actor=house.internal_auditor, finding=finding, to=following, reason="Verified then")
    close()

    assert audit.state == "closed"


def test_the_population_is_frozen_at_the_opening(house: House, records: Records) -> None:
    audit = audit_in(house, "in_progress")

    frozen = Snapshot.objects.get(kind="audits.audit", object_id=audit.pk, version=1).content
    assert {row["reference"] for row in frozen["systems"]} == {"SYS-001", "SYS-002"}


def test_a_cancelled_audit_says_what_is_left_uncovered(house: House) -> None:
    plan(house, criteria=["9.1"])
    audit = plan(house, criteria=["9.1", "10.2"])

    verbs.cancel(actor=house.top, audit=audit, reason="Auditor left", now=NOW)

    told = Notification.objects.get(member=house.member["lead"], dedupe__contains="cancelled")
    assert told.text == "Audit AU-002 was cancelled. Left without an audit: 10.2."


# Fieldwork


def test_results_are_recorded_by_the_team_during_fieldwork(house: House) -> None:
    audit = audit_in(house, "scheduled")
    item = audit.items.first()
    assert item is not None
    with pytest.raises(RuleBroken, match="during fieldwork"):
        verbs.record_result(actor=house.internal_auditor, item=item, result="minor", now=NOW)
    with pytest.raises(NotAllowed):
        verbs.record_result(actor=house.lead, item=item, result="minor", now=NOW)
    item.refresh_from_db()
    assert item.result == "not_tested"


def test_two_auditors_at_the_same_question_do_not_overwrite_each_other(house: House) -> None:
    item = audit_in(house, "in_progress").items.first()
    assert item is not None
    actor = house.internal_auditor
    verbs.record_result(actor=actor, item=item, result="minor", notes="First", row_version=1, now=NOW)

    with pytest.raises(StaleState):
        verbs.record_result(actor=actor, item=item, result="major", notes="Second", row_version=1, now=NOW)
    item.refresh_from_db()
    assert (item.result, item.notes, item.row_version) == ("minor", "First", 2)


def test_the_daily_round_starts_the_follow_up(house: House) -> None:
    from audits.services.programme import daily_round

    audit = audit_in(house, "reporting")
    write(house, audit)
    issue(house, audit)

    daily_round(house.system, TODAY)
    daily_round(house.system, TODAY)

    audit.refresh_from_db()
    assert audit.state == "follow_up"


# Pages


def post(house: House, who: str, path: str, data: dict[str, object] | None = None) -> object:
    return as_member(house, who).post(house.url(path), data or {})


def test_an_audit_goes_from_plan_to_report_on_the_pages(house: House) -> None:
    auditor = as_member(house, "internal_auditor")
    fields = {
        "title": "Monitoring",
        "objectives": "Find out",
        "scope": "All",
        "criteria": ["9.1"],
        "start_date": str(TODAY),
        "end_date": str(TODAY + DAY),
    }
    auditor.post(house.url("audits/new/"), fields)
    audit = Audit.objects.get()
    path = f"audits/{audit.pk}/"
    auditor.post(house.url(f"{path}team/"), {"member": house.member["internal_auditor"].pk, "as_lead": "on"})
    for step in ("independence", "schedule", "open"):
        assert auditor.post(house.url(f"{path}{step}/")).status_code == 302
    for item in audit.items.all():
        saved = auditor.post(
            house.url(f"{path}fieldwork/{item.pk}/"),
            {"result": "conforming", "notes": "Seen", "row_version": item.row_version},
        )
        assert saved.status_code == 302
    auditor.post(house.url(f"{path}end-fieldwork/"))
    unsigned = auditor.post(house.url(f"{path}report/"), {"conclusion": "Met", "effectiveness": "Works"})
    auditor.post(house.url(f"{path}report/"), {"conclusion": "Met", "effectiveness": "Works", "signed": "on"})

    audit.refresh_from_db()
    assert unsigned.status_code == 422
    assert audit.state == "report_issued"
    page = auditor.get(house.url(path))
    assert "SHA-256 of the frozen report" in page.text


def test_saving_by_script_answers_with_the_saved_row(house: House) -> None:
    audit = audit_in(house, "in_progress")
    item = audit.items.first()
    assert item is not None

    answer = as_member(house, "internal_auditor").post(
        house.url(f"audits/{audit.pk}/fieldwork/{item.pk}/"),
        {"result": "ofi", "notes": "x", "row_version": 1},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 200
    assert "Saved" in answer.text
    assert 'value="2"' in answer.text


def test_the_register_asks_the_same_number_of_queries_for_1_and_30(house: House) -> None:
    client = as_member(house, "lead")

    plan(house)
    with count_queries() as few:
        assert client.get(house.url("audits/")).status_code == 200
    for number in range(29):
        plan(house, title=f"Audit {number}", criteria=["9.1"])
    with count_queries() as many:
        page = client.get(house.url("audits/"))

    assert len(page.context["rows"]) == 30
    assert len(few) == len(many), (few, many)


def test_another_organization_has_none_of_it(house: House, other_house: House) -> None:
    audit = plan(house)
    with acting_in(other_house.organization):
        assert Audit.objects.count() == 0

    stranger = as_member(other_house, "internal_auditor")
    assert stranger.get(other_house.url(f"audits/{audit.pk}/")).status_code == 404
    assert stranger.get(house.url(f"audits/{audit.pk}/")).status_code == 404


def test_dates_of_a_plan_are_in_order(house: House) -> None:
    with pytest.raises(RuleBroken, match="ends after it starts"):
        plan(house, start_date=TODAY, end_date=TODAY - datetime.timedelta(days=1))
