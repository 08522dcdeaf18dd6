"""The legal classification of a system: drafted at the intake, answered, decided on by another person."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, snapshots, trail, transitions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.permissions import LEAD, TOP
from aims.core.schedule import add_months
from aims.core.separation import keep_apart
from aims.core.versions import write_version
from inventory.models import AISystem
from risk import prohibited
from risk.enums import ClassificationState, ProhibitedResult
from risk.models import LegalClassification
from risk.services.telling import tell, with_role

STALE = "Somebody changed this classification while you were looking at it. Reload and look again."
UNDECIDED: dict[str, Any] = {
    "approved_by_id": None,
    "approved_at": None,
    "valid_until": None,
    "legal_review": "",
}


@transaction.atomic
def draft_classification(*, actor: Actor, system: AISystem, now: datetime.datetime) -> LegalClassification:
    """The one record of a system, made when it is first needed."""
    permissions.require(actor, "risk.answer_classification", system)
    found, is_new = LegalClassification.objects.get_or_create(
        organization_id=system.organization_id,
        system=system,
        defaults={"started_at": now, "system_version": system.version, "rule_set": prohibited.rule_set()},
    )
    if is_new:
        trail.record(actor, "classification.drafted", found, after={"system": system.pk})
        text = f"Answer whether {system.reference} {system.name} is a prohibited use."
        if system.owner_id != actor.member_id:
            tell([system.owner], found, "drafted", text, now=now)
    return found


@transaction.atomic
def answer_classification(
    *,
    actor: Actor,
    system: AISystem,
    answers: Mapping[str, str],
    row_version: int,
    now: datetime.datetime,
    submit: bool = False,
) -> LegalClassification:
    """Replace the answers. Submitted, they wait for another person; an approved one is open again by this."""
    permissions.require(actor, "risk.answer_classification", system)
    found = draft_classification(actor=actor, system=system, now=now)
    given = {id: value for id, value in answers.items() if value}
    judgement = prohibited.judge(given)
    if submit:
        prohibited.require_complete(judgement)
    state = ClassificationState.SUBMITTED if submit else ClassificationState.DRAFT
    kept = {id: value for id, value in given.items() if id in judgement.asked}
    values = {
        **UNDECIDED,
        "answers": kept,
        "rule_set": prohibited.rule_set(),
        "result": judgement.result,
        "system_version": system.version,
        "state": state,
        "comment": "",
        "contributors": sorted({*found.contributors, *_hand(actor)}),
        "author_id": found.author_id or actor.member_id,
        "submitted_by_id": actor.member_id if submit else None,
    }
    _write(found, row_version, values)
    after = {"state": state, "result": judgement.result, "answers": kept}
    trail.record(actor, "classification.answered", found, after=after)
    if submit:
        text = f"{system.reference} {system.name}: decide on the legal classification."
        tell(with_role(LEAD, TOP, but=actor.member_id), found, "submitted", text, now=now)
    return found


@transaction.atomic
def approve_classification(
    *,
    actor: Actor,
    classification: LegalClassification,
    now: datetime.datetime,
    legal_review: str = "",
) -> LegalClassification:
    """Agree with the result, for twelve months; nobody who gave an answer does this (SOD-01)."""
    permissions.require(actor, "risk.decide_classification", classification)
    _require_submitted(classification)
    transitions.not_author(actor, classification)
    keep_apart(
        "SOD-01",
        actor=actor,
        obj=classification,
        hands=classification.contributors,
        sentence="You gave answers in this classification. Another person decides on it.",
    )
    judgement = prohibited.judge(classification.answers)
    prohibited.require_clear(judgement, legal_review=legal_review)
    values = {
        "state": ClassificationState.APPROVED,
        "legal_review": legal_review.strip(),
        "approved_by_id": actor.member_id,
        "approved_at": now,
        "valid_until": add_months(local_today(now), prohibited.VALID_MONTHS),
    }
    _write(classification, classification.row_version, values)
    _freeze(actor, classification, now)
    trail.record(actor, "classification.approved", classification, after={"result": judgement.result})
    _tell_of_decision(actor, classification, now)
    return classification


@transaction.atomic
def return_classification(
    *, actor: Actor, classification: LegalClassification, comment: str, now: datetime.datetime
) -> LegalClassification:
    permissions.require(actor, "risk.decide_classification", classification)
    _require_submitted(classification)
    if not comment.strip():
        raise RuleBroken("Write a comment, so that the author knows what to change.", field="comment")
    values = {"state": ClassificationState.DRAFT, "comment": comment.strip()}
    _write(classification, classification.row_version, values)
    trail.record(actor, "classification.returned", classification, reason=comment)
    text = f"The legal classification of {classification.system.name} came back: {comment.strip()[:150]}"
    tell([classification.author], classification, "returned", text, now=now)
    return classification


@transaction.atomic
def reopen_classification(
    *, actor: Actor, classification: LegalClassification, reason: str, now: datetime.datetime
) -> LegalClassification:
    """Something changed: the answers stay, the decision ends."""
    permissions.require(actor, "risk.answer_classification", classification.system)
    if not reason.strip():
        raise RuleBroken("Say what changed.", field="reason")
    values = {**UNDECIDED, "state": ClassificationState.DRAFT, "comment": reason.strip()}
    _write(classification, classification.row_version, values)
    trail.record(actor, "classification.reopened", classification, reason=reason)
    return classification


def _hand(actor: Actor) -> set[int]:
    return set() if actor.member_id is None else {actor.member_id}


def _require_submitted(classification: LegalClassification) -> None:
    if classification.state != ClassificationState.SUBMITTED:
        raise RuleBroken("There is nothing to decide: no answers wait.", field="state", code="state")


def _write(classification: LegalClassification, row_version: int, values: dict[str, Any]) -> None:
    rows = LegalClassification.objects.filter(pk=classification.pk)
    if not write_version(rows, row_version, **values):
        raise StaleState(STALE)
    classification.refresh_from_db()


def _freeze(actor: Actor, classification: LegalClassification, now: datetime.datetime) -> None:
    words = {question.id: question.text for question in prohibited.questions()}
    content = {
        "system": {"id": classification.system_id, "version": classification.system_version},
        "rule_set": classification.rule_set,
        "answers": classification.answers,
        "questions": {id: words[id] for id in classification.answers},
        "result": classification.result,
        "legal_review": classification.legal_review,
        "contributors": classification.contributors,
        "approved_by": classification.approved_by_id,
        "valid_until": classification.valid_until,
    }
    taken = snapshots.freeze(actor, classification, content, now=now, version=classification.row_version)
    LegalClassification.objects.filter(pk=classification.pk).update(snapshot=taken)
    classification.snapshot = taken


def _tell_of_decision(actor: Actor, classification: LegalClassification, now: datetime.datetime) -> None:
    system = classification.system
    name = f"{system.reference} {system.name}"
    if classification.result == ProhibitedResult.PROHIBITED:
        text = f"{name} is a prohibited use: it passes no gate but the one to its end."
        people = [system.owner, system.risk_owner, *with_role(LEAD, TOP, but=actor.member_id)]
        tell(people, classification, "prohibited", text, now=now)
    else:
        tell([system.owner], classification, "approved", f"{name} is no prohibited use.", now=now)
