"""Reads shaped for one page, list or document; each has a fixed number of queries."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from aims.core import charts
from aims.core.actor import Actor
from inventory.models import AISystem
from inventory.queries.sectors import adopted_keys
from inventory.rules.systems import OUT_OF_USE
from inventory.sectors import usual_risks
from risk import taxonomy
from risk.enums import AssessmentState, Level, PlanKind, PlanState, RiskState, ScreeningOutcome
from risk.models import ImpactAssessment, LegalClassification, Risk, RiskApproval, RiskCriteria
from risk.scoring import DEFAULT_CRITERIA, LEVELS, Criteria, Ratings, criteria_from, level, rank
from risk.taxonomy import Scenario

OPEN_ASSESSMENT = (
    AssessmentState.SCREENING,
    AssessmentState.SCREENED_OUT_PENDING,
    AssessmentState.IN_PROGRESS,
    AssessmentState.SUBMITTED,
    AssessmentState.IN_REVIEW,
)


# Criteria


def approved_criteria() -> RiskCriteria | None:
    """The version that holds: the newest approved one."""
    found: RiskCriteria | None = (
        RiskCriteria.objects.exclude(approved_at=None).select_related("approved_by").first()
    )
    return found


def current_scales() -> Criteria:
    """The scales to show: those approved, or the ones the portal proposes while none are."""
    approved = approved_criteria()
    return criteria_from(approved.content) if approved else DEFAULT_CRITERIA


def level_number(of_level: str) -> int | None:
    """1 to 4 as the charts and tags count; None when not scored."""
    return rank(of_level) + 1 if of_level else None


def levels_above_appetite(criteria: Criteria) -> list[str]:
    return [each for each in LEVELS if rank(each) > rank(criteria.appetite)]


# The register


def effective(field: str, residual: str) -> Coalesce:
    """The residual value where it was assessed, else the inherent one."""
    return Coalesce(F(residual), F(field))


def register() -> QuerySet[Any]:
    """Risks with everything their row shows."""
    return Risk.objects.select_related("system", "owner").annotate(
        current_likelihood=effective("likelihood", "residual_likelihood"),
        current_severity=Coalesce(
            Greatest("residual_organization", "residual_individuals", "residual_society"),
            Greatest("severity_organization", "severity_individuals", "severity_society"),
        ),
        inherent_severity=Greatest("severity_organization", "severity_individuals", "severity_society"),
        current_score=effective("score", "residual_score"),
    )


def view_filter(view: str, *, actor: Actor, today: datetime.date, criteria: Criteria) -> Q:
    """The condition behind each saved view of the register."""
    above = levels_above_appetite(criteria)
    is_open = ~Q(state=RiskState.CLOSED)
    not_treated = [RiskState.IDENTIFIED, RiskState.ANALYSED, RiskState.EVALUATED]
    return {
        "above": is_open & (Q(residual_level__in=above) | Q(residual_level="", level__in=above)),
        "mine": is_open & Q(owner_id=actor.member_id) & ~Q(owner_id=None),
        "overdue": is_open & Q(review_date__lt=today),
        "untreated": Q(state__in=not_treated),
        "closed": ~is_open,
    }.get(view, Q())


VIEWS = (
    ("", "All"),
    ("above", "Above appetite"),
    ("mine", "Mine"),
    ("overdue", "Review overdue"),
    ("untreated", "No treatment"),
)


def view_counts(*, actor: Actor, today: datetime.date, criteria: Criteria) -> dict[str, int]:
    """How many risks each saved view holds, in one query."""
    wanted = {
        f"n_{key}": Count("pk", filter=view_filter(key, actor=actor, today=today, criteria=criteria))
        for key, _ in VIEWS
        if key
    }
    found = Risk.objects.aggregate(n_=Count("pk"), **wanted)
    return {key.removeprefix("n_"): number for key, number in found.items()}


def matrix_of(
    risks: Iterable[tuple[int | None, int | None]], *, criteria: Criteria, url_of: Any = None
) -> charts.Matrix:
    """How many risks have which likelihood and severity; unscored ones do not appear."""
    counts: dict[tuple[int, int], int] = {}
    for likelihood, severity in risks:
        if likelihood and severity:
            counts[likelihood, severity] = counts.get((likelihood, severity), 0) + 1
    return charts.matrix(
        likelihoods=_labels(criteria.likelihood),
        impacts=_labels(criteria.severity),
        level_of=lambda likelihood, impact: level_number(level(likelihood * impact, criteria.bands)) or 1,
        counts=counts,
        url_of=url_of,
    )


def _labels(scale: Mapping[int, str]) -> list[str]:
    return [scale[step].capitalize() for step in sorted(scale)]


def residual_matrix(*, criteria: Criteria, url_of: Any = None) -> charts.Matrix:
    cells = register().exclude(state=RiskState.CLOSED).values_list("current_likelihood", "current_severity")
    return matrix_of(cells, criteria=criteria, url_of=url_of)


def inherent_matrix(*, criteria: Criteria, url_of: Any = None) -> charts.Matrix:
    cells = register().exclude(state=RiskState.CLOSED).values_list("likelihood", "inherent_severity")
    return matrix_of(cells, criteria=criteria, url_of=url_of)


def ratings_of(risk: Any) -> Ratings | None:
    """The inherent ratings of a risk (or of a row of its history); None while one is missing."""
    return _ratings(
        risk.likelihood, risk.severity_organization, risk.severity_individuals, risk.severity_society
    )


def residual_ratings_of(risk: Any) -> Ratings | None:
    return _ratings(
        risk.residual_likelihood,
        risk.residual_organization,
        risk.residual_individuals,
        risk.residual_society,
    )


def _ratings(*values: int | None) -> Ratings | None:
    given = [value for value in values if value]
    return Ratings(*given) if len(given) == len(values) else None


def current_level(risk: Any) -> str:
    return str(risk.residual_level or risk.level)


# Approvals


def latest_plan(risk: Risk) -> RiskApproval | None:
    """The plan that counts: a newer draft takes the place of what was approved before."""
    found: RiskApproval | None = risk.approvals.filter(kind=PlanKind.TREATMENT).order_by("-id").first()
    return found


def active_acceptance(risk: Risk, *, on: datetime.date) -> RiskApproval | None:
    """An approved acceptance that has not ended and covers the level the risk has now."""
    approved = risk.approvals.filter(
        kind=PlanKind.ACCEPTANCE, state=PlanState.APPROVED, expires_on__gt=on
    ).order_by("-id")
    now = current_level(risk)
    return next((each for each in approved if now and rank(each.residual_level) >= rank(now)), None)


def approvals_waiting() -> QuerySet[RiskApproval]:
    return (
        RiskApproval.objects.filter(state=PlanState.SUBMITTED)
        .select_related("risk__system", "risk__owner", "submitted_by")
        .order_by("submitted_at")
    )


def approvals_decided() -> QuerySet[RiskApproval]:
    return (
        RiskApproval.objects.exclude(state__in=[PlanState.DRAFT, PlanState.SUBMITTED])
        .select_related("risk", "submitted_by", "decided_by", "snapshot")
        .order_by("-decided_at")
    )


# Suggestions


@dataclass(frozen=True)
class SuggestedRisk:
    scenario: Scenario
    category: str
    fit: float
    level: str
    is_known: bool
    #: The sector template in which it is usual, by its name.
    sector: str


def suggestions_for(system: AISystem, *, limit: int = 12) -> list[SuggestedRisk]:
    """Scenarios that suit a system, best first; those already in the register are marked."""
    known = set(Risk.objects.filter(system=system).exclude(scenario="").values_list("scenario", flat=True))
    names = {category.id: category.name for category in taxonomy.categories()}
    usual = usual_risks(adopted_keys())
    found = taxonomy.suggest(
        ai_types=[system.ai_type],
        stage=system.stage,
        roles=system.organization_roles,
        usual=usual,
        limit=limit,
    )
    bands = DEFAULT_CRITERIA.bands
    return [
        SuggestedRisk(
            scenario=each.scenario,
            category=names[each.scenario.category],
            fit=each.fit,
            level=level(each.scenario.default_likelihood * each.scenario.default_severity, bands),
            is_known=each.scenario.id in known,
            sector=usual.get(each.scenario.id, ""),
        )
        for each in found
    ]


# Impact assessments


def assessments() -> QuerySet[ImpactAssessment]:
    return ImpactAssessment.objects.select_related(
        "system__owner", "author", "submitted_by", "screening_approved_by", "approved_by"
    )


def has_form(assessment: ImpactAssessment) -> bool:
    """A light or full assessment follows its screening once that is approved."""
    is_asked_for = assessment.outcome in (ScreeningOutcome.LIGHT, ScreeningOutcome.FULL)
    return is_asked_for and assessment.screening_approved_by_id is not None


ASSESSMENT_VIEWS = (
    ("", "All"),
    ("screening", "To screen"),
    ("waiting", "Waits for approval"),
    ("in_force", "In force"),
    ("due", "Due again"),
)


def assessment_filter(view: str, *, today: datetime.date) -> Q:
    handed_in = [
        AssessmentState.SCREENED_OUT_PENDING,
        AssessmentState.SUBMITTED,
        AssessmentState.IN_REVIEW,
    ]
    waits = Q(state__in=handed_in) | Q(state=AssessmentState.IN_PROGRESS, screening_approved_by=None)
    in_force = Q(state__in=[AssessmentState.SCREENED_OUT, AssessmentState.APPROVED]) | Q(
        state=AssessmentState.IN_PROGRESS, screening_approved_by__isnull=False
    )
    return {
        "screening": Q(state=AssessmentState.SCREENING),
        "waiting": waits,
        "in_force": in_force,
        "due": Q(state=AssessmentState.DUE) | (in_force & Q(next_date__lt=today)),
    }.get(view, Q())


def assessment_counts(*, today: datetime.date) -> dict[str, int]:
    wanted = {
        f"n_{key}": Count("pk", filter=assessment_filter(key, today=today))
        for key, _ in ASSESSMENT_VIEWS
        if key
    }
    found = ImpactAssessment.objects.aggregate(n_=Count("pk"), **wanted)
    return {key.removeprefix("n_"): number for key, number in found.items()}


def systems_without_assessment() -> QuerySet[AISystem]:
    """In scope or undecided, not ended, and nobody ever began to screen them."""
    screened = ImpactAssessment.objects.values("system_id")
    return (
        AISystem.objects.exclude(pk__in=Subquery(screened))
        .exclude(is_in_scope=False)
        .exclude(stage__in=OUT_OF_USE)
        .order_by("reference")
    )


def newest_assessment(system: AISystem) -> ImpactAssessment | None:
    found: ImpactAssessment | None = assessments().filter(system=system).order_by("-id").first()
    return found


@dataclass(frozen=True)
class Standing:
    """How a system's impact assessment stands, in words, with a tone for its tag."""

    tone: str
    label: str


def standing(assessment: ImpactAssessment | None, *, today: datetime.date) -> Standing:
    if assessment is None:
        return Standing("bad", "No screening yet")
    overdue = assessment.next_date is not None and assessment.next_date < today
    if assessment.state == AssessmentState.IN_PROGRESS:
        if assessment.screening_approved_by_id is None:
            return Standing("warn", "Screening waits for approval")
        return Standing("info", "Screening approved, assessment to be done")
    tones = {
        AssessmentState.SCREENING: "neutral",
        AssessmentState.SCREENED_OUT_PENDING: "warn",
        AssessmentState.SCREENED_OUT: "ok",
        AssessmentState.APPROVED: "ok",
        AssessmentState.DUE: "bad",
        AssessmentState.STOPPED: "bad",
    }
    if overdue:
        return Standing("bad", "Due again")
    return Standing(tones.get(AssessmentState(assessment.state), "info"), assessment.get_state_display())


def outcome_word(outcome: str) -> str:
    return str(ScreeningOutcome(outcome).label) if outcome else "Not decided"


def level_label(of_level: str) -> str:
    return str(Level(of_level).label) if of_level else "Not scored"


def criteria_of(risk: Any) -> Criteria:
    """The criteria by which a risk was scored, else those that hold."""
    return criteria_from(risk.criteria.content) if risk.criteria else current_scales()


# Legal classification


def classification_of(system: AISystem) -> LegalClassification | None:
    found: LegalClassification | None = (
        LegalClassification.objects.filter(system=system)
        .select_related("system__owner", "system__risk_owner", "author", "approved_by", "snapshot")
        .first()
    )
    return found


def classifications(*, state: str = "", result: str = "") -> QuerySet[Any]:
    asked = {key: value for key, value in (("state", state), ("result", result)) if value}
    found: QuerySet[Any] = LegalClassification.objects.filter(**asked).order_by("id")
    return found
