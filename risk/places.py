"""What risk shows at places that lower apps name: navigation, work, search, home, the page of a system."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.permissions import LEAD, RISK_OWNER, SYSTEM_OWNER, TOP
from aims.core.registry import NavigationEntry, Panel, SearchHit, WorkItem
from aims.core.tenancy.context import current_organization
from inventory.models import AISystem
from risk import queries
from risk.enums import AssessmentState, PlanState, RiskState, ScreeningOutcome
from risk.models import ImpactAssessment, Risk, RiskApproval, RiskCriteria
from risk.progress import form_progress

MOST_HITS = 8
TONES = {"prohibited": "bad", "not_prohibited": "ok", "unclear": "warn", "": "neutral"}


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Risks", "risks", "shield-alert", "risk.view_risks", 11)
    yield NavigationEntry(
        "Assess",
        "Approvals",
        "risk_approvals",
        "circle-check",
        "risk.decide_approval",
        11,
        waiting_approvals,
    )
    yield NavigationEntry("Assess", "Impact assessments", "assessments", "scale", "risk.view_assessments", 12)


def waiting_approvals(actor: Actor) -> QuerySet[Any]:
    waiting = RiskApproval.objects.filter(state=PlanState.SUBMITTED)
    return waiting.exclude(submitted_by_id=actor.member_id)


def panels() -> Iterator[Panel]:
    yield Panel("system", "risks", "Risks", 20, "risk.view_risks", "risk/_system_risks.html", system_risks)
    yield Panel(
        "system",
        "impact",
        "Impact assessment",
        21,
        "risk.view_assessments",
        "risk/_system_assessment.html",
        system_assessment,
        span=6,
    )

    yield Panel(
        "system",
        "classification",
        "Legal classification",
        22,
        "risk.view_classification",
        "risk/_system_classification.html",
        system_classification,
        span=6,
    )


def system_classification(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """One query."""
    found = queries.classification_of(system)
    return {"classification": found, "system": system, "tone": TONES[found.result if found else ""]}


def system_risks(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """Two queries, whatever their number."""
    risks = list(Risk.objects.filter(system=system).select_related("owner").order_by("reference"))
    return {
        "risks": risks,
        "system": system,
        "may_identify": permissions.can(actor, "risk.identify_risk", system),
    }


def system_assessment(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    newest = queries.newest_assessment(system)
    today = local_today()
    return {
        "assessment": newest,
        "standing": queries.standing(newest, today=today),
        "outcome": queries.outcome_word(newest.outcome) if newest else "",
        "system": system,
        "may_start": permissions.can(actor, "risk.start_assessment", system)
        and (newest is None or newest.state not in queries.OPEN_ASSESSMENT),
    }


# Work


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Decisions that wait for this person, and steps on their own risks and systems."""
    if actor.member_id is None:
        return
    slug = current_organization().slug
    if TOP in actor.roles:
        yield from _decisions(actor, slug)
    if actor.roles & {LEAD, TOP}:
        yield from _screenings_to_decide(actor)
        yield from _classifications_to_decide(actor)
    if RISK_OWNER in actor.roles:
        yield from _own_risks(actor)
    if SYSTEM_OWNER in actor.roles:
        yield from _own_screenings(actor)


def _decisions(actor: Actor, slug: str) -> Iterator[WorkItem]:
    queue = reverse("risk_approvals", args=[slug])
    for row in queries.approvals_waiting().exclude(submitted_by_id=actor.member_id):
        title = f"{row.get_kind_display()}: {row.risk.reference} {row.risk.title}"
        detail = f"Risk level {row.residual_level}, submitted by {row.submitted_by.name}"
        yield WorkItem(title, detail, queue, "shield-alert", "Decide")
    draft = RiskCriteria.objects.filter(approved_at=None).exclude(author_id=actor.member_id).first()
    if draft is not None:
        url = reverse("risk_criteria", args=[slug])
        yield WorkItem(str(draft), "Waits for approval by top management", url, "scale", "Approve")


def _screenings_to_decide(actor: Actor) -> Iterator[WorkItem]:
    waits = queries.assessment_filter("waiting", today=datetime.date.min) | Q(
        state=AssessmentState.SCREENING, outcome=ScreeningOutcome.STOP
    )
    found = queries.assessments().filter(waits).exclude(contributors__contains=[actor.member_id])
    for row in found.select_related("organization"):
        if row.state == AssessmentState.SCREENED_OUT_PENDING and LEAD not in actor.roles:
            continue
        if row.state == AssessmentState.SUBMITTED and LEAD not in actor.roles:
            continue
        is_form = row.state in (AssessmentState.SUBMITTED, AssessmentState.IN_REVIEW)
        title = f"{'Impact assessment' if is_form else 'Screening'} of {row.system.name}"
        detail = f"{queries.outcome_word(row.outcome)}, answered by {row.author.name if row.author else '–'}"
        action = "Review" if row.state == AssessmentState.SUBMITTED else "Decide"
        yield WorkItem(title, detail, row.get_absolute_url(), "scale", action)


def _classifications_to_decide(actor: Actor) -> Iterator[WorkItem]:
    waiting = queries.classifications(state="submitted").exclude(contributors__contains=[actor.member_id])
    for row in waiting.select_related("system", "organization"):
        title = f"Legal classification of {row.system.name}"
        yield WorkItem(title, row.get_result_display(), row.get_absolute_url(), "scale", "Decide")


NEXT_OF_OWNER = {
    RiskState.IDENTIFIED: ("Not scored yet", "Score"),
    RiskState.ANALYSED: ("Rated, not evaluated", "Evaluate"),
    RiskState.EVALUATED: ("Treat it, or propose its acceptance", "Decide on treatment"),
    RiskState.TREATMENT_PLANNED: ("Treatment planned", "Go on"),
    RiskState.IN_TREATMENT: ("In treatment", "Complete"),
}


def _own_risks(actor: Actor) -> Iterator[WorkItem]:
    mine = Risk.objects.filter(owner_id=actor.member_id, state__in=list(NEXT_OF_OWNER))
    for risk in mine.select_related("organization"):
        detail, action = NEXT_OF_OWNER[RiskState(risk.state)]
        treated = risk.state in (RiskState.TREATMENT_PLANNED, RiskState.IN_TREATMENT)
        due = risk.treatment_due_date if treated else None
        yield WorkItem(str(risk), detail, risk.get_absolute_url(), "shield-alert", action, due)


def _own_screenings(actor: Actor) -> Iterator[WorkItem]:
    own = ImpactAssessment.objects.filter(system__owner_id=actor.member_id)
    own = own.select_related("system", "organization")
    for row in own.filter(state=AssessmentState.IN_PROGRESS, screening_approved_by__isnull=False):
        done = form_progress(row.outcome, row.answers)
        detail = f"{done.answered} of {done.total} questions answered"
        title = f"Impact assessment of {row.system.name}"
        yield WorkItem(title, detail, row.get_absolute_url(), "scale", "Answer", row.next_date)
    for row in own.filter(state__in=[AssessmentState.SCREENING, AssessmentState.DUE]):
        is_due = row.state == AssessmentState.DUE
        detail = "Due again: start a new screening" if is_due else "Fourteen questions"
        url = row.get_absolute_url()
        yield WorkItem(f"Screening of {row.system.name}", detail, url, "scale", "Answer", row.next_date)


# Search, ownership, home


def search(actor: Actor, words: str) -> Iterator[SearchHit]:
    if permissions.can(actor, "risk.view_risks"):
        found = Risk.objects.filter(Q(title__icontains=words) | Q(reference__istartswith=words))
        for risk in found.select_related("organization")[:MOST_HITS]:
            yield SearchHit("Risk", str(risk), risk.get_absolute_url())
    if permissions.can(actor, "risk.view_assessments"):
        rows = ImpactAssessment.objects.filter(
            Q(reference__istartswith=words) | Q(system__name__icontains=words)
        )
        for row in rows.select_related("organization", "system")[:MOST_HITS]:
            label = f"{row.reference} {row.system.name}"
            yield SearchHit("Impact assessment", label, row.get_absolute_url())


def home(actor: Actor, today: datetime.date) -> Mapping[str, Any]:
    """The residual matrix and how many risks lie above appetite."""
    if actor.is_auditor or not permissions.can(actor, "risk.view_risks"):
        return {}
    address = reverse("risks", args=[current_organization().slug])
    criteria = queries.current_scales()
    counts = queries.view_counts(actor=actor, today=today, criteria=criteria)
    parts: dict[str, Any] = {
        "stats": [
            {
                "label": "Risks above appetite",
                "value": counts["above"] if counts[""] else None,
                "note": f"of {counts['']} in the register",
                "url": f"{address}?view=above",
                "counts": f"Open risks whose residual level, or inherent level where nothing was treated yet,"
                f" is above {criteria.appetite}.",
            }
        ],
        "risks_url": address,
    }
    if counts[""]:
        parts["matrix"] = queries.residual_matrix(
            criteria=criteria,
            url_of=lambda likelihood, severity: (
                f"{address}?{urlencode({'likelihood': likelihood, 'severity': severity})}"
            ),
        )
    return parts
