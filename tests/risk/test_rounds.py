"""What time does: acceptances end, risks open again, assessments fall due, people are reminded once."""

from __future__ import annotations

import datetime

from django.db import connection

from aims.core.history import day_looked_back_to
from aims.core.models import Member, Notification
from aims.core.services.handing_over import holdings
from aims.core.tenancy.context import acting_as
from risk import places, reminders, rounds, sections
from risk.models import ImpactAssessment, Risk, RiskApproval
from risk.services import approvals, assessments, treatment
from tests.cast import TODAY, House, as_member, in_days
from tests.inventory.auditors import as_auditor, auditor_of, grant_for
from tests.risk.conftest import FULL, HIGH, LOW, Ward, in_months, make_system
from tests.risk.test_guards import approved, submitted

DAY = datetime.timedelta(days=1)
#: On this day both the tests' clock and the database's, which dates row history, have passed.
LATER = max(TODAY, in_days(0))


def rules_on(day: datetime.date) -> list[tuple[str, int | None]]:
    return [(due.rule, due.step) for due in reminders.due(day)]


def test_an_acceptance_ends_on_its_day_and_not_before(ward: Ward) -> None:
    risk = ward.accepted()

    rounds.daily_round(ward.house.system, in_months(6) - DAY)
    assert Risk.objects.get(pk=risk.pk).state == "accepted"
    rounds.daily_round(ward.house.system, in_months(6))
    rounds.daily_round(ward.house.system, in_months(6))

    assert Risk.objects.get(pk=risk.pk).state == "evaluated"
    assert RiskApproval.objects.get().state == "expired"
    told = Notification.objects.filter(text__contains="has expired")
    assert sorted(told.values_list("member__name", flat=True)) == ["Rita Risk", "Tara Top"]


def test_a_risk_within_appetite_is_reopened_on_its_review_day(ward: Ward) -> None:
    risk = ward.do(approvals.accept, "top", risk=ward.evaluated(LOW))

    rounds.daily_round(ward.house.system, in_months(12) - DAY)
    assert Risk.objects.get(pk=risk.pk).state == "accepted"
    rounds.daily_round(ward.house.system, in_months(12))

    assert Risk.objects.get(pk=risk.pk).state == "evaluated"


def test_a_screened_out_system_falls_due_on_its_day(ward: Ward) -> None:
    assessment = ward.screened_out()

    rounds.daily_round(ward.house.system, in_months(12) - DAY)
    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "screened_out"
    rounds.daily_round(ward.house.system, in_months(12))

    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "due"


def test_treatments_are_reminded_before_on_and_after_their_day(ward: Ward) -> None:
    risk = ward.planned()
    due_on = in_months(2)
    Risk.objects.filter(pk=risk.pk).update(review_date=None)

    assert rules_on(due_on - 8 * DAY) == []
    assert rules_on(due_on - 7 * DAY) == [("treatment", 7)]
    assert rules_on(due_on) == [("treatment", 0)]
    (late,) = reminders.due(due_on + 14 * DAY)
    lead, owner = ward.house.member["lead"].pk, ward.house.member["risk_owner"].pk
    assert (late.step, late.member_ids) == (-14, tuple(sorted((lead, owner))))


def test_acceptances_are_reminded_a_month_and_a_week_before(ward: Ward) -> None:
    risk = ward.accepted()
    Risk.objects.filter(pk=risk.pk).update(review_date=None)
    end = in_months(6)

    assert rules_on(end - 31 * DAY) == []
    assert rules_on(end - 30 * DAY) == [("acceptance_expiry", 30)]
    assert rules_on(end - 7 * DAY) == [("acceptance_expiry", 7)]


def test_reassessments_are_reminded_before_their_day(ward: Ward) -> None:
    ward.screened_out()

    assert rules_on(in_months(12) - 61 * DAY) == []
    assert rules_on(in_months(12) - 60 * DAY) == [("reassessment", 60)]


def test_a_member_who_owns_open_risks_cannot_leave(ward: Ward) -> None:
    risk = ward.identified()

    owned = holdings(ward.house.member["risk_owner"])
    assert [each.label for held in owned for each in held.records if held.ownership.name == "risks"] == [
        f"{risk.reference} {risk.title}"
    ]
    assert holdings(ward.house.member["lead"]) == []


def test_work_names_what_waits_for_whom(ward: Ward) -> None:
    ward.proposed(ward.evaluated())
    ward.finished(FULL)

    def titles(who: str) -> list[str]:
        return [item.action for item in places.work(ward.house.actor(who), TODAY)]

    assert titles("top") == ["Decide", "Decide"]
    assert titles("lead") == ["Decide"]
    assert titles("risk_owner") == ["Decide on treatment"]
    assert titles("owner") == []


# Packs


def test_the_pack_tells_of_method_risks_treatment_and_assessments(ward: Ward) -> None:
    risk = ward.accepted()
    ward.finished(FULL)

    found = {section.key: section for section in sections.sections(LATER)}

    assert list(found) == [
        "risk-criteria",
        "risk-register",
        "risk-treatment",
        "impact-assessments",
        "legal-classification",
    ]
    assert found["risk-criteria"].gaps == ()
    assert found["risk-register"].data["register"].rows[0][0] == risk.reference
    (approval,) = found["risk-treatment"].data["approvals"].rows
    assert approval[3:6] == ("Approved", "Rita Risk", "Tara Top")
    assert "Screenings that wait for approval: IA-001." in found["impact-assessments"].gaps
    for section in found.values():
        assert section.as_json()["key"] == section.key


def test_the_pack_shows_the_answers_and_harms_of_an_approved_assessment(ward: Ward) -> None:
    approved(ward)

    section = next(each for each in sections.sections(LATER) if each.key == "impact-assessments")

    harms = section.data["harms"].rows
    assert len(harms) == 17
    assert harms[0][2:6] == ("Care comes too late", "", "High", "Low")
    (form,) = section.data["forms"].records
    facts = dict(form.blocks[0].rows)
    assert (facts["State"], facts["Approved by"], facts["Answered by"]) == (
        "Approved",
        "Lena Lead",
        ["Oscar Owner"],
    )
    answers = {label: value for block in form.blocks[1:] for label, value in block.rows}
    assert answers["IA-002 Why now?"] == "New system or use"
    assert len(form.blocks) == 11
    assert section.as_json()["data"]["forms"]["records"]


def test_the_pack_names_assessments_that_wait_for_a_decision(ward: Ward) -> None:
    submitted(ward)

    section = next(each for each in sections.sections(LATER) if each.key == "impact-assessments")

    assert "Assessments that wait for a decision: IA-001." in section.gaps


def test_an_assessment_decided_after_go_live_is_flagged(ward: Ward) -> None:
    type(ward.system).objects.filter(pk=ward.system.pk).update(live_since=TODAY - 30 * DAY)
    ward.screened_out()

    section = next(each for each in sections.sections(LATER) if each.key == "impact-assessments")

    assert section.data["assessments"].rows[0][7] == "After go-live"
    assert "Decided after the system was in use: IA-001." in section.gaps


def test_the_pack_of_a_past_day_knows_nothing_of_later_rows(ward: Ward) -> None:
    ward.accepted()

    with day_looked_back_to(LATER - 1000 * DAY):
        section = next(each for each in sections.sections(LATER - 1000 * DAY) if each.key == "risk-register")

    assert section.data["register"].rows == []
    assert "No risks are recorded." in section.gaps


# Auditors


def test_an_auditor_sees_the_risks_and_assessments_of_granted_systems_only(ward: Ward) -> None:
    other = make_system(ward.house, "Not granted")
    seen, hidden = ward.accepted(), ward.identified(system=other)
    assessed, unseen = ward.screened_out(), ward.screening(system=other)
    ward.proposed(ward.evaluated())
    process = ward.identified(system=None, process="Model approval")
    grant = grant_for(ward.house, ward.system)

    with acting_as(auditor_of(ward.house, grant)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone()[0] == "portal_auditor"
        visible = set(Risk.objects.values_list("pk", flat=True))
        assert seen.pk in visible
        assert not visible & {hidden.pk, process.pk}
        assert set(ImpactAssessment.objects.values_list("pk", flat=True)) == {assessed.pk}
        assert unseen.pk not in set(ImpactAssessment.objects.values_list("pk", flat=True))
        assert {row.risk_id for row in RiskApproval.objects.all()} <= visible


def test_an_auditor_opens_every_page_and_writes_nothing(ward: Ward) -> None:
    risk, assessment = ward.treated(), ward.screened_out()
    ward.proposed(risk)
    hidden = ward.identified(system=make_system(ward.house, "Not granted"))
    client = as_auditor(grant_for(ward.house, ward.system))

    for path in (
        "risks/",
        "risks/csv/",
        "risks/criteria/",
        f"risks/{risk.pk}/",
        "impact-assessments/",
        "impact-assessments/csv/",
        f"impact-assessments/{assessment.pk}/",
        f"systems/{ward.system.pk}/",
    ):
        assert client.get(ward.house.url(path)).status_code == 200, path
    assert client.get(ward.house.url(f"risks/{hidden.pk}/")).status_code == 404
    assert client.post(ward.house.url(f"risks/{risk.pk}/score/"), {"score": "1-1"}).status_code == 403
    assert Risk.objects.get(pk=risk.pk).score == 12


# Separation of duties beside the machines


def test_a_screening_is_approved_by_somebody_who_gave_no_answer(ward: Ward) -> None:
    member: Member = ward.house.member["lead"]
    member.roles = ["compliance_lead", "ai_system_owner"]
    member.save()
    assessment = ward.finished(FULL)
    ImpactAssessment.objects.filter(pk=assessment.pk).update(contributors=[member.pk])
    client = as_member(ward.house, "lead")

    page = client.post(
        ward.house.url(f"impact-assessments/{assessment.pk}/approve/"), {"next_date": in_months(6)}
    )

    assert page.status_code == 422
    assert "Another person decides" in page.content.decode()
    assert ImpactAssessment.objects.get(pk=assessment.pk).screening_approved_by is None


def test_a_rejected_plan_is_written_again_and_needs_approval_of_its_own(ward: Ward, house: House) -> None:
    risk = ward.planned()
    ward.do(approvals.reject, "top", approval=ward.plan_of(risk), comment="Too late")

    ward.do(treatment.revise_plan, "risk_owner", risk=risk, plan="Sooner", due_date=in_months(1))

    newest = RiskApproval.objects.latest("id")
    assert (newest.state, newest.reason) == ("draft", "Sooner")
    assert RiskApproval.objects.filter(state="rejected").count() == 1


def test_a_system_has_one_assessment_under_way(ward: Ward) -> None:
    ward.screening()

    page = as_member(ward.house, "owner").post(ward.house.url(f"systems/{ward.system.pk}/assess/"))

    assert page.status_code == 422
    assert ImpactAssessment.objects.count() == 1


def test_a_begun_assessment_is_not_screened_out_by_another_answer(ward: Ward) -> None:
    assessment = ward.finished(FULL)

    page = as_member(ward.house, "owner").post(
        ward.house.url(f"impact-assessments/{assessment.pk}/answers/"), {"SCR-02": "no"}
    )

    assert page.status_code == 422
    assert ImpactAssessment.objects.get(pk=assessment.pk).answers == FULL
    assert assessments.screening_part(FULL) == FULL
    assert HIGH.score == 12
