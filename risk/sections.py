"""What risk and impact assessment contribute to evidence packs: pure reads as of a date."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aims.core.days import end_of_day
from aims.core.documents import Column, Facts, Heat, Prose, Record, Records, Section, Table
from inventory.rules.systems import OUT_OF_USE
from risk import queries
from risk.assessments_section import assessments_section
from risk.classification_section import classification_section
from risk.enums import (
    PlanKind,
    PlanState,
    RiskState,
    TreatmentOption,
)
from risk.models import Risk, RiskApproval, RiskCriteria
from risk.pack_names import Names
from risk.scoring import DEFAULT_CRITERIA, Criteria, criteria_from, rank

TOP_RISKS = 10


def sections(as_of: datetime.date) -> Iterable[Section]:
    """The method, the register, the treatment and the impact assessments, in the order of the pack."""
    names = Names()
    approved = _approved_criteria(as_of)
    criteria = criteria_from(approved.content) if approved else DEFAULT_CRITERIA
    risks = list(Risk.objects.order_by("reference"))
    yield criteria_section(approved, criteria, names)
    yield register_section(risks, criteria, names, as_of=as_of)
    yield treatment_section(risks, names, as_of=as_of)
    yield assessments_section(names, as_of=as_of)
    yield classification_section(names.systems, names.people, as_of=as_of)


def criteria_section(approved: RiskCriteria | None, criteria: Criteria, names: Names) -> Section:
    gaps = () if approved else ("No risk criteria are approved by top management.",)
    method = (
        "A risk is rated for likelihood and for severity on three axes: the organization, individuals and"
        " groups, and society. The score is the likelihood times the worst of the three severities, and lies"
        " in exactly one band. The level is computed from the approved criteria and never typed; each result"
        " keeps the version of the criteria by which it was computed."
    )
    facts = [
        ("Version", approved.version if approved else None),
        ("Approved by", names.person(approved.approved_by_id) if approved else None),
        ("Approved on", approved.approved_at.date() if approved and approved.approved_at else None),
        ("Accepted without an acceptance, up to", criteria.appetite),
        ("Months between reviews", criteria.review_months),
    ]
    bands = [
        (queries.level_label(b.level), f"{b.lowest} to {b.highest}", criteria.acceptance_months[b.level])
        for b in criteria.bands
    ]
    scales = [(step, criteria.likelihood[step], criteria.severity[step]) for step in range(5, 0, -1)]
    return Section(
        key="risk-criteria",
        number="9",
        title="Risk criteria and method",
        clause_refs=("6.1.1", "6.1.2"),
        data={
            "facts": Facts(facts),
            "method": Prose(method, title="Method"),
            "bands": Table(
                (Column("Level", 30), Column("Score", 30), Column("Months of acceptance at most", 40)),
                bands,
                title="Bands",
            ),
            "scales": Table(
                (Column("Value", 20, "number"), Column("Likelihood", 40), Column("Severity", 40)),
                scales,
                title="Scales",
            ),
        },
        gaps=gaps,
    )


def register_section(
    risks: Sequence[Any], criteria: Criteria, names: Names, *, as_of: datetime.date
) -> Section:
    still_open = [risk for risk in risks if risk.state != RiskState.CLOSED]
    ranked = sorted(still_open, key=_weight, reverse=True)[:TOP_RISKS]
    rows = [
        (
            risk.reference,
            risk.title,
            names.system(risk.system_id) or risk.process,
            queries.level_label(risk.level),
            queries.level_label(risk.residual_level) if risk.residual_level else "Not treated",
            RiskState(risk.state).label,
            names.person(risk.owner_id),
            risk.review_date,
        )
        for risk in risks
    ]
    columns = (
        Column("Ref", 8, "code"),
        Column("Risk", 27),
        Column("System or process", 17),
        Column("Inherent", 9, "badge"),
        Column("Residual", 10, "badge"),
        Column("State", 10),
        Column("Owner", 10),
        Column("Next review", 9),
    )
    return Section(
        key="risk-register",
        number="10",
        title="Risk register",
        clause_refs=("6.1.2", "8.2"),
        data={
            "summary": Facts(_counts(risks, as_of)),
            "heat": Heat(queries.matrix_of(_cells(still_open), criteria=criteria), title="Residual risk"),
            "top": Records(
                [_top_risk(risk, names) for risk in ranked],
                title="Highest risks",
                empty="No open risk is recorded.",
            ),
            "register": Table(columns, rows, title="Register", empty="No risks are recorded."),
        },
        gaps=tuple(_register_gaps(risks, names, as_of=as_of)),
    )


def _counts(risks: Sequence[Any], as_of: datetime.date) -> list[tuple[str, object]]:
    still_open = [risk for risk in risks if risk.state != RiskState.CLOSED]
    by_level = [
        (
            f"Open, {queries.level_label(each).lower()}",
            sum(queries.current_level(risk) == each for risk in still_open),
        )
        for each in ("critical", "high", "medium", "low")
    ]
    overdue = sum(bool(risk.review_date and risk.review_date < as_of) for risk in still_open)
    return [("Risks in the register", len(risks)), *by_level, ("Review overdue", overdue)]


def _cells(risks: Iterable[Any]) -> Iterator[tuple[int | None, int | None]]:
    for risk in risks:
        ratings = queries.residual_ratings_of(risk) or queries.ratings_of(risk)
        if ratings is not None:
            yield ratings.likelihood, ratings.worst


def _weight(risk: Any) -> tuple[int, int]:
    now = queries.current_level(risk)
    return (rank(now) if now else -1, risk.residual_score or risk.score or 0)


def _top_risk(risk: Any, names: Names) -> Record:
    facts = [
        ("System or process", names.system(risk.system_id) or risk.process),
        ("Cause", risk.cause),
        ("Event", risk.event),
        ("Consequence", risk.consequence),
        ("Who is affected", risk.affected_parties),
        ("Inherent", _scored(risk.score, risk.level)),
        ("Residual", _scored(risk.residual_score, risk.residual_level)),
        ("Treatment", TreatmentOption(risk.option).label if risk.option else None),
        ("State", RiskState(risk.state).label),
        ("Owner", names.person(risk.owner_id)),
    ]
    return Record(f"{risk.reference} {risk.title}", (Facts(facts),), anchor=f"risk-{risk.reference}")


def _scored(score: int | None, of_level: str) -> str | None:
    return f"{queries.level_label(of_level)} ({score})" if of_level else None


def _register_gaps(risks: Sequence[Any], names: Names, *, as_of: datetime.date) -> Iterator[str]:
    if not risks:
        yield "No risks are recorded."
    unscored = [risk.reference for risk in risks if not risk.level and risk.state != RiskState.CLOSED]
    if unscored:
        yield f"Not evaluated: {', '.join(unscored)}."
    overdue = [
        risk.reference
        for risk in risks
        if risk.state != RiskState.CLOSED and risk.review_date and risk.review_date < as_of
    ]
    if overdue:
        yield f"Review overdue: {', '.join(overdue)}."
    with_risks = {risk.system_id for risk in risks}
    without = [
        system.reference
        for id, system in names.systems.items()
        if id not in with_risks and system.is_in_scope and system.stage not in OUT_OF_USE
    ]
    if without:
        yield f"Systems in scope without a recorded risk: {', '.join(sorted(without))}."


def treatment_section(risks: Sequence[Any], names: Names, *, as_of: datetime.date) -> Section:
    return Section(
        key="risk-treatment",
        number="11",
        title="Risk treatment, approvals and acceptances",
        clause_refs=("6.1.3", "8.3"),
        data={
            "plan": Table(
                (
                    Column("Ref", 8, "code"),
                    Column("Option", 10),
                    Column("Plan", 46),
                    Column("Due", 12),
                    Column("Done", 12),
                    Column("State", 12),
                ),
                _plan_rows(risks),
                title="Treatment plan",
                empty="No treatment is planned.",
            ),
            "approvals": Table(
                (
                    Column("Risk", 8, "code"),
                    Column("What", 16),
                    Column("Level", 10, "badge"),
                    Column("Decision", 12),
                    Column("Submitted by", 16),
                    Column("Decided by", 16),
                    Column("On", 11),
                    Column("Ends", 11),
                ),
                _approval_rows(risks, names, as_of),
                title="Approvals and acceptances",
                empty="Nothing was put to top management.",
            ),
        },
        gaps=tuple(_treatment_gaps(risks, as_of)),
    )


def _plan_rows(risks: Sequence[Any]) -> list[tuple[object, ...]]:
    return [
        (
            risk.reference,
            TreatmentOption(risk.option).label.partition(":")[0],
            risk.treatment_plan,
            risk.treatment_due_date,
            risk.treated_on,
            RiskState(risk.state).label,
        )
        for risk in risks
        if risk.option
    ]


def _approval_rows(risks: Sequence[Any], names: Names, as_of: datetime.date) -> list[tuple[object, ...]]:
    references = {risk.pk: risk.reference for risk in risks}
    return [
        (
            references.get(row.risk_id, ""),
            row.get_kind_display(),
            queries.level_label(row.residual_level),
            _state_on(row, as_of),
            names.person(row.submitted_by_id),
            names.person(row.decided_by_id) if _is_decided(row, as_of) else "",
            row.decided_at.date() if row.decided_at and _is_decided(row, as_of) else None,
            row.expires_on,
        )
        for row in _approvals(as_of)
    ]


def _treatment_gaps(risks: Sequence[Any], as_of: datetime.date) -> Iterator[str]:
    untreated = [
        risk.reference
        for risk in risks
        if risk.level and rank(risk.level) >= rank("medium") and risk.state == RiskState.EVALUATED
    ]
    if untreated:
        yield f"Medium or higher, without treatment or acceptance: {', '.join(untreated)}."
    late = [
        risk.reference
        for risk in risks
        if risk.state in (RiskState.TREATMENT_PLANNED, RiskState.IN_TREATMENT)
        and risk.treatment_due_date
        and risk.treatment_due_date < as_of
    ]
    if late:
        yield f"Treatment overdue: {', '.join(late)}."


# Reading as of a day


def _approved_criteria(as_of: datetime.date) -> RiskCriteria | None:
    found: RiskCriteria | None = RiskCriteria.objects.filter(approved_at__lte=end_of_day(as_of)).first()
    return found


def _approvals(as_of: datetime.date) -> Any:
    """Decisions carry their moments, so that a past day can be told from today's rows."""
    return RiskApproval.objects.filter(submitted_at__lte=end_of_day(as_of)).order_by("risk_id", "id")


def _is_decided(row: RiskApproval, as_of: datetime.date) -> bool:
    return row.decided_at is not None and row.decided_at <= end_of_day(as_of)


def _state_on(row: RiskApproval, as_of: datetime.date) -> str:
    if not _is_decided(row, as_of):
        return str(PlanState.SUBMITTED.label)
    ended = row.kind == PlanKind.ACCEPTANCE and row.expires_on is not None and row.expires_on <= as_of
    if row.state == PlanState.EXPIRED and not ended:
        return str(PlanState.APPROVED.label)
    return str(row.get_state_display())
