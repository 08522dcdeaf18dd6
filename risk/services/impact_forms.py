"""The form of a light or full impact assessment: its answers, the rows of its tables, and handing it in."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.permissions import LEAD
from risk.answer_types import TABLES, clean_answer, clean_row, require_one_kind_of_rows
from risk.enums import AssessmentState
from risk.harms import questions_of
from risk.models import ImpactAssessment
from risk.prefill import records_on_offer
from risk.questionnaire import Question
from risk.services.assessments import (
    lock_assessment,
    move_on,
    others_wrote_since,
    stale,
    versions_of,
    write_answers,
)
from risk.services.telling import tell, with_role


@transaction.atomic
def answer_form(
    *,
    actor: Actor,
    assessment: ImpactAssessment,
    answers: Mapping[str, Any],
    now: datetime.datetime,
    row_version: int | None = None,
) -> None:
    """Keep one answer, a section or all of them; an empty one is taken back. All fit, or none is kept.

    Where somebody wrote since `row_version`, what was only read stays as it is; what both changed is refused.
    """
    permissions.require(actor, "risk.answer_assessment", assessment)
    lock_assessment(assessment)
    _require_open(assessment)
    questions = {id: _question(assessment, id) for id in answers}
    offered = records_on_offer(assessment.system)
    cleaned = {id: clean_answer(questions[id], value, offered=offered) for id, value in answers.items()}
    _keep(actor, assessment, _changed_since(actor, assessment, row_version, cleaned))


@transaction.atomic
def put_row(
    *,
    actor: Actor,
    assessment: ImpactAssessment,
    question: str,
    row: Any,
    now: datetime.datetime,
    position: int | None = None,
    row_version: int | None = None,
) -> None:
    """Add a row to a table of the form, or write the one at `position` (from 0) of a version anew."""
    permissions.require(actor, "risk.answer_assessment", assessment)
    lock_assessment(assessment)
    _require_open(assessment)
    asked = _table(assessment, question)
    cleaned = clean_row(asked, row, offered=records_on_offer(assessment.system))
    rows = list(assessment.answers.get(question) or ())
    if position is not None:
        _require_row(assessment, question, position, row_version)
        rows[position] = cleaned
    else:
        rows = [*rows, cleaned]
    require_one_kind_of_rows(asked, rows, column="kind")
    _keep(actor, assessment, {question: rows})


@transaction.atomic
def remove_row(
    *,
    actor: Actor,
    assessment: ImpactAssessment,
    question: str,
    position: int,
    now: datetime.datetime,
    row_version: int | None = None,
) -> None:
    permissions.require(actor, "risk.answer_assessment", assessment)
    lock_assessment(assessment)
    _require_open(assessment)
    _table(assessment, question)
    rows = list(assessment.answers.get(question) or ())
    _require_row(assessment, question, position, row_version)
    del rows[position]
    _keep(actor, assessment, {question: rows or None})


@transaction.atomic
def submit_assessment(*, actor: Actor, assessment: ImpactAssessment, now: datetime.datetime) -> None:
    permissions.require(actor, "risk.submit_assessment", assessment)
    if assessment.screening_approved_by_id is None:
        raise RuleBroken("The screening is not approved yet; another person approves it first.")
    move_on(actor, assessment, "submit", now=now, changes={"submitted_by_id": actor.member_id})
    text = f"The impact assessment of {assessment.system.name} waits for your review."
    tell(with_role(LEAD, but=actor.member_id), assessment, "submitted", text, now=now)


def form_is_open(assessment: ImpactAssessment) -> bool:
    """The form follows an approved screening, and is open until it is handed in."""
    decided = assessment.screening_approved_by_id is not None
    return decided and assessment.state == AssessmentState.IN_PROGRESS


def _require_open(assessment: ImpactAssessment) -> None:
    if form_is_open(assessment):
        return
    if assessment.screening_approved_by_id is None:
        sentence = "The form opens when another person has approved the screening."
    else:
        sentence = f"The form is closed: the assessment is “{assessment.get_state_display()}”."
    raise RuleBroken(sentence, field="state", code="state")


def _changed_since(
    actor: Actor, assessment: ImpactAssessment, row_version: int | None, cleaned: Mapping[str, Any]
) -> dict[str, Any]:
    """The answers that differ from what the version said that the person looked at."""
    if row_version is None or row_version == assessment.row_version:
        return dict(cleaned)
    then = versions_of(assessment).filter(row_version=row_version).first()
    if then is None:
        raise stale(assessment, cleaned)
    now = assessment.answers
    changed = {id: value for id, value in cleaned.items() if value != then.answers.get(id)}
    both = {id: value for id, value in changed.items() if now.get(id) not in (then.answers.get(id), value)}
    if both and others_wrote_since(actor, assessment, row_version):
        raise stale(assessment, both)
    return changed


def _question(assessment: ImpactAssessment, id: str) -> Question:
    found = next((each for each in questions_of(assessment.outcome) if each.id == id), None)
    if found is None:
        raise RuleBroken(f"{id} is not a question of this form.", field=id)
    return found


def _table(assessment: ImpactAssessment, id: str) -> Question:
    found = _question(assessment, id)
    if found.type not in TABLES:
        raise RuleBroken(f"{id} is not answered by rows.", field="question")
    return found


def _require_row(assessment: ImpactAssessment, id: str, position: int, row_version: int | None) -> None:
    """A row is named by its place, which holds as long as its table is as it was read."""
    if row_version is None:
        raise RuleBroken("Say which version was read: a row is named by its place.", field="row_version")
    rows = assessment.answers.get(id) or []
    if row_version != assessment.row_version:
        then = versions_of(assessment).filter(row_version=row_version).first()
        if then is None or (then.answers.get(id) or []) != rows:
            raise stale(assessment, {})
    if not 0 <= position < len(rows):
        raise RuleBroken("There is no such row any more. Reload and look again.", field="position")


def _keep(actor: Actor, assessment: ImpactAssessment, cleaned: Mapping[str, Any]) -> None:
    """What did not change is not written, so that opening and saving makes nobody a contributor."""
    before = assessment.answers
    changed = sorted(id for id, value in cleaned.items() if before.get(id) != value)
    if not changed:
        return
    merged = {id: value for id, value in {**before, **cleaned}.items() if value is not None}
    write_answers(actor, assessment, {"answers": merged})
    trail.record(
        actor,
        "impactassessment.form_answered",
        assessment,
        before={"answers": {id: before.get(id) for id in changed}},
        after={"answers": {id: cleaned[id] for id in changed}},
    )
