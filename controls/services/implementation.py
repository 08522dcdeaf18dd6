"""The life cycle of a control (SM-09): one verb per action of the machine."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F

from aims.core import permissions, transitions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.machines import words
from controls.models import Control, StatementOfApplicability
from controls.rules import IMPLEMENTATION

#: The actions that a person who sets a status asks for; the others need words of their own.
STATUS_ACTIONS = frozenset({"plan", "start", "complete", "repair"})


def plan(*, actor: Actor, control: Control, now: datetime.datetime) -> Control:
    """Needs an owner and a target date, given beforehand with edit_control."""
    return _act("plan", actor=actor, control=control, now=now)


def start(*, actor: Actor, control: Control, now: datetime.datetime) -> Control:
    return _act("start", actor=actor, control=control, now=now)


def complete(*, actor: Actor, control: Control, now: datetime.datetime) -> Control:
    return _act("complete", actor=actor, control=control, now=now)


def verify(*, actor: Actor, control: Control, test_record: str, now: datetime.datetime) -> Control:
    """Somebody else than the owner tested the control and says what was seen."""
    return _act(
        "verify",
        actor=actor,
        control=control,
        now=now,
        given={"test_record": test_record},
        changes={
            "test_record": test_record.strip(),
            "verified_by_id": actor.member_id,
            "last_review_date": local_today(now),
        },
    )


def degrade(
    *, actor: Actor, control: Control, cause: str, reason: str = "", now: datetime.datetime
) -> Control:
    """`cause` is evidence_expired, test_failed or finding_raised; the last two are told in `reason`."""
    return _act("degrade", actor=actor, control=control, now=now, given={"cause": cause, "reason": reason})


def repair(*, actor: Actor, control: Control, now: datetime.datetime) -> Control:
    return _act("repair", actor=actor, control=control, now=now)


@transaction.atomic
def exclude(
    *,
    actor: Actor,
    control: Control,
    soa: StatementOfApplicability,
    justification: str,
    now: datetime.datetime,
) -> Control:
    """Only as part of deciding on a draft of the Statement of Applicability."""
    permissions.require(actor, "controls.decide_soa")
    return _move(
        "exclude", actor=actor, control=control, now=now, given={"soa": soa, "justification": justification}
    )


@transaction.atomic
def include(
    *, actor: Actor, control: Control, soa: StatementOfApplicability, now: datetime.datetime
) -> Control:
    permissions.require(actor, "controls.decide_soa")
    return _move("include", actor=actor, control=control, now=now, given={"soa": soa})


VERBS: dict[str, Callable[..., Control]] = {
    "plan": plan,
    "start": start,
    "complete": complete,
    "verify": verify,
    "degrade": degrade,
    "repair": repair,
}


@transaction.atomic
def move_to(*, actor: Actor, control: Control, state: str, now: datetime.datetime) -> Control:
    """Bring a control to a status by the steps that lead there; one refusal undoes them all."""
    for action in _steps(control.state, state, control.reference):
        VERBS[action](actor=actor, control=control, now=now)
    return control


def _steps(source: str, target: str, reference: str) -> list[str]:
    waiting: deque[tuple[str, list[str]]] = deque([(source, [])])
    seen = {source}
    while waiting:
        state, taken = waiting.popleft()
        if state == target:
            return taken
        for row in IMPLEMENTATION.from_state(state):
            if row.action in STATUS_ACTIONS and row.target not in seen:
                seen.add(row.target)
                waiting.append((row.target, [*taken, row.action]))
    sentence = f"{reference} is “{words(source)}” and cannot be set to “{words(target)}”."
    raise RuleBroken(sentence, field="implementation_state", code="state")


@transaction.atomic
def _act(action: str, *, actor: Actor, control: Control, now: datetime.datetime, **more: Any) -> Control:
    permissions.require(actor, f"controls.{action}", control)
    return _move(action, actor=actor, control=control, now=now, **more)


def _move(
    action: str,
    *,
    actor: Actor,
    control: Control,
    now: datetime.datetime,
    given: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
) -> Control:
    written = {**(changes or {}), "row_version": F("row_version") + 1}
    transitions.move(IMPLEMENTATION, control, action, actor=actor, now=now, given=given, changes=written)
    control.refresh_from_db()
    return control
