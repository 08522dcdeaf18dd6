"""Impact assessments in an evidence pack: procedure, results with reasons, harms, and the answered forms."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from aims.core.documents import Column, Facts, Prose, Record, Records, Section, Table
from inventory.rules.systems import OUT_OF_USE
from risk import harms, queries
from risk.enums import AssessmentState, ScreeningOutcome
from risk.models import ImpactAssessment
from risk.pack_names import Names
from risk.questionnaire import assessment_questions, screening_bands
from risk.wording import frozen_form, lines


def assessments_section(names: Names, *, as_of: datetime.date) -> Section:
    rows = list(ImpactAssessment.objects.order_by("reference"))
    thresholds = [(_points(band.lowest, band.highest), band.outcome) for band in screening_bands()]
    return Section(
        key="impact-assessments",
        number="13",
        title="Impact assessments",
        clause_refs=("6.1.4", "8.4", "A.5.2"),
        data={
            "procedure": Prose(_PROCEDURE, title="Procedure"),
            "thresholds": Table(
                (Column("Points", 20), Column("What follows", 80)), thresholds, title="Thresholds"
            ),
            "assessments": _assessments(rows, names),
            "reasons": Records(
                [_screening_record(row, names) for row in rows if row.outcome],
                title="Results with their reasons",
                empty="No screening has a result.",
            ),
            "harms": Table(
                _HARM_COLUMNS,
                [line for row in rows for line in _harm_rows(row)],
                title="Harms named in light and full assessments",
                empty="No assessment names a harm.",
            ),
            "forms": Records(
                [_form_record(row, names) for row in rows if _is_answered(row)],
                title="Light and full assessments with their answers",
                empty="No light or full assessment is answered.",
            ),
        },
        gaps=tuple(_assessment_gaps(rows, names, as_of=as_of)),
    )


def _assessments(rows: Sequence[ImpactAssessment], names: Names) -> Table:
    listed = [
        (
            row.reference,
            names.system(row.system_id),
            AssessmentState(row.state).label,
            row.score,
            ScreeningOutcome(row.outcome).label if row.outcome else None,
            _decided_on(row),
            _live_since(names, row),
            "After go-live" if _is_after_live(names, row) else "",
            row.next_date,
        )
        for row in rows
    ]
    columns = (
        Column("Ref", 8, "code"),
        Column("AI system", 20),
        Column("State", 13),
        Column("Score", 7, "number"),
        Column("Result", 14),
        Column("Decided", 10),
        Column("In use since", 10),
        Column("Order", 9),
        Column("Next", 9),
    )
    return Table(columns, listed, title="Assessments", empty="No impact assessment is recorded.")


_PROCEDURE = (
    "Each AI system is screened with fourteen questions before go-live, at planned intervals and when"
    " something material changes. The points of the answers choose between no assessment, a light and a full"
    " one; some answers decide by themselves, three or more “not sure” call for a full assessment, and"
    " a use that may be banned by law stops the system. A second person, who gave none of the answers,"
    " confirms or approves the result and sets the next date within twelve months.\n\n"
    "A light assessment answers five sections of the questionnaire, a full one all ten. Each harm is rated"
    " before and after measures; from medium on it has a measure or an acceptance and a risk in the register."
    " Benefits are never set off against harms. Whoever gave answers does not approve; what remains high or"
    " critical is approved by top management. The next assessment follows within 24 months, 12 where what"
    " remains is high, 6 where it is critical."
)
_HARM_COLUMNS = (
    Column("Assessment", 9, "code"),
    Column("Question", 9, "code"),
    Column("What arises", 24),
    Column("For whom", 12),
    Column("Before", 8, "badge"),
    Column("After", 8, "badge"),
    Column("Measure or acceptance", 18),
    Column("Risk", 12),
)


def _points(lowest: int, highest: int | None) -> str:
    return f"{lowest} and more" if highest is None else f"{lowest} to {highest}"


def _screening_record(row: Any, names: Names) -> Record:
    result = row.result or {}
    triggers = [f"{each['question']} “{each['answer']}”" for each in result.get("triggers", ())]
    facts = [
        ("AI system", names.system(row.system_id)),
        ("Version assessed", row.system_version),
        ("Result", ScreeningOutcome(row.outcome).label),
        ("Score", row.score),
        ("Answers that decide by themselves", triggers or "None"),
        ("Why", result.get("explanation") or None),
        ("Reason given", row.reason),
        ("Answered by", [names.person(id) for id in row.contributors]),
        ("Decided by", names.person(row.screening_approved_by_id)),
        ("Decided on", row.screening_approved_at.date() if row.screening_approved_at else None),
    ]
    return Record(f"{row.reference} {names.system(row.system_id)}", (Facts(facts),))


def _decided_on(row: Any) -> datetime.date | None:
    at = row.approved_at or row.screening_approved_at
    return at.date() if at else None


def _is_answered(row: Any) -> bool:
    return any(each.id in row.answers for each in assessment_questions())


def _harm_rows(row: Any) -> Iterator[tuple[object, ...]]:
    for harm in harms.harms_in(row.answers):
        yield (
            row.reference,
            harm.question,
            harm.text,
            harm.who,
            queries.level_label(harm.level),
            queries.level_label(harm.residual_level),
            [text for text in (harm.measure, harm.acceptance) if text],
            harm.risk,
        )


def _form_record(row: Any, names: Names) -> Record:
    """The state of the whole, and each question with its answer, section by section."""
    named = harms.harms_in(row.answers)
    facts = [
        ("AI system", names.system(row.system_id)),
        ("State", AssessmentState(row.state).label),
        ("Harms named", len(named)),
        ("Highest level before measures", queries.level_label(harms.highest_band(named))),
        ("Highest level after measures", queries.level_label(harms.residual_band(named))),
        ("Answered by", [names.person(id) for id in row.contributors]),
        ("Approved by", names.person(row.approved_by_id)),
        ("Approved on", row.approved_at.date() if row.approved_at else None),
        ("Next by", row.next_date),
    ]
    answered = [
        Facts(
            [
                ("Section", section["title"]),
                *(
                    (f"{each['id']} {each['question']}", "\n".join(lines(each["answer"])) or "Not answered")
                    for each in section["questions"]
                ),
            ]
        )
        for section in frozen_form(row.outcome, row.answers)
    ]
    return Record(f"{row.reference} {names.system(row.system_id)}", (Facts(facts), *answered))


def _live_since(names: Names, row: Any) -> datetime.date | None:
    system = names.systems.get(row.system_id)
    return system.live_since if system else None


def _is_after_live(names: Names, row: Any) -> bool:
    live = _live_since(names, row)
    return bool(live and row.screening_approved_at and row.screening_approved_at.date() > live)


def _assessment_gaps(rows: Sequence[Any], names: Names, *, as_of: datetime.date) -> Iterator[str]:
    screened = {row.system_id for row in rows}
    never = [
        system.reference
        for id, system in names.systems.items()
        if id not in screened and system.is_in_scope and system.stage not in OUT_OF_USE
    ]
    if never:
        yield f"Systems in scope that were never screened: {', '.join(sorted(never))}."
    undecided = [
        row.reference
        for row in rows
        if row.state in (AssessmentState.SCREENED_OUT_PENDING, AssessmentState.IN_PROGRESS)
        and not row.screening_approved_by_id
    ]
    if undecided:
        yield f"Screenings that wait for approval: {', '.join(undecided)}."
    to_do = [
        row.reference
        for row in rows
        if row.state == AssessmentState.IN_PROGRESS and row.screening_approved_by_id
    ]
    if to_do:
        yield f"The screening is approved, the assessment itself is still to be done: {', '.join(to_do)}."
    handed_in = (AssessmentState.SUBMITTED, AssessmentState.IN_REVIEW)
    waiting = [row.reference for row in rows if row.state in handed_in]
    if waiting:
        yield f"Assessments that wait for a decision: {', '.join(waiting)}."
    late = [row.reference for row in rows if _is_after_live(names, row)]
    if late:
        yield f"Decided after the system was in use: {', '.join(late)}."
    due = [
        row.reference
        for row in rows
        if row.state == AssessmentState.DUE
        or (row.next_date and row.next_date < as_of and row.state != AssessmentState.SUPERSEDED)
    ]
    if due:
        yield f"Due again: {', '.join(due)}."
