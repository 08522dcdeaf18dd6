"""Each machine is walked from its own table; each guard refuses once, and then nothing changed."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from aims.core import transitions
from aims.core.enums import Role
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.machines import Machine
from aims.core.models import Notification, Snapshot, TrailEvent
from aims.core.registry import registry
from aims.core.transitions import Facts
from risk import guards, rules
from risk.models import ImpactAssessment, Risk, RiskApproval
from risk.scoring import Ratings
from risk.services import approvals, assessments, impact_forms, impact_reviews, risks, treatment
from tests.cast import NOW, TODAY
from tests.risk.conftest import BANNED, DESCRIBED, FULL, HARMLESS, HIGH, LOW, Ward, in_months, retire
from tests.risk.form_answers import whole_form

MACHINES = (rules.RISK, rules.APPROVAL, rules.IMPACT_ASSESSMENT)
each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.id)


def facts(ward: Ward, obj: Any, who: str = "top", *, now: datetime.datetime = NOW, **given: Any) -> Facts:
    actor = ward.house.system if who == "system" else ward.house.actor(who)
    return Facts(obj, actor, now, given)


def refusal(ward: Ward, machine: str, text: str, obj: Any, who: str = "top", **given: Any) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        registry.guards[machine, text](facts(ward, obj, who, **given))
    return caught.value


# What the tables forbid


def record_for(ward: Ward, machine: Machine) -> Any:
    if machine is rules.RISK:
        return ward.identified()
    if machine is rules.APPROVAL:
        return ward.proposed(ward.evaluated())
    return ward.screening()


@each_machine
def test_every_step_that_the_table_does_not_know_is_refused(machine: Machine, ward: Ward) -> None:
    record = record_for(ward, machine)
    known = {(row.source, row.action) for row in machine.transitions}
    actions = {row.action for row in machine.transitions}
    lines = TrailEvent.objects.count()

    for state in sorted(machine.states):
        type(record).objects.filter(pk=record.pk).update(state=state)
        record.state = state
        for action in sorted(actions):
            if (state, action) in known:
                continue
            for who in ("lead", "risk_owner", "owner", "top", "system"):
                actor = ward.house.system if who == "system" else ward.house.actor(who)
                with pytest.raises(RuleBroken) as caught:
                    transitions.move(machine, record, action, actor=actor, now=NOW)
                assert caught.value.code == "state"
                assert type(record).objects.get(pk=record.pk).state == state
    assert TrailEvent.objects.count() == lines


@each_machine
def test_every_role_that_a_step_does_not_name_is_refused(machine: Machine, ward: Ward) -> None:
    record = record_for(ward, machine)
    lines = TrailEvent.objects.count()

    for row in machine.transitions:
        type(record).objects.filter(pk=record.pk).update(state=row.source)
        record.state = row.source
        for role in sorted(set(Role.values) - row.by):
            actor = dataclasses.replace(ward.house.lead, roles=frozenset({role}))
            with pytest.raises(NotAllowed):
                transitions.move(machine, record, row.action, actor=actor, now=NOW)
            assert type(record).objects.get(pk=record.pk).state == row.source
    assert TrailEvent.objects.count() == lines


@each_machine
def test_every_guard_and_effect_has_one_function(machine: Machine) -> None:
    wanted_guards = {text for row in machine.transitions for text in row.guards}
    wanted_effects = {text for row in machine.transitions for text in row.effects}

    assert wanted_guards == {text for id, text in registry.guards if id == machine.id}
    assert wanted_effects <= {text for id, text in registry.effects if id == machine.id}
    provided = [function for (id, _), function in registry.guards.items() if id == machine.id]
    assert len(provided) == len(set(provided))


# What the tables allow: every transition once, by a verb


def walk_not_effective(ward: Ward) -> Risk:
    return ward.do(
        treatment.report_not_effective, "internal_auditor", risk=ward.treated(), reason="Still sorted too low"
    )


def walk_accept_residual(ward: Ward) -> Risk:
    risk = ward.treated(residual=HIGH)
    ward.do(approvals.approve, "top", approval=ward.proposed(risk))
    return Risk.objects.get(pk=risk.pk)


def walk_close_treated(ward: Ward) -> Risk:
    risk = ward.treated()
    retire(ward.system)
    risk.system.refresh_from_db()
    return ward.do(risks.close, "lead", risk=risk, reason="The system is gone")


RISK_WALKS = {
    ("identified", "analyse"): Ward.analysed,
    ("analysed", "evaluate"): Ward.evaluated,
    ("evaluated", "plan_treatment"): Ward.planned,
    ("evaluated", "accept"): Ward.accepted,
    ("treatment_planned", "start_treatment"): Ward.in_treatment,
    ("in_treatment", "complete_treatment"): Ward.treated,
    ("treated", "not_effective"): walk_not_effective,
    ("treated", "accept_residual"): walk_accept_residual,
    ("accepted", "reopen"): lambda ward: ward.do(
        risks.reopen, "risk_owner", risk=ward.accepted(), reason="An incident in the night shift"
    ),
    ("accepted", "close"): Ward.closed,
    ("treated", "close"): walk_close_treated,
    ("closed", "reopen"): lambda ward: ward.do(
        risks.reopen, "lead", risk=ward.closed(), reason="The system is back"
    ),
}


def approved_acceptance(ward: Ward) -> RiskApproval:
    return ward.do(approvals.approve, "top", approval=ward.proposed(ward.evaluated()))


APPROVAL_WALKS = {
    ("draft", "submit"): lambda ward: ward.plan_of(ward.planned()),
    ("submitted", "approve"): lambda ward: ward.do(
        approvals.approve, "top", approval=ward.plan_of(ward.planned())
    ),
    ("submitted", "reject"): lambda ward: ward.do(
        approvals.reject, "top", approval=ward.plan_of(ward.planned()), comment="Too late in the year"
    ),
    ("approved", "expire"): lambda ward: ward.do(
        approvals.expire_approval,
        "system",
        approval=approved_acceptance(ward),
        now=NOW + datetime.timedelta(days=200),
    ),
    ("approved", "revoke"): lambda ward: ward.do(
        approvals.revoke, "top", approval=approved_acceptance(ward), reason="A second incident"
    ),
}


def full_answers(ward: Ward, *, residual: int = 1) -> dict[str, Any]:
    """The whole form, with harms that have a measure and a risk."""
    return whole_form(ward.identified().pk, residual=residual)


def in_progress(ward: Ward, **more: Any) -> ImpactAssessment:
    assessment = ward.finished(FULL)
    ward.do(assessments.approve_screening, "lead", assessment=assessment, next_date=in_months(12))
    ward.do(impact_forms.answer_form, "owner", assessment=assessment, answers=more)
    return assessment


def submitted(ward: Ward, *, residual: int = 1) -> ImpactAssessment:
    assessment = in_progress(ward, **full_answers(ward, residual=residual))
    ward.do(impact_forms.submit_assessment, "owner", assessment=assessment)
    return assessment


def in_review(ward: Ward, *, residual: int = 1) -> ImpactAssessment:
    assessment = submitted(ward, residual=residual)
    ward.do(impact_reviews.start_review, "lead", assessment=assessment)
    return assessment


def approved(ward: Ward) -> ImpactAssessment:
    assessment = in_review(ward)
    ward.do(impact_reviews.approve_assessment, "lead", assessment=assessment)
    return assessment


def returned(ward: Ward) -> ImpactAssessment:
    assessment = in_review(ward)
    ward.do(impact_reviews.return_assessment, "lead", assessment=assessment, comment="Say who checks")
    return assessment


def due(ward: Ward, assessment: ImpactAssessment, days: int) -> ImpactAssessment:
    later = NOW + datetime.timedelta(days=days)
    ward.do(assessments.mark_due, "system", assessment=assessment, now=later)
    return assessment


def renewed(ward: Ward) -> ImpactAssessment:
    earlier = due(ward, ward.screened_out(), 366)
    ward.screened_out()
    return earlier


def stopped(ward: Ward) -> ImpactAssessment:
    assessment = ward.finished(BANNED)
    return ward.do(assessments.stop_banned, "lead", assessment=assessment)


ASSESSMENT_WALKS = {
    ("screening", "score_low"): lambda ward: ward.finished(HARMLESS),
    ("screened_out_pending", "confirm_screen_out"): Ward.screened_out,
    ("screened_out_pending", "return"): lambda ward: ward.do(
        assessments.return_screening, "lead", assessment=ward.finished(HARMLESS), comment="Who is affected?"
    ),
    ("screening", "start_light_or_full"): lambda ward: ward.finished(FULL),
    ("screening", "stop_banned"): stopped,
    ("in_progress", "submit"): submitted,
    ("submitted", "start_review"): in_review,
    ("in_review", "return"): returned,
    ("in_review", "approve"): approved,
    ("approved", "mark_due"): lambda ward: due(ward, approved(ward), 340),
    ("screened_out", "mark_due"): lambda ward: due(ward, ward.screened_out(), 366),
    ("due", "renew"): renewed,
}

WALKS = {"SM-05": RISK_WALKS, "SM-06": APPROVAL_WALKS, "SM-07": ASSESSMENT_WALKS}
EVERY_STEP = [
    pytest.param(machine, row, id=f"{machine.id}-{row.source}-{row.action}")
    for machine in MACHINES
    for row in machine.transitions
]


@pytest.mark.parametrize(("machine", "row"), EVERY_STEP)
def test_every_step_of_the_table_is_taken_by_a_verb(machine: Machine, row: Any, ward: Ward) -> None:
    record = WALKS[machine.id][row.source, row.action](ward)

    line = TrailEvent.objects.filter(
        action=f"{record._meta.model_name}.{row.action}", object_id=record.pk
    ).latest("id")
    assert f'"state":"{row.source}"' in line.body
    assert f'"state":"{row.target}"' in line.body
    record.refresh_from_db()
    assert record.state == row.target


def test_the_walks_cover_the_tables() -> None:
    for machine in MACHINES:
        assert set(WALKS[machine.id]) == {(row.source, row.action) for row in machine.transitions}


# SM-05: each guard refuses


def test_analysing_needs_a_complete_description(ward: Ward) -> None:
    risk = ward.identified(consequence="")

    with pytest.raises(RuleBroken, match="consequence"):
        ward.do(risks.analyse, "owner", risk=risk, ratings=HIGH, reason="")

    risk.refresh_from_db()
    assert (risk.state, risk.likelihood) == ("identified", None)


def test_a_level_that_the_criteria_do_not_give_is_refused(ward: Ward) -> None:
    risk = ward.analysed()

    refused = refusal(ward, "SM-05", "level computed from approved criteria", risk, level="low")

    assert str(refused) == "The approved criteria give the level high."


def test_an_unknown_option_is_refused(ward: Ward) -> None:
    refused = refusal(ward, "SM-05", "option chosen", ward.evaluated(), option="ignore")

    assert refused.field == "option"


def test_a_risk_above_appetite_is_not_accepted_without_an_acceptance(ward: Ward) -> None:
    risk = ward.evaluated()

    with pytest.raises(RuleBroken, match="no approved acceptance"):
        ward.do(approvals.accept, "top", risk=risk)

    risk.refresh_from_db()
    assert risk.state == "evaluated"


def test_a_risk_within_appetite_is_accepted_without_one(ward: Ward) -> None:
    risk = ward.do(approvals.accept, "top", risk=ward.evaluated(LOW))

    assert (risk.state, risk.review_date) == ("accepted", in_months(12))


def test_a_treated_risk_always_needs_an_acceptance(ward: Ward) -> None:
    risk = ward.treated(residual=LOW)

    with pytest.raises(RuleBroken, match="no approved acceptance"):
        ward.do(approvals.accept, "top", risk=risk)


def test_nobody_accepts_a_risk_they_identified(ward: Ward) -> None:
    risk = ward.evaluated(LOW)
    Risk.objects.filter(pk=risk.pk).update(author=ward.house.member["top"])
    risk.refresh_from_db()

    with pytest.raises(RuleBroken) as caught:
        ward.do(approvals.accept, "top", risk=risk)

    assert caught.value.code == "SOD-01"
    risk.refresh_from_db()
    assert risk.state == "evaluated"


def test_treatment_does_not_start_before_its_plan_is_approved(ward: Ward) -> None:
    risk = ward.planned()

    with pytest.raises(RuleBroken, match="has not approved the treatment plan"):
        ward.do(treatment.start_treatment, "risk_owner", risk=risk)

    risk.refresh_from_db()
    assert risk.state == "treatment_planned"


def test_an_approval_of_an_earlier_plan_does_not_count_for_a_new_one(ward: Ward) -> None:
    risk = ward.planned()
    ward.do(approvals.approve, "top", approval=ward.plan_of(risk))
    ward.do(treatment.revise_plan, "risk_owner", risk=risk, plan="Another way", due_date=in_months(3))

    refused = refusal(ward, "SM-05", "plan approved (SM-06)", risk)

    assert refused.field == "plan"


def test_completing_asks_what_was_done(ward: Ward) -> None:
    risk = ward.in_treatment()

    with pytest.raises(RuleBroken, match="what was done"):
        ward.do(treatment.complete_treatment, "risk_owner", risk=risk, residual=LOW, done=" ")

    assert Risk.objects.get(pk=risk.pk).residual_level == ""


def test_completing_asks_what_remains(ward: Ward) -> None:
    risk = ward.in_treatment()

    with pytest.raises(RuleBroken, match="Rate what remains"):
        ward.do(treatment.complete_treatment, "risk_owner", risk=risk, residual=None, done="All of it")

    assert Risk.objects.get(pk=risk.pk).state == "in_treatment"


def test_a_failed_check_is_described(ward: Ward) -> None:
    risk = ward.treated()

    with pytest.raises(RuleBroken, match="what the check showed"):
        ward.do(treatment.report_not_effective, "lead", risk=risk, reason="")

    assert Risk.objects.get(pk=risk.pk).residual_level == "low"


def test_reopening_needs_a_cause(ward: Ward) -> None:
    risk = ward.accepted()

    with pytest.raises(RuleBroken, match="Say what happened"):
        ward.do(risks.reopen, "lead", risk=risk, reason="")

    assert Risk.objects.get(pk=risk.pk).state == "accepted"


def test_a_closed_risk_is_reopened_with_a_reason_only(ward: Ward) -> None:
    risk = ward.closed()

    with pytest.raises(RuleBroken, match="Give a reason"):
        ward.do(risks.reopen, "lead", risk=risk, reason="")

    assert Risk.objects.get(pk=risk.pk).state == "closed"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Ward.accepted, "source gone (e.g. system retired)"),
        (Ward.treated, "source gone"),
    ],
)
def test_a_risk_of_a_living_system_is_not_closed(ward: Ward, made: Any, text: str) -> None:
    risk = made(ward)

    assert "stays open" in str(refusal(ward, "SM-05", text, risk, "lead", reason="x"))
    with pytest.raises(RuleBroken, match="stays open"):
        ward.do(risks.close, "lead", risk=risk, reason="Tired of it")
    assert Risk.objects.get(pk=risk.pk).state == risk.state


def test_a_risk_of_a_process_is_closed_once_somebody_says_it_ended(ward: Ward) -> None:
    risk = ward.identified(system=None, process="Model approval", owner=ward.house.member["risk_owner"])

    refused = refusal(ward, "SM-05", "source gone", risk, "lead")

    assert refused.field == "process_ended"
    guards.risks.source_of_treated_risk_is_gone(facts(ward, risk, "lead", process_ended=True))


def test_closing_needs_a_reason(ward: Ward) -> None:
    risk = ward.treated()
    retire(ward.system)
    risk.system.refresh_from_db()

    with pytest.raises(RuleBroken, match="Give a reason"):
        ward.do(risks.close, "lead", risk=risk, reason=" ")


# SM-06: each guard refuses


def test_an_acceptance_without_an_end_is_not_submitted(ward: Ward) -> None:
    risk = ward.evaluated()

    with pytest.raises(RuleBroken) as caught:
        ward.do(
            approvals.propose_acceptance, "risk_owner", risk=risk, reason="It is worth it", expires_on=None
        )

    assert caught.value.field == "expires_on"
    assert not RiskApproval.objects.filter(kind="acceptance").exists()


@pytest.mark.parametrize(("ratings", "months"), [(HIGH, 6), (Ratings(3, 3, 1, 1), 12)])
def test_the_end_of_an_acceptance_depends_on_the_level(ward: Ward, ratings: Ratings, months: int) -> None:
    risk = ward.evaluated(ratings)

    with pytest.raises(RuleBroken, match=in_months(months).isoformat()):
        ward.do(
            approvals.propose_acceptance,
            "risk_owner",
            risk=risk,
            reason="It is worth it",
            expires_on=in_months(months) + datetime.timedelta(days=1),
        )

    assert ward.proposed(risk, months=months).state == "submitted"


def test_nobody_approves_what_they_submitted(ward: Ward) -> None:
    approval = ward.proposed(ward.evaluated())
    RiskApproval.objects.filter(pk=approval.pk).update(submitted_by=ward.house.member["top"])
    approval.refresh_from_db()

    with pytest.raises(RuleBroken) as caught:
        ward.do(approvals.approve, "top", approval=approval)

    assert caught.value.code == "SOD-01"
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by_id) == ("submitted", None)


def test_a_role_without_authority_cannot_cover_a_high_risk(ward: Ward) -> None:
    approval = ward.proposed(ward.evaluated())

    refused = refusal(ward, "SM-06", "authority level matches residual band", approval, "lead")

    assert refused.field == "authority"


def test_a_risk_scored_higher_after_submission_needs_a_new_acceptance(ward: Ward) -> None:
    risk = ward.evaluated(Ratings(3, 3, 1, 1))
    approval = ward.proposed(risk)
    ward.do(risks.rate, "risk_owner", risk=risk, ratings=Ratings(5, 5, 1, 1), reason="Two incidents")
    approval.refresh_from_db()

    with pytest.raises(RuleBroken, match="scored critical after this was submitted as medium"):
        ward.do(approvals.approve, "top", approval=approval)

    assert Risk.objects.get(pk=risk.pk).state == "evaluated"


def test_a_rejection_needs_a_comment(ward: Ward) -> None:
    approval = ward.proposed(ward.evaluated())

    with pytest.raises(RuleBroken, match="Write a comment"):
        ward.do(approvals.reject, "top", approval=approval, comment="")

    assert RiskApproval.objects.get(pk=approval.pk).state == "submitted"


def test_an_acceptance_does_not_end_before_its_day(ward: Ward) -> None:
    approval = approved_acceptance(ward)

    with pytest.raises(RuleBroken, match="It runs until"):
        ward.do(approvals.expire_approval, "system", approval=approval)

    assert RiskApproval.objects.get(pk=approval.pk).state == "approved"


def test_revoking_needs_a_reason(ward: Ward) -> None:
    approval = approved_acceptance(ward)

    with pytest.raises(RuleBroken, match="Give a reason"):
        ward.do(approvals.revoke, "top", approval=approval, reason="")


# SM-06: effects


def test_an_approval_is_frozen_with_who_and_when(ward: Ward) -> None:
    approval = approved_acceptance(ward)

    content = Snapshot.objects.get(pk=approval.snapshot_id).content
    assert content["approved_by"] == ward.house.member["top"].pk
    assert content["submitted_by"] == ward.house.member["risk_owner"].pk
    assert content["level"] == "high"


@pytest.mark.parametrize("how", ["expire", "revoke"])
def test_a_risk_is_open_again_when_its_acceptance_ends(ward: Ward, how: str) -> None:
    approval = APPROVAL_WALKS["approved", how](ward)

    risk = Risk.objects.get(pk=approval.risk_id)
    assert risk.state == "evaluated"
    owner = ward.house.member["risk_owner"]
    assert Notification.objects.filter(member=owner, dedupe__contains=how[:6]).exists()


# SM-07: each guard refuses


def test_answers_that_need_an_assessment_are_not_screened_out(ward: Ward) -> None:
    refused = refusal(
        ward, "SM-07", "score within screened_out band, no hard trigger", ward.screening(FULL), "owner"
    )

    assert "SCR-02" in str(refused)


def test_harmless_answers_choose_no_form(ward: Ward) -> None:
    refused = refusal(ward, "SM-07", "form chosen by threshold rule", ward.screening(HARMLESS), "owner")

    assert "no assessment needed" in str(refused)


def test_screening_out_needs_a_reason(ward: Ward) -> None:
    assessment = ward.screening(HARMLESS)

    with pytest.raises(RuleBroken, match="Give a reason"):
        ward.do(assessments.finish_screening, "owner", assessment=assessment, reason=" ")

    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "screening"


def test_whoever_gave_answers_does_not_confirm(ward: Ward) -> None:
    assessment = ward.finished(HARMLESS)
    assessment.contributors = [ward.house.member["lead"].pk]

    with pytest.raises(RuleBroken) as caught:
        ward.do(assessments.confirm_screen_out, "lead", assessment=assessment, rescreen_on=in_months(12))

    assert caught.value.code == "SOD-01"
    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "screened_out_pending"


def test_returning_a_screening_needs_a_comment(ward: Ward) -> None:
    assessment = ward.finished(HARMLESS)

    with pytest.raises(RuleBroken, match="Write a comment"):
        ward.do(assessments.return_screening, "lead", assessment=assessment, comment="")


def test_only_a_possibly_banned_use_is_stopped(ward: Ward) -> None:
    assessment = ward.screening(FULL)

    with pytest.raises(RuleBroken, match="SCR-01"):
        ward.do(assessments.stop_banned, "top", assessment=assessment)

    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "screening"


def test_a_form_with_open_questions_is_not_submitted(ward: Ward) -> None:
    assessment = in_progress(ward)

    with pytest.raises(RuleBroken, match="64 required questions"):
        ward.do(impact_forms.submit_assessment, "owner", assessment=assessment)

    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "in_progress"


@pytest.mark.parametrize("gap", [{"measure": ""}, {"risk_id": None}, {"risk_id": 999_999}])
def test_a_harm_without_measure_or_risk_is_not_submitted(ward: Ward, gap: dict[str, Any]) -> None:
    answers = full_answers(ward)
    assessment = in_progress(ward, **answers)
    broken = answers | {"IA-063": [answers["IA-063"][0] | gap]}
    ImpactAssessment.objects.filter(pk=assessment.pk).update(answers=assessment.answers | broken)
    assessment.refresh_from_db()

    with pytest.raises(RuleBroken, match="Care comes too late"):
        ward.do(impact_forms.submit_assessment, "owner", assessment=assessment)

    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "in_progress"


def test_high_impacts_that_remain_are_approved_by_top_management(ward: Ward) -> None:
    assessment = in_review(ward, residual=4)

    with pytest.raises(RuleBroken, match="top management approves"):
        ward.do(impact_reviews.approve_assessment, "lead", assessment=assessment)
    ward.do(impact_reviews.approve_assessment, "top", assessment=assessment)

    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "approved"


def test_the_owner_of_a_system_does_not_approve_high_impacts(ward: Ward) -> None:
    assessment = in_review(ward, residual=4)
    assessment.system.owner = ward.house.member["top"]

    refused = refusal(
        ward,
        "SM-07",
        "approver level by residual band; for high and critical not the system owner",
        assessment,
    )

    assert refused.code == "SOD-08"


def test_an_approved_assessment_is_not_due_before_its_day(ward: Ward) -> None:
    assessment = approved(ward)

    with pytest.raises(RuleBroken, match="has not come"):
        due(ward, assessment, 300)

    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "approved"


def test_a_screened_out_system_is_not_due_before_its_day(ward: Ward) -> None:
    assessment = ward.screened_out()

    with pytest.raises(RuleBroken, match="has not come"):
        due(ward, assessment, 360)


def test_only_a_newer_decided_assessment_takes_the_place_of_another(ward: Ward) -> None:
    earlier = due(ward, ward.screened_out(), 366)
    newer = ward.finished(HARMLESS)

    refused = refusal(ward, "SM-07", "newer approved or screened_out", earlier, "system", newer=newer)

    assert "newer decided assessment" in str(refused)


# SM-07: effects


def test_a_stop_tells_management_and_the_owner(ward: Ward) -> None:
    assessment = stopped(ward)

    told = set(Notification.objects.filter(text__contains="banned").values_list("member__name", flat=True))
    assert told == {"Tara Top", "Oscar Owner", "Rita Risk"}
    assert TrailEvent.objects.filter(action="aisystem.gate_closed", object_id=assessment.system_id).exists()


def test_a_later_rescreening_day_is_cut_to_a_year(ward: Ward) -> None:
    assessment = ward.screened_out()
    assessment.next_date = in_months(20)

    guards.assessments.keep_rescreen_date_within_a_year(facts(ward, assessment))

    assert ImpactAssessment.objects.get(pk=assessment.pk).next_date == in_months(12)


def test_an_approved_assessment_is_frozen_and_dated(ward: Ward) -> None:
    assessment = approved(ward)

    assessment.refresh_from_db()
    assert assessment.next_date == in_months(12)
    frozen = assessment.snapshot.content
    assert frozen["next_date"] == in_months(12).isoformat()
    assert (frozen["residual"], frozen["assessment_approved_by"]) == ("low", ward.house.member["lead"].pk)
    first = frozen["form"][0]["questions"][1]
    assert (first["id"], first["question"], first["answer"]) == ("IA-002", "Why now?", "New system or use")


def test_deployers_are_asked_about_a_rights_notice(ward: Ward) -> None:
    approved(ward)

    assert Notification.objects.filter(text__contains="fundamental-rights notice").exists()


# SM-05: effects


def test_a_failed_treatment_forgets_what_was_thought_to_remain(ward: Ward) -> None:
    risk = walk_not_effective(ward)

    stored = Risk.objects.get(pk=risk.pk)
    assert (stored.residual_level, stored.residual_score, stored.treated_on) == ("", None, None)


def test_a_completed_treatment_is_checked_after_three_months(ward: Ward) -> None:
    risk = ward.treated()

    stored = Risk.objects.get(pk=risk.pk)
    assert (stored.review_date, stored.treated_on) == (in_months(3), TODAY)


def test_a_risk_is_reviewed_when_its_acceptance_ends(ward: Ward) -> None:
    risk = ward.accepted()

    assert risk.review_date == in_months(6)


def test_the_owner_hears_of_the_plan(ward: Ward) -> None:
    risk = ward.planned()

    assert Notification.objects.filter(
        member=ward.house.member["risk_owner"], text__contains=f"{risk.reference} has a treatment plan"
    ).exists()
    assert DESCRIBED["cause"] in risk.cause
