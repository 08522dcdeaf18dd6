"""The gates of an AI system (SM-01): what each asks for, and passing one with its record."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from aims.core import permissions, transitions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.enums import Role
from aims.core.exceptions import Problem, RuleBroken
from aims.core.machines import Answer, Transition
from aims.core.registry import registry
from aims.core.tenancy.past import past_moment
from inventory.enums import GoLiveState, ReevaluationTrigger, SystemStage
from inventory.models import AISystem, GateRecord
from inventory.rules.systems import AI_SYSTEM
from inventory.services.gate_records import close_request, write_gate_record

#: Step -> the verb that says who takes it, and on whose systems.
VERBS = {
    "accept_intake": "inventory.lead_gate",
    "reject_intake": "inventory.decide_gate",
    "gate_inception": "inventory.pass_gate",
    "gate_inception_buy": "inventory.pass_gate",
    "gate_build_done": "inventory.own_gate",
    "fail_validation": "inventory.own_gate",
    "gate_validated": "inventory.own_gate",
    "go_live": "inventory.decide_gate",
    "send_back": "inventory.pass_gate",
    "trigger_re_evaluation": "inventory.trigger_re_evaluation",
    "confirm_fit": "inventory.lead_gate",
    "rework": "inventory.own_gate",
    "decide_retire": "inventory.end_system",
    "suspend": "inventory.end_system",
    "review_suspension": "inventory.own_gate",
    "complete_retirement": "inventory.lead_gate",
}
#: What the person has to say with the step itself; it is no missing thing of the system.
SAID_WITH_THE_STEP = frozenset(
    {
        "reason given",
        "planned date, threshold breach, incident, change of purpose, model, data, law or supplier",
    }
)
WRITES_ITS_OWN_RECORD = "gate record"
#: Steps towards use, or back to it: something that stops a system closes them.
ONWARD = frozenset({"gate_inception_buy", "gate_build_done", "gate_validated", "go_live", "confirm_fit"})
STOPPED = "nothing stops the system"


@dataclass(frozen=True)
class Gate:
    """One way on from where a system stands."""

    action: str
    target: str
    who: str
    answers: tuple[Answer, ...]
    may: bool

    @property
    def label(self) -> str:
        return AI_SYSTEM.labels[self.action]

    @property
    def target_label(self) -> str:
        return str(SystemStage(self.target).label)

    @property
    def missing(self) -> list[Answer]:
        return [answer for answer in self.answers if not answer.is_met]


def gates_of(*, actor: Actor, system: AISystem, now: datetime.datetime) -> list[Gate]:
    """Every way on, with what is done and what is missing. Reads what several registers hold."""
    asked = set(transitions.actions_for(AI_SYSTEM, system, actor, state_field="stage"))
    return [
        Gate(
            action=row.action,
            target=row.target,
            who=_who(row),
            answers=_asked_of_system(actor, system, row.action, now),
            may=row.action in asked and permissions.can(actor, VERBS[row.action], system),
        )
        for row in AI_SYSTEM.from_state(system.stage)
    ]


def gates_shown(*, actor: Actor, system: AISystem, now: datetime.datetime) -> list[Gate]:
    """What a gate needs is asked of today's registers, and of some that no external auditor reads."""
    if actor.is_auditor or past_moment() is not None:
        return []
    return gates_of(actor=actor, system=system, now=now)


def answers_at(*, actor: Actor, system: AISystem, action: str, now: datetime.datetime) -> tuple[Answer, ...]:
    """What one step asks of the system, as it stands; nothing where the step does not lead on from here."""
    if action not in {row.action for row in AI_SYSTEM.from_state(system.stage)}:
        return ()
    return _asked_of_system(actor, system, action, now)


@transaction.atomic
def pass_gate(
    *,
    actor: Actor,
    system: AISystem,
    action: str,
    now: datetime.datetime,
    reason: str = "",
    trigger: str = "",
    related: str = "",
    opens_everything: bool = True,
) -> GateRecord:
    """Take one step. Everything that stands in the way is named at once; what was seen is kept with it."""
    if action not in VERBS:
        raise RuleBroken("There is no such step in the life of a system.", field="action")
    permissions.require(actor, VERBS[action], system)
    if trigger and trigger not in ReevaluationTrigger.values:
        raise RuleBroken("Say what asks for the re-evaluation.", field="trigger")
    from_stage = system.stage
    given: dict[str, Any] = {"reason": reason.strip(), "trigger": trigger, "related": related.strip()}
    if action in transitions.actions_for(AI_SYSTEM, system, actor, state_field="stage"):
        given["answers"] = _answers(actor, system, action, now, given)
        _refuse_all_at_once(given["answers"])
    given |= {"action": action, "from_stage": from_stage, "opens_everything": opens_everything}
    taken = transitions.move(
        AI_SYSTEM,
        system,
        action,
        actor=actor,
        now=now,
        given=given,
        changes=_changes(system, action, now),
        state_field="stage",
    )
    system.refresh_from_db()
    if WRITES_ITS_OWN_RECORD not in taken.effects:
        record_step(actor, system, given, now)
    if action in ("go_live", "send_back"):
        state = GoLiveState.APPROVED if action == "go_live" else GoLiveState.RETURNED
        close_request(actor, system, state, now=now)
    found: GateRecord = GateRecord.objects.filter(system=system).latest("pk")
    return found


def record_step(
    actor: Actor, system: AISystem, given: Mapping[str, Any], now: datetime.datetime
) -> GateRecord:
    return write_gate_record(
        actor=actor,
        system=system,
        action=given["action"],
        from_stage=given["from_stage"],
        answers=given["answers"],
        reason=given["reason"],
        trigger=given["trigger"],
        related=given["related"],
        now=now,
    )


def _asked_of_system(
    actor: Actor, system: AISystem, action: str, now: datetime.datetime
) -> tuple[Answer, ...]:
    answers = _answers(actor, system, action, now, {})
    return tuple(answer for answer in answers if answer.guard not in SAID_WITH_THE_STEP)


def _answers(
    actor: Actor, system: AISystem, action: str, now: datetime.datetime, given: Mapping[str, Any]
) -> list[Answer]:
    asked = transitions.answers_of(
        AI_SYSTEM, system, action, actor=actor, now=now, given=given, state_field="stage"
    )
    stops = [stop(system) for stop in registry.system_stops] if action in ONWARD else []
    return [*(Answer(STOPPED, refusal) for refusal in stops if refusal is not None), *asked]


def _refuse_all_at_once(answers: list[Answer]) -> None:
    refusals = [answer.refusal for answer in answers if answer.refusal is not None]
    if len(refusals) == 1:
        raise refusals[0]
    if not refusals:
        return
    problems = [problem for refusal in refusals for problem in problems_of(refusal)]
    raise RuleBroken(f"{len(problems)} things are missing.", code="gate", problems=problems)


def problems_of(refusal: RuleBroken) -> list[Problem]:
    """What a guard names one by one, or the one thing that it says."""
    return [*refusal.problems] or [
        Problem("", refusal.field or "state", refusal.sentence, refusal.url),
    ]


def _changes(system: AISystem, action: str, now: datetime.datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {"stage_since": local_today(now), "row_version": F("row_version") + 1}
    if action == "go_live" and system.live_since is None:
        changes["live_since"] = local_today(now)
    return changes


def _who(row: Transition) -> str:
    return " or ".join(sorted(str(Role(role).label) for role in row.by if role != "system"))
