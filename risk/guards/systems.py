"""What the life cycle of an AI system (SM-01) asks of its risks and its impact assessment."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.urls import reverse

from aims.core.actor import Actor, system_actor
from aims.core.days import local_today
from aims.core.exceptions import Problem, RuleBroken
from aims.core.permissions import TOP
from aims.core.registry import registry
from aims.core.separation import keep_apart
from aims.core.tenancy.context import current_organization
from aims.core.transitions import Facts
from inventory.enums import ReevaluationTrigger
from inventory.models import AISystem
from inventory.queries.gates import reopened_records
from inventory.services.stage_records import record_url
from risk import form_triggers, harms
from risk.enums import AssessmentState, ClassificationState, ProhibitedResult, RiskState
from risk.models import ImpactAssessment, LegalClassification, Risk
from risk.queries import OPEN_ASSESSMENT, current_level
from risk.scoring import rank
from risk.services import assessments, classification, risks

guard, effect = registry.guard, registry.effect
DECIDED = (AssessmentState.APPROVED, AssessmentState.SCREENED_OUT)
NOT_DECIDED = (
    RiskState.IDENTIFIED,
    RiskState.ANALYSED,
    RiskState.EVALUATED,
    RiskState.TREATMENT_PLANNED,
)
NAMED_AT_ONCE = 5
PROHIBITED = "The use is prohibited: the only way on is its end."


@guard("SM-01", "classification not prohibited")
def use_is_not_prohibited(facts: Facts) -> str:
    found = LegalClassification.objects.filter(system=facts.obj).select_related("approved_by").first()
    url = reverse("classification", args=[current_organization().slug, facts.obj.pk])
    if found is None or found.state != ClassificationState.APPROVED:
        raise RuleBroken("Answer whether the use is prohibited, and have another person decide.", url=url)
    if found.result != ProhibitedResult.NOT_PROHIBITED:
        raise RuleBroken(PROHIBITED, url=url)
    if found.valid_until is not None and found.valid_until < local_today(facts.now):
        raise RuleBroken(f"The classification was valid until {found.valid_until:%Y-%m-%d}.", url=url)
    decided = f" by {found.approved_by.name}" if found.approved_by else ""
    return f"Not prohibited, decided{decided}, valid until {found.valid_until:%Y-%m-%d}"


def stop_of_prohibited_use(system: AISystem) -> RuleBroken | None:
    """Also on the ways that do not ask for a classification, as that of a system that is bought."""
    prohibited = LegalClassification.objects.filter(system=system, result=ProhibitedResult.PROHIBITED)
    if not prohibited.exists():
        return None
    url = reverse("classification", args=[current_organization().slug, system.pk])
    return RuleBroken(PROHIBITED, url=url)


@effect("SM-01", "create EU AI Act classification draft")
def create_classification_draft(facts: Facts) -> None:
    system = AISystem.objects.select_related("owner").get(pk=facts.obj.pk)
    classification.draft_classification(actor=facts.actor, system=system, now=facts.now)


@guard("SM-01", "screening started")
def screening_is_started(facts: Facts) -> str:
    found = ImpactAssessment.objects.filter(system=facts.obj).exclude(state=AssessmentState.SUPERSEDED)
    newest = found.first()
    if newest is None:
        raise RuleBroken("Start the screening of its impact.", url=facts.obj.get_absolute_url())
    return f"{newest.reference}: {newest.get_state_display().lower()}"


@guard("SM-01", "screening approved")
def screening_is_approved(facts: Facts) -> str:
    approved = ImpactAssessment.objects.filter(system=facts.obj, screening_approved_by__isnull=False)
    newest = approved.exclude(state__in=[AssessmentState.SUPERSEDED, AssessmentState.STOPPED]).first()
    if newest is None:
        raise RuleBroken("The screening is not approved by another person yet.", url=_newest_url(facts.obj))
    return f"{newest.reference}: {newest.get_state_display().lower()}"


@guard("SM-01", "impact assessment approved (SM-07)")
def impact_is_assessed(facts: Facts) -> str:
    return _current_assessment(facts)


@guard("SM-01", "risk treatment approved, no unaccepted high or critical risk")
def risks_are_treated(facts: Facts) -> str:
    seen = _decided_risks(facts.obj)
    _require_authority(facts)
    return seen


@guard("SM-01", "assessments renewed and approved")
def assessments_are_renewed(facts: Facts) -> str:
    """Whatever was opened for the re-evaluation is renewed and decided; all that is not is named at once."""
    system = facts.obj
    left = [
        *_unmet(lambda: _current_assessment(facts)),
        *_risks_left(system, on=local_today(facts.now)),
        *_classification_left(system),
        *_records_left(system),
    ]
    if left:
        sentence = left[0].sentence if len(left) == 1 else f"{len(left)} things are not renewed."
        raise RuleBroken(sentence, problems=left, url=left[0].url)
    return f"{_current_assessment(facts)}. {_decided_risks(system)}"


@effect("SM-01", "create screening")
def create_screening(facts: Facts) -> None:
    """Where the only screening has ended, the accepted intake begins the next one."""
    alive = ImpactAssessment.objects.filter(system=facts.obj, state__in=[*OPEN_ASSESSMENT, *DECIDED])
    if not alive.exists():
        system = AISystem.objects.select_related("owner").get(pk=facts.obj.pk)
        assessments.start_assessment(actor=facts.actor, system=system, now=facts.now)


@effect("SM-01", "create reassessment tasks")
def create_reassessment_tasks(facts: Facts) -> None:
    """The impact assessment is due, accepted risks are open again, others are to be reviewed; each with why.

    A recorded change opens what its author chose, and nothing else.
    """
    if not facts.given.get("opens_everything", True):
        return
    why = _cause(facts)
    portal = system_actor(facts.obj.organization_id)
    for assessment in ImpactAssessment.objects.filter(system=facts.obj, state__in=DECIDED):
        assessments.mark_due(actor=portal, assessment=assessment, trigger=why, now=facts.now)
    rated = Risk.objects.open().rated().filter(system=facts.obj)
    for risk in rated.select_related("system", "owner"):
        risks.call_up(actor=portal, risk=risk, reason=why, now=facts.now)


def _cause(facts: Facts) -> str:
    trigger, reason = facts.given.get("trigger"), str(facts.given.get("reason") or "")
    label = str(ReevaluationTrigger(trigger).label) if trigger else ""
    return f"{label}. {reason}".strip(". ") or "Re-evaluation"


def _current_assessment(facts: Facts) -> str:
    decided = ImpactAssessment.objects.filter(system=facts.obj, state__in=DECIDED).first()
    if decided is None:
        raise RuleBroken(
            "There is no impact assessment in force: approve one, or confirm that none is needed.",
            url=_newest_url(facts.obj),
        )
    if (blocked := form_triggers.blocking(decided.answers)) is not None:
        raise RuleBroken(f"{decided.reference}: {blocked.sentence}", url=decided.get_absolute_url())
    if decided.next_date is not None and decided.next_date < local_today(facts.now):
        raise RuleBroken(
            f"{decided.reference} was to be renewed by {decided.next_date:%Y-%m-%d}.",
            url=decided.get_absolute_url(),
        )
    return f"{decided.reference}: {decided.get_state_display().lower()}"


def _decided_risks(system: AISystem) -> str:
    """Every open risk has an approved treatment, and what is high or critical is accepted."""
    found = list(Risk.objects.open().filter(system=system).order_by("pk"))
    if not found:
        raise RuleBroken(
            "No risk of this system is on record: assess its risks first.", url=_risks_url(system)
        )
    waiting = [f"{risk.reference} ({_why_not(risk)})" for risk in found if _why_not(risk)]
    if waiting:
        more = f" and {len(waiting) - NAMED_AT_ONCE} more" if len(waiting) > NAMED_AT_ONCE else ""
        raise RuleBroken(f"Not decided: {', '.join(waiting[:NAMED_AT_ONCE])}{more}.", url=_risks_url(system))
    return ", ".join(
        f"{risk.reference} {risk.get_state_display().lower()} ({current_level(risk) or 'not scored'})"
        for risk in found
    )


def _unmet(ask: Callable[[], object]) -> list[Problem]:
    try:
        ask()
    except RuleBroken as refused:
        return [Problem("", refused.field or "state", refused.sentence, refused.url)]
    return []


def _risks_left(system: AISystem, *, on: datetime.date) -> list[Problem]:
    """Undecided, or its review has come: of what is not accepted, that is how a change calls it up."""
    found = list(Risk.objects.open().filter(system=system).select_related("organization").order_by("pk"))
    if not found:
        return _unmet(lambda: _decided_risks(system))
    return [
        Problem("", "state", f"{risk.reference} {left}.", risk.get_absolute_url())
        for risk in found
        if (left := _what_is_left(risk, on))
    ]


def _what_is_left(risk: Risk, on: datetime.date) -> str:
    if why := _why_not(risk):
        return f"is not decided: {why}"
    if risk.review_date is not None and risk.review_date <= on:
        return f"was to be reviewed by {risk.review_date:%Y-%m-%d}"
    return ""


def _classification_left(system: AISystem) -> list[Problem]:
    """One that was decided once and is open again; its snapshot stays from then."""
    opened = LegalClassification.objects.filter(system=system, snapshot__isnull=False)
    return [
        Problem(
            "",
            "state",
            f"The legal classification is not decided again: {each.get_state_display().lower()}.",
            reverse("classification", args=[current_organization().slug, system.pk]),
        )
        for each in opened.exclude(state=ClassificationState.APPROVED)
    ]


def _records_left(system: AISystem) -> list[Problem]:
    return [
        Problem("", "state", f"Complete the record “{record}” again.", record_url(system, record.kind))
        for record in reopened_records(system)
    ]


def _why_not(risk: Risk) -> str:
    if risk.state in NOT_DECIDED:
        return str(risk.get_state_display()).lower()
    level = current_level(risk)
    if risk.state != RiskState.ACCEPTED and level and rank(level) >= rank("high"):
        return f"{level} and not accepted"
    return ""


def _require_authority(facts: Facts) -> None:
    """SOD-08: what remains high or critical goes live by top management, and never by the system's owner."""
    remaining = [current_level(risk) for risk in Risk.objects.open().filter(system=facts.obj)]
    decided = ImpactAssessment.objects.filter(system=facts.obj, state__in=DECIDED).first()
    if decided is not None:
        remaining.append(harms.residual_band(harms.harms_in(decided.answers)))
    if not any(level and rank(level) >= rank("high") for level in remaining):
        return
    keep_apart(
        "SOD-08",
        actor=facts.actor,
        obj=facts.obj,
        hands=[facts.obj.owner_id],
        sentence="You own this system. Where high or critical risk remains, another person decides.",
    )
    if not _is_top(facts.actor):
        raise RuleBroken("High or critical risk remains: top management decides (SOD-08).", code="SOD-08")


def _is_top(actor: Actor) -> bool:
    return TOP in actor.roles


def _newest_url(system: Any) -> str:
    newest = ImpactAssessment.objects.filter(system=system).select_related("organization").first()
    return newest.get_absolute_url() if newest else system.get_absolute_url()


def _risks_url(system: AISystem) -> str:
    return f"{reverse('risks', args=[current_organization().slug])}?system={system.pk}"
