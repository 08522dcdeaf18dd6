"""What SM-07 asks of an impact assessment."""

from __future__ import annotations

import datetime
from typing import Any

from aims.core import trail
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD, TOP
from aims.core.registry import registry
from aims.core.separation import keep_apart
from aims.core.transitions import Facts
from risk import harms, screening
from risk.enums import AssessmentState, ScreeningOutcome
from risk.models import ImpactAssessment, Risk
from risk.rules import (
    authority_of,
)
from risk.scoring import rank
from risk.services import assessments
from risk.services.telling import tell, with_role

guard, effect = registry.guard, registry.effect

#: An approved assessment is marked as due this long before its day, so that the next one is ready in time.
NEAR_DAYS = 30


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
    known = Risk.objects.filter(pk__in=wanted, system=facts.obj.system_id).values_list("pk", flat=True)
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
    if rank(band) >= rank("high"):
        keep_apart(
            "SOD-08",
            actor=facts.actor,
            obj=facts.obj,
            hands=[facts.obj.system.owner_id],
            sentence="You own this system. Where high impacts remain, another person approves.",
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
    """The verb refuses a later day; whoever comes here by another way gets the latest allowed one."""
    band = harms.residual_band(harms.harms_in(facts.obj.answers))
    latest = harms.latest_next(band, decided_on=local_today(facts.now))
    if facts.obj.next_date is None or facts.obj.next_date > latest:
        _write_assessment(facts.obj, next_date=latest)


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
