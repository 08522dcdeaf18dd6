"""What SM-05 asks of a risk: one function per guard and effect of the catalog."""

from __future__ import annotations

from typing import Any

from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.permissions import LEAD
from aims.core.registry import registry
from aims.core.schedule import add_months
from aims.core.separation import keep_apart
from aims.core.transitions import Facts
from inventory.rules.systems import OUT_OF_USE
from risk.enums import PlanState
from risk.models import Risk
from risk.queries import active_acceptance, approved_criteria, current_level, current_scales, latest_plan
from risk.rules import (
    require_described,
    require_treatment,
)
from risk.scoring import criteria_from, next_review, within_appetite
from risk.services import risks
from risk.services.telling import tell, with_role

guard, effect = registry.guard, registry.effect

#: How long after its completion a treatment shows whether it works.
EFFECTIVENESS_MONTHS = 3


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
        keep_apart(
            "SOD-04",
            actor=facts.actor,
            obj=facts.obj,
            hands=[facts.obj.owner_id],
            sentence="You own this risk. Its owner does not accept it alone.",
        )
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
    if system is not None and system.stage not in OUT_OF_USE:
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
