"""What SM-05, SM-06 and SM-07 ask: one function per guard and effect of the catalog."""

from __future__ import annotations

import datetime
from typing import Any

from aims.core import snapshots, trail, transitions
from aims.core.actor import system_actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD, TOP
from aims.core.registry import registry
from aims.core.schedule import add_months
from aims.core.transitions import Facts
from risk import harms, screening
from risk.enums import AssessmentState, PlanKind, PlanState, RiskState, ScreeningOutcome
from risk.models import ImpactAssessment, Risk, RiskApproval
from risk.queries import active_acceptance, approved_criteria, current_level, current_scales, latest_plan
from risk.rules import (
    APPROVAL,
    IMPACT_ASSESSMENT,
    RISK,
    Acceptance,
    Proposal,
    authority_of,
    require_acceptable,
    require_complete_proposal,
    require_described,
    require_treatment,
)
from risk.scoring import criteria_from, next_review, rank, within_appetite
from risk.services import assessments, risks
from risk.services.telling import tell, with_role

guard, effect = registry.guard, registry.effect

#: How long after its completion a treatment shows whether it works.
EFFECTIVENESS_MONTHS = 3
#: An approved assessment is marked as due this long before its day, so that the next one is ready in time.
NEAR_DAYS = 30
ASSESSMENT_MONTHS = 12
ENDED_STAGES = ("retired", "rejected")


# SM-05: risks


@guard("SM-05", "cause, event, consequence, affected parties filled")
def risk_is_described(facts: Facts) -> None:
    require_described(risks.described(facts.obj))


@guard("SM-05", "level computed from approved criteria")
def level_is_computed(facts: Facts) -> None:
    """The level that is written is the one that the approved criteria give; nobody types it."""
    approved = approved_criteria()
    if approved is None:
        raise RuleBroken(
            "The risk criteria are not approved yet. Top management approves them first.", code="criteria"
        )
    computed = risks.ratings_given(facts.obj).level(criteria_from(approved.content))
    if facts.given.get("level", computed) != computed:
        raise RuleBroken(f"The approved criteria give the level {computed}.", field="level")


@guard("SM-05", "option chosen")
def option_is_chosen(facts: Facts) -> None:
    option = facts.given.get("option") or facts.obj.option
    # Whether controls are linked is asked by the guard of the app that keeps the links.
    controls = ("asked elsewhere",) if option == "modify" else ()
    explanation = str(facts.given.get("plan") or facts.obj.treatment_plan)
    require_treatment(option, controls=controls, explanation=explanation)


@guard("SM-05", "level within appetite or acceptance SM-06 active")
def level_is_acceptable(facts: Facts) -> None:
    if within_appetite(current_level(facts.obj), current_scales()):
        return
    acceptance_is_active(facts)


@guard("SM-05", "acceptance SM-06 active")
def acceptance_is_active(facts: Facts) -> None:
    if active_acceptance(facts.obj, on=local_today(facts.now)) is None:
        raise RuleBroken(
            f"There is no approved acceptance for a risk of level {current_level(facts.obj)}."
            " The risk owner proposes one, top management approves it (SM-06).",
            field="acceptance",
        )


@guard("SM-05", "plan approved (SM-06)")
def plan_is_approved(facts: Facts) -> None:
    plan = latest_plan(facts.obj)
    if plan is None or plan.state != PlanState.APPROVED:
        raise RuleBroken(
            "Top management has not approved the treatment plan as it stands (SM-06).", field="plan"
        )


@guard("SM-05", "all actions done")
def actions_are_done(facts: Facts) -> None:
    """What the plan asked for is reported as done, in words; single actions are tracked from SM-23 on."""
    if not str(facts.given.get("done") or "").strip():
        raise RuleBroken("Say what was done of the plan.", field="done")


@guard("SM-05", "residual level assessed")
def residual_is_assessed(facts: Facts) -> None:
    if facts.given.get("residual") is None and not facts.obj.residual_level:
        raise RuleBroken("Rate what remains of the risk.", field="residual")


@guard("SM-05", "effectiveness check failed")
def check_has_failed(facts: Facts) -> None:
    if not str(facts.given.get("reason") or "").strip():
        raise RuleBroken("Say what the check showed: why the treatment does not work.", field="reason")


@guard("SM-05", "review date, trigger or acceptance expiry")
def there_is_cause_to_reopen(facts: Facts) -> None:
    risk, today = facts.obj, local_today(facts.now)
    if str(facts.given.get("reason") or "").strip():
        return
    if risk.review_date is not None and risk.review_date <= today:
        return
    needs_acceptance = not within_appetite(current_level(risk) or "critical", current_scales())
    if needs_acceptance and active_acceptance(risk, on=today) is None:
        return
    raise RuleBroken(
        "The review date has not come and the acceptance holds. Say what happened.", field="reason"
    )


@guard("SM-05", "source gone (e.g. system retired)")
def source_of_accepted_risk_is_gone(facts: Facts) -> None:
    _require_source_gone(facts)


@guard("SM-05", "source gone")
def source_of_treated_risk_is_gone(facts: Facts) -> None:
    _require_source_gone(facts)


def _require_source_gone(facts: Facts) -> None:
    system = facts.obj.system
    if system is not None and system.stage not in ENDED_STAGES:
        raise RuleBroken(
            f"{system.reference} {system.name} is {system.get_stage_display().lower()}: its risk stays open.",
            field="system",
        )
    if system is None and not facts.given.get("process_ended"):
        raise RuleBroken(f"Confirm that the process “{facts.obj.process}” has ended.", field="process_ended")


@effect("SM-05", "SoA entries flagged as needed")
def tell_owner_of_plan(facts: Facts) -> None:
    """Which controls are needed is computed from the treatments; here the owner hears what comes next."""
    risk = facts.obj
    text = f"{risk.reference} has a treatment plan. Submit it to top management before it starts."
    tell([risk.owner], risk, "planned", text, now=facts.now)


@effect("SM-05", "set review date")
def set_review_date(facts: Facts) -> None:
    """The next review, and never after the end of the acceptance."""
    risk, today = facts.obj, local_today(facts.now)
    days = [next_review(today, criteria=current_scales())]
    acceptance = active_acceptance(risk, on=today)
    if acceptance is not None and acceptance.expires_on is not None:
        days.append(acceptance.expires_on)
    _write_risk(risk, review_date=min(days))


@effect("SM-05", "effectiveness check due")
def ask_for_effectiveness_check(facts: Facts) -> None:
    risk = facts.obj
    due = add_months(local_today(facts.now), EFFECTIVENESS_MONTHS)
    _write_risk(risk, review_date=due)
    text = f"The treatment of {risk.reference} is done. Check by {due.isoformat()} whether it works."
    tell([risk.owner, *with_role(LEAD)], risk, "check", text, now=facts.now)


@effect("SM-05", "revise plan (8.3)")
def ask_for_new_plan(facts: Facts) -> None:
    """What was thought to remain no longer holds until the treatment is completed again."""
    risk = facts.obj
    _write_risk(
        risk,
        residual_likelihood=None,
        residual_organization=None,
        residual_individuals=None,
        residual_society=None,
        residual_score=None,
        residual_level="",
        treated_on=None,
    )
    text = f"The treatment of {risk.reference} does not work. Revise its plan."
    tell([risk.owner], risk, "revise", text, now=facts.now)


def _write_risk(risk: Risk, **values: Any) -> None:
    Risk.objects.filter(pk=risk.pk).update(**values)
    for key, value in values.items():
        setattr(risk, key, value)


# SM-06: treatment plans and acceptances


@guard("SM-06", "residual level, reason, controls, expiry filled")
def proposal_is_complete(facts: Facts) -> None:
    approval: RiskApproval = facts.obj
    proposal = Proposal(
        kind=approval.kind,
        level=current_level(approval.risk),
        reason=approval.reason,
        option=approval.risk.option,
        controls=approval.controls,
        expires_on=approval.expires_on,
    )
    require_complete_proposal(proposal, today=local_today(facts.now), criteria=current_scales())


@guard("SM-06", "authority level matches residual band")
def authority_covers_level(facts: Facts) -> None:
    """Asked of the level the risk has now: what was scored higher after the submission needs a new one."""
    approval: RiskApproval = facts.obj
    level = current_level(approval.risk)
    if not level or rank(level) > rank(approval.residual_level):
        raise RuleBroken(
            f"The risk was scored {level or 'not at all'} after this was submitted as"
            f" {approval.residual_level}. Reject it and ask for a new one.",
            field="level",
        )
    if approval.kind == PlanKind.TREATMENT:
        _require_authority(facts, level)
        return
    acceptance = Acceptance(
        level=approval.residual_level,
        approver=facts.actor.member_id or 0,
        authors=(approval.submitted_by_id,),
        authority=authority_of(facts.actor.roles),
        reason=approval.reason,
        accepted_on=local_today(facts.now),
        expires_on=approval.expires_on,
    )
    require_acceptable(acceptance, criteria=current_scales())


def _require_authority(facts: Facts, level: str) -> None:
    authority = authority_of(facts.actor.roles)
    if not authority or rank(authority) < rank(level):
        raise RuleBroken(
            f"A {level} risk needs an approver with authority for that level.", field="authority"
        )


@guard("SM-06", "expiry date reached")
def expiry_is_reached(facts: Facts) -> None:
    expires_on = facts.obj.expires_on
    if expires_on is None or expires_on > local_today(facts.now):
        until = expires_on.isoformat() if expires_on else "no set day"
        raise RuleBroken(f"It runs until {until}.", field="expires_on")


@effect("SM-06", "sign with date")
def freeze_decision(facts: Facts) -> None:
    """What was signed, by whom and when, is kept word for word."""
    approval: RiskApproval = facts.obj
    content = {
        "kind": approval.kind,
        "risk": approval.risk.reference,
        "title": approval.risk.title,
        "level": approval.residual_level,
        "option": approval.risk.option,
        "controls": approval.controls,
        "reason": approval.reason,
        "treatment_due": approval.risk.treatment_due_date,
        "expires_on": approval.expires_on,
        "submitted_by": approval.submitted_by_id,
        "approved_by": facts.actor.member_id,
        "approved_at": facts.now,
        "comment": approval.comment,
    }
    snapshot = snapshots.freeze(facts.actor, approval, content, now=facts.now)
    RiskApproval.objects.filter(pk=approval.pk).update(snapshot=snapshot)
    approval.snapshot = snapshot


@effect("SM-06", "reopen risk")
def reopen_accepted_risk(facts: Facts) -> None:
    approval: RiskApproval = facts.obj
    if approval.kind != PlanKind.ACCEPTANCE or approval.risk.state != RiskState.ACCEPTED:
        return
    risks.reopen(
        actor=system_actor(facts.actor.organization_id),
        risk=approval.risk,
        reason=f"The acceptance was {approval.get_state_display().lower()}.",
        now=facts.now,
    )


@effect("SM-06", "notify")
def tell_of_expiry(facts: Facts) -> None:
    approval: RiskApproval = facts.obj
    text = f"The acceptance of {approval.risk.reference} has expired; the risk is open again."
    tell([approval.risk.owner, approval.decided_by], approval.risk, "expired", text, now=facts.now)


# SM-07: impact assessments


@guard("SM-07", "actor is not author")
def actor_gave_no_answers(facts: Facts) -> None:
    assessments.require_not_contributor(facts.actor, facts.obj)


@guard("SM-07", "score within screened_out band, no hard trigger")
def score_is_low(facts: Facts) -> None:
    _require_outcome(facts.obj, ScreeningOutcome.SCREENED_OUT)


@guard("SM-07", "form chosen by threshold rule")
def form_is_chosen(facts: Facts) -> None:
    _require_outcome(facts.obj, ScreeningOutcome.LIGHT, ScreeningOutcome.FULL)


def _require_outcome(assessment: ImpactAssessment, *wanted: str) -> None:
    result = screening.evaluate(assessments.screening_part(assessment.answers))
    screening.require_complete(result)
    if result.outcome is not None and result.outcome not in wanted:
        sentence = f"The answers lead elsewhere: {ScreeningOutcome(result.outcome).label.lower()}."
        raise RuleBroken(f"{sentence} {' '.join(result.explanation)}", field="outcome")


@guard("SM-07", "SCR-01 yes")
def use_may_be_banned(facts: Facts) -> None:
    if facts.obj.answers.get("SCR-01") != "yes":
        raise RuleBroken(
            "Stopping is for uses that may be banned by law: SCR-01 is not answered “yes”.", field="SCR-01"
        )


@guard("SM-07", "required answers done")
def required_answers_are_done(facts: Facts) -> None:
    harms.require_answers(facts.obj.outcome, facts.obj.answers)


@guard("SM-07", "every harm >= medium has measure or acceptance and a linked risk")
def harms_are_dealt_with(facts: Facts) -> None:
    named = harms.harms_in(facts.obj.answers)
    wanted = {harm.risk_id for harm in named if harm.risk_id is not None}
    known = Risk.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    harms.require_harms_dealt_with(named, known_risks=frozenset(known))


@guard("SM-07", "approver level by residual band; for high and critical not the system owner")
def approver_has_the_level(facts: Facts) -> None:
    """SOD-08: what remains high or critical is decided by top management, and not by the system's owner."""
    band = harms.residual_band(harms.harms_in(facts.obj.answers))
    authority = authority_of(facts.actor.roles)
    if not authority or rank(authority) < rank(band):
        raise RuleBroken(
            f"What remains is {band}: top management approves this assessment.", field="authority"
        )
    if rank(band) >= rank("high") and facts.actor.member_id == facts.obj.system.owner_id:
        raise RuleBroken(
            "You own this system. Where high impacts remain, another person approves (SOD-08).", code="SOD-08"
        )


@guard("SM-07", "planned date near or trigger")
def assessment_date_is_near(facts: Facts) -> None:
    _require_due(facts, within=NEAR_DAYS)


@guard("SM-07", "re-screen date or trigger")
def rescreen_date_is_reached(facts: Facts) -> None:
    _require_due(facts, within=0)


def _require_due(facts: Facts, *, within: int) -> None:
    if str(facts.given.get("trigger") or "").strip():
        return
    next_date = facts.obj.next_date
    if next_date is None or next_date > local_today(facts.now) + datetime.timedelta(days=within):
        raise RuleBroken(
            "The next date has not come, and nothing is said to have changed.", field="next_date"
        )


@guard("SM-07", "newer approved or screened_out")
def a_newer_result_is_there(facts: Facts) -> None:
    newer: ImpactAssessment | None = facts.given.get("newer")
    decided = (AssessmentState.APPROVED, AssessmentState.SCREENED_OUT)
    if (
        newer is None
        or newer.state not in decided
        or newer.pk == facts.obj.pk
        or newer.system_id != facts.obj.system_id
    ):
        raise RuleBroken("Only a newer decided assessment of the same system takes the place of this one.")


@effect("SM-07", "re-screen date <= 12 months")
def keep_rescreen_date_within_a_year(facts: Facts) -> None:
    """The verb refuses a later day; whoever comes here by another way gets the latest allowed one."""
    latest = screening.latest_rescreening(local_today(facts.now))
    if facts.obj.next_date is None or facts.obj.next_date > latest:
        _write_assessment(facts.obj, next_date=latest)


@effect("SM-07", "AISystem gate closed")
def close_gate(facts: Facts) -> None:
    """Go-live asks for an approved assessment, so a stopped one closes the gate; it is put on record."""
    system = facts.obj.system
    trail.record(facts.actor, "aisystem.gate_closed", system, after={"assessment": facts.obj.reference})
    text = f"{system.reference} {system.name} is stopped: its use may be banned by law. Do not go live."
    tell([system.owner, system.risk_owner], facts.obj, "gate", text, now=facts.now)


@effect("SM-07", "escalate")
def escalate_stop(facts: Facts) -> None:
    system = facts.obj.system
    text = f"{system.reference} {system.name}: use that may be banned by law. Ask for a legal review."
    tell(with_role(TOP, LEAD, but=facts.actor.member_id), facts.obj, "stopped", text, now=facts.now)


@effect("SM-07", "freeze")
def freeze_approved(facts: Facts) -> None:
    assessments.freeze_assessment(facts.actor, facts.obj, facts.now)


@effect("SM-07", "open or keep deployment gate")
def tell_of_open_gate(facts: Facts) -> None:
    system = facts.obj.system
    text = f"The impact assessment of {system.reference} {system.name} is approved."
    tell([system.owner], facts.obj, "approved", text, now=facts.now)


@effect("SM-07", "set next date")
def set_next_assessment(facts: Facts) -> None:
    _write_assessment(facts.obj, next_date=add_months(local_today(facts.now), ASSESSMENT_MONTHS))


@effect("SM-07", "FRIA notice task if overlay")
def ask_about_rights_assessment(facts: Facts) -> None:
    """Deployers of full-assessment systems check whether the authority has to be told."""
    system = facts.obj.system
    if facts.obj.outcome != ScreeningOutcome.FULL or "deployer_user" not in system.organization_roles:
        return
    text = f"Check whether a fundamental-rights notice is due for {system.reference} {system.name}."
    tell(with_role(LEAD), facts.obj, "rights", text, now=facts.now)


@effect("SM-07", "reminders")
def tell_that_assessment_is_due(facts: Facts) -> None:
    if facts.given.get("trigger", "").startswith("replaced by"):
        return
    system = facts.obj.system
    text = f"{system.reference} {system.name} is to be assessed again."
    tell([system.owner, *_leads_without_owner(system)], facts.obj, "due", text, now=facts.now)


def _leads_without_owner(system: Any) -> list[Member]:
    return [] if system.owner_id else with_role(LEAD)


def _write_assessment(assessment: ImpactAssessment, **values: Any) -> None:
    ImpactAssessment.objects.filter(pk=assessment.pk).update(**values)
    for key, value in values.items():
        setattr(assessment, key, value)


def provide() -> None:
    """Register the machines as walked; importing this module filled in their guards and effects."""
    transitions.provide(RISK)
    transitions.provide(APPROVAL)
    transitions.provide(IMPACT_ASSESSMENT, without=("actor is not author",))
