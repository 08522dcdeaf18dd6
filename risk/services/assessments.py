"""Impact assessments from the screening on (SM-07)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, references, snapshots, trail, transitions
from aims.core.actor import Actor, ActorKind, system_actor
from aims.core.days import local_today
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.history import event_model
from aims.core.models import Member
from aims.core.permissions import LEAD, TOP
from aims.core.separation import keep_apart
from aims.core.versions import write_version
from inventory.models import AISystem
from inventory.rules.systems import OUT_OF_USE
from risk import harms, screening
from risk.enums import AssessmentState, ScreeningOutcome
from risk.models import ImpactAssessment
from risk.queries import OPEN_ASSESSMENT
from risk.questionnaire import assessment_questions, screening_questions
from risk.rules import IMPACT_ASSESSMENT
from risk.screening import Screening
from risk.services.telling import tell, with_role
from risk.wording import frozen_form

BEGUN = (ScreeningOutcome.LIGHT, ScreeningOutcome.FULL)
#: What a newer result takes the place of.
REPLACED = (AssessmentState.SCREENED_OUT, AssessmentState.APPROVED, AssessmentState.DUE)


@transaction.atomic
def start_assessment(*, actor: Actor, system: AISystem, now: datetime.datetime) -> ImpactAssessment:
    """Begin with the screening; a system has at most one assessment under way."""
    permissions.require(actor, "risk.start_assessment", system)
    if system.stage in OUT_OF_USE:
        raise RuleBroken("This system has ended; there is nothing to assess.", field="system")
    under_way = ImpactAssessment.objects.filter(system=system, state__in=OPEN_ASSESSMENT).first()
    if under_way is not None:
        raise RuleBroken(f"{under_way.reference} of this system is under way already.", field="system")
    assessment: ImpactAssessment = ImpactAssessment.objects.create(
        reference=references.next_reference("IA"),
        system=system,
        system_version=system.version,
        author_id=actor.member_id,
        started_at=now,
    )
    trail.record(actor, "impactassessment.started", assessment, after={"system": system.pk})
    if system.owner is not None and system.owner_id != actor.member_id:
        text = f"Answer the screening of {system.reference} {system.name}: fourteen questions."
        tell([system.owner], assessment, "started", text, now=now)
    return assessment


@transaction.atomic
def save_answers(
    *,
    actor: Actor,
    assessment: ImpactAssessment,
    answers: Mapping[str, Any],
    now: datetime.datetime,
    row_version: int | None = None,
    reason: str | None = None,
) -> Screening:
    """Keep one answer or all of them, and say what the screening makes of what is answered so far.

    Until the screening is approved its answers can change. `row_version` is the one the person looked at.
    """
    permissions.require(actor, "risk.answer_assessment", assessment)
    lock_assessment(assessment)
    _require_open_to_answers(assessment)
    if row_version is not None and others_wrote_since(actor, assessment, row_version):
        raise stale(assessment, answers)
    merged = {**assessment.answers, **{id: value for id, value in answers.items() if value}}
    for id in (id for id, value in answers.items() if not value):
        merged.pop(id, None)
    # A question that is not of the screening is refused here; the form of the assessment has its own way.
    screening.evaluate({id: value for id, value in answers.items() if value})
    result = screening.evaluate(screening_part(merged))
    if assessment.state == AssessmentState.IN_PROGRESS and result.outcome not in BEGUN:
        raise RuleBroken(
            "An assessment that has begun is not screened out or stopped by another answer: its own result"
            " decides. Leave the answer, or ask the compliance lead to stop it.",
            code="state",
        )
    values = {"answers": merged, **_findings(result)}
    if reason is not None:
        values["reason"] = reason.strip()
    write_answers(actor, assessment, values)
    trail.record(
        actor,
        "impactassessment.answered",
        assessment,
        after={"answered": sorted(answers), "score": result.score, "outcome": values["outcome"]},
    )
    return result


@transaction.atomic
def finish_screening(
    *, actor: Actor, assessment: ImpactAssessment, now: datetime.datetime, reason: str | None = None
) -> Screening:
    """Close the answers: the rules choose what follows, a second person decides on it.

    A stop is only reported here; the compliance lead or top management closes the gate.
    """
    permissions.require(actor, "risk.finish_screening", assessment)
    result = screening.evaluate(screening_part(assessment.answers))
    screening.require_complete(result)
    why = assessment.reason if reason is None else reason.strip()
    changes = {**_findings(result), "reason": why, "submitted_by_id": actor.member_id, "scored_at": now}
    if result.outcome == ScreeningOutcome.STOP:
        _report_stop(actor, assessment, changes, now)
    elif result.outcome == ScreeningOutcome.SCREENED_OUT:
        move_on(actor, assessment, "score_low", now=now, given={"reason": why}, changes=changes)
    else:
        move_on(actor, assessment, "start_light_or_full", now=now, given={"reason": why}, changes=changes)
    _ask_for_decision(actor, assessment, now)
    return result


@transaction.atomic
def confirm_screen_out(
    *,
    actor: Actor,
    assessment: ImpactAssessment,
    rescreen_on: datetime.date | None,
    now: datetime.datetime,
    comment: str = "",
) -> ImpactAssessment:
    """Agree that no assessment is needed, until a day within twelve months."""
    permissions.require(actor, "risk.confirm_screen_out", assessment)
    screening.require_rescreening_date(rescreen_on, screened_on=local_today(now))
    changes = {**_decision(actor, now, comment), "next_date": rescreen_on}
    given = {"rescreen_on": rescreen_on, "comment": comment}
    move_on(actor, assessment, "confirm_screen_out", now=now, given=given, changes=changes)
    freeze_assessment(actor, assessment, now)
    replace_earlier(assessment, now)
    tell_author(assessment, "was confirmed: no assessment is needed", now)
    return assessment


@transaction.atomic
def return_screening(
    *, actor: Actor, assessment: ImpactAssessment, comment: str, now: datetime.datetime
) -> ImpactAssessment:
    """Send answers back that do not convince."""
    permissions.require(actor, "risk.confirm_screen_out", assessment)
    move_on(
        actor, assessment, "return", now=now, given={"comment": comment}, changes={"comment": comment.strip()}
    )
    tell_author(assessment, f"came back: {comment.strip()[:150]}", now)
    return assessment


@transaction.atomic
def approve_screening(
    *,
    actor: Actor,
    assessment: ImpactAssessment,
    next_date: datetime.date | None,
    now: datetime.datetime,
    comment: str = "",
) -> ImpactAssessment:
    """Approve that a light or full assessment follows. Nobody who gave answers does this (SOD-01)."""
    permissions.require(actor, "risk.approve_screening", assessment)
    if assessment.state != AssessmentState.IN_PROGRESS:
        raise RuleBroken(
            f"There is no screening to approve while the assessment is “{assessment.get_state_display()}”.",
            field="state",
            code="state",
        )
    if assessment.screening_approved_by_id is not None:
        raise RuleBroken("The screening is approved already.")
    require_not_contributor(actor, assessment)
    screening.require_rescreening_date(next_date, screened_on=local_today(now))
    result = screening.evaluate(screening_part(assessment.answers))
    screening.require_complete(result)
    values = {**_decision(actor, now, comment), "next_date": next_date}
    update_assessment(assessment, values)
    trail.record(
        actor,
        "impactassessment.screening_approved",
        assessment,
        after={"outcome": assessment.outcome, "next_date": next_date.isoformat() if next_date else None},
        reason=comment,
    )
    freeze_assessment(actor, assessment, now)
    tell_author(assessment, "was approved: go on with the assessment", now)
    return assessment


@transaction.atomic
def ask_for_changes(
    *, actor: Actor, assessment: ImpactAssessment, comment: str, now: datetime.datetime
) -> ImpactAssessment:
    """Say what does not convince in a screening that leads to an assessment; its answers stay open."""
    permissions.require(actor, "risk.approve_screening", assessment)
    _require_open_to_answers(assessment)
    if not comment.strip():
        raise RuleBroken("Write a comment, so that the author knows what to change.", field="comment")
    update_assessment(assessment, {"comment": comment.strip()})
    trail.record(actor, "impactassessment.changes_asked", assessment, reason=comment)
    tell_author(assessment, f"needs changes: {comment.strip()[:150]}", now)
    return assessment


@transaction.atomic
def stop_banned(
    *, actor: Actor, assessment: ImpactAssessment, now: datetime.datetime, comment: str = ""
) -> ImpactAssessment:
    """Close the gate of a system whose use may be banned by law."""
    permissions.require(actor, "risk.stop_assessment", assessment)
    result = screening.evaluate(screening_part(assessment.answers))
    changes = {**_findings(result), "comment": comment.strip(), "scored_at": assessment.scored_at or now}
    move_on(actor, assessment, "stop_banned", now=now, given={"comment": comment}, changes=changes)
    return assessment


@transaction.atomic
def mark_due(
    *, actor: Actor, assessment: ImpactAssessment, now: datetime.datetime, trigger: str = ""
) -> None:
    """The day has come, or something changed (`trigger` says what)."""
    permissions.require(actor, "risk.mark_assessment_due", assessment)
    move_on(actor, assessment, "mark_due", now=now, given={"trigger": trigger, "reason": trigger})


def screening_part(answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers of the screening among all that the record keeps."""
    full = {question.id for question in assessment_questions()}
    return {id: value for id, value in answers.items() if id not in full}


def require_not_contributor(actor: Actor, assessment: ImpactAssessment) -> None:
    """SOD-01 for answers: whoever gave one does not decide on the whole."""
    transitions.not_author(actor, assessment)
    keep_apart(
        "SOD-01",
        actor=actor,
        obj=assessment,
        hands=assessment.contributors,
        sentence="You gave answers in this assessment. Another person decides on it.",
    )


def frozen_content(assessment: ImpactAssessment) -> dict[str, Any]:
    """What was decided on, with the questions as they were worded."""
    texts = {question.id: question.text for question in screening_questions()}
    is_decided = assessment.approved_at is not None
    form = frozen_form(assessment.outcome, assessment.answers) if is_decided else []
    residual = harms.residual_band(harms.harms_in(assessment.answers)) if is_decided else ""
    return {
        "reference": assessment.reference,
        "system": {"id": assessment.system_id, "version": assessment.system_version},
        "state": assessment.state,
        "score": assessment.score,
        "outcome": assessment.outcome,
        "result": assessment.result,
        "reason": assessment.reason,
        "answers": assessment.answers,
        "questions": texts,
        "contributors": assessment.contributors,
        "approved_by": assessment.screening_approved_by_id,
        "form": form,
        "residual": residual,
        "assessment_approved_by": assessment.approved_by_id,
        "next_date": assessment.next_date,
    }


def _require_open_to_answers(assessment: ImpactAssessment) -> None:
    if assessment.state == AssessmentState.SCREENING:
        return
    if assessment.state == AssessmentState.IN_PROGRESS and assessment.screening_approved_by_id is None:
        return
    raise RuleBroken(
        f"The answers are closed: the assessment is “{assessment.get_state_display()}”.",
        field="state",
        code="state",
    )


def _findings(result: Screening) -> dict[str, Any]:
    """What the rules make of the answers, in the form the record keeps."""
    return {
        "score": result.score,
        "outcome": result.outcome or "",
        "result": {
            "band": result.band,
            "explanation": list(result.explanation) if result.is_complete else [],
            "triggers": [
                {"question": each.question, "answer": each.answer, "outcome": each.trigger}
                for each in result.triggers
            ],
            "reasons": [
                {"question": each.question, "answer": each.answer, "points": each.points}
                for each in result.reasons
            ],
            "unanswered": list(result.unanswered),
        },
    }


def _decision(actor: Actor, now: datetime.datetime, comment: str) -> dict[str, Any]:
    return {
        "screening_approved_by_id": actor.member_id,
        "screening_approved_at": now,
        "comment": comment.strip(),
    }


def move_on(
    actor: Actor,
    assessment: ImpactAssessment,
    action: str,
    *,
    now: datetime.datetime,
    given: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    changes = {**(changes or {}), "row_version": assessment.row_version + 1}
    transitions.move(
        IMPACT_ASSESSMENT, assessment, action, actor=actor, now=now, given=given, changes=changes
    )


def lock_assessment(assessment: ImpactAssessment) -> None:
    """Answers save by themselves and may come together: the second goes on from the first."""
    fresh = ImpactAssessment.objects.select_for_update().get(pk=assessment.pk)
    for name in ("state", "answers", "contributors", "author_id", "row_version"):
        setattr(assessment, name, getattr(fresh, name))


def versions_of(assessment: ImpactAssessment) -> Any:
    history: Any = event_model(ImpactAssessment)
    return history.objects.filter(pgh_obj_id=assessment.pk)


def others_wrote_since(actor: Actor, assessment: ImpactAssessment, row_version: int) -> bool:
    """One's own answers that saved by themselves are no conflict with what one presses “Save” for."""
    if row_version == assessment.row_version:
        return False
    versions = versions_of(assessment)
    since = versions.filter(row_version__gt=row_version)
    is_known = versions.filter(row_version=row_version).exists()
    return not is_known or any((each.pgh_context or {}).get("actor") != actor.label for each in since)


def write_answers(actor: Actor, assessment: ImpactAssessment, values: dict[str, Any]) -> None:
    """Write answers; whoever gives one becomes a contributor and, coming first, the author."""
    member_id = actor.member_id
    if member_id is not None:
        if not assessment.contributors:
            values["author_id"] = member_id
        if member_id not in assessment.contributors:
            values["contributors"] = [*assessment.contributors, member_id]
    elif actor.kind is not ActorKind.KEY and not actor.is_system:
        raise NotAllowed("Answers are given by members.")
    update_assessment(assessment, values)


def update_assessment(assessment: ImpactAssessment, values: Mapping[str, Any]) -> None:
    same = ImpactAssessment.objects.filter(pk=assessment.pk, state=assessment.state)
    if not write_version(same, assessment.row_version, **values):
        raise stale(assessment, {})
    for key, value in values.items():
        setattr(assessment, key, value)
    assessment.row_version += 1


def stale(assessment: ImpactAssessment, answers: Mapping[str, Any]) -> StaleState:
    stored = ImpactAssessment.objects.get(pk=assessment.pk).answers
    differs = [id for id, value in answers.items() if stored.get(id) != value]
    sentence = "Somebody changed these answers a moment ago. Reload and look at them again."
    if not differs:
        return StaleState(sentence)
    return StaleState(sentence, yours=answers[differs[0]], theirs=stored.get(differs[0], ""))


def _report_stop(
    actor: Actor, assessment: ImpactAssessment, changes: Mapping[str, Any], now: datetime.datetime
) -> None:
    update_assessment(assessment, changes)
    trail.record(actor, "impactassessment.stop_reported", assessment, after={"outcome": assessment.outcome})


def _ask_for_decision(actor: Actor, assessment: ImpactAssessment, now: datetime.datetime) -> None:
    roles = (LEAD, TOP) if assessment.outcome == ScreeningOutcome.STOP else (LEAD,)
    system = assessment.system
    text = f"The screening of {system.reference} {system.name} waits for your decision."
    tell(with_role(*roles, but=actor.member_id), assessment, "finished", text, now=now)


def freeze_assessment(actor: Actor, assessment: ImpactAssessment, now: datetime.datetime) -> None:
    taken = snapshots.freeze(
        actor, assessment, frozen_content(assessment), now=now, version=assessment.row_version
    )
    ImpactAssessment.objects.filter(pk=assessment.pk).update(snapshot=taken)
    assessment.snapshot = taken


def replace_earlier(assessment: ImpactAssessment, now: datetime.datetime) -> None:
    """Earlier results of the system end with the newer one: due first, then superseded."""
    system = system_actor(assessment.organization_id)
    earlier = ImpactAssessment.objects.filter(system=assessment.system_id, state__in=REPLACED)
    for old in earlier.exclude(pk=assessment.pk):
        if old.state != AssessmentState.DUE:
            mark_due(actor=system, assessment=old, now=now, trigger=f"replaced by {assessment.reference}")
        move_on(system, old, "renew", now=now, given={"newer": assessment})


def tell_author(
    assessment: ImpactAssessment, what: str, now: datetime.datetime, *, part: str = "screening"
) -> None:
    people = (assessment.author_id, assessment.submitted_by_id, assessment.system.owner_id)
    ids = {pk for pk in people if pk is not None}
    text = f"The {part} of {assessment.system.name} {what}."
    tell(Member.objects.filter(pk__in=ids), assessment, f"decided-{assessment.row_version}", text, now=now)
