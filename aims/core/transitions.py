"""Moving a record along its state machine: the rule, the conditional write, the trail line, the effects."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import models, transaction

from aims.core import trail
from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.machines import Answer, Machine, Transition, answers, missing, walk
from aims.core.permissions import ADMIN, ADMIN_MOVES
from aims.core.registry import registry
from aims.core.separation import keep_apart, only_asking
from aims.core.tenancy.past import past_moment


@dataclass(frozen=True)
class Facts:
    """What guards and effects look at: the record, who acts, when, and what came with the act."""

    obj: Any
    actor: Actor
    now: datetime.datetime
    given: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def move(
    machine: Machine,
    obj: models.Model,
    action: str,
    *,
    actor: Actor,
    now: datetime.datetime,
    given: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    state_field: str = "state",
    roles: frozenset[str] | None = None,
    told: bool = True,
) -> Transition:
    """Take one transition and write `changes` with it.

    `roles` stands in for the actor's own where a record names its handlers, whatever their roles. What is
    not `told` here is recorded by the caller, in words that give nothing away.
    Raises RuleBroken or NotAllowed when the machine refuses, StaleState when somebody was faster.
    """
    require_possible(machine, obj, action, state_field=state_field)
    facts = Facts(obj, actor, now, given or {})
    state = getattr(obj, state_field)
    held = _roles(actor, machine, action) if roles is None else roles
    taken = walk(machine, state=state, action=action, roles=held, guards=_guards(machine, facts))
    written = {state_field: taken.target, **(changes or {})}
    before, after = _differing(obj, written)
    manager: Any = type(obj)._default_manager
    if not manager.filter(pk=obj.pk, **{state_field: taken.source}).update(**written):
        raise StaleState("Somebody changed this a moment ago. Reload and look at it again.")
    for name, value in written.items():
        setattr(obj, name, value)
    if told:
        trail.record(
            actor,
            f"{obj._meta.model_name}.{action}",
            obj,
            before={**before, state_field: taken.source},
            after={**after, state_field: taken.target},
            reason=str(facts.given.get("reason") or facts.given.get("comment") or ""),
        )
    for effect in taken.effects:
        for function in registry.effects.get((machine.id, effect), ()):
            function(facts)
    return taken


def require_possible(machine: Machine, obj: Any, action: str, *, state_field: str = "state") -> None:
    """Refuse a step that does not lead on from where the record stands, whoever asks."""
    shown = getattr(obj, f"get_{state_field}_display", None)
    label = str(shown()) if shown is not None else ""
    machine.transition(getattr(obj, state_field), action, state_label=label)


def obstacles(
    machine: Machine,
    obj: Any,
    action: str,
    *,
    actor: Actor,
    now: datetime.datetime,
    given: Mapping[str, Any] | None = None,
    state_field: str = "state",
) -> list[RuleBroken]:
    """Everything that stands in the way of an action now, for pages that list it."""
    facts = Facts(obj, actor, now, given or {})
    with only_asking():
        return missing(
            machine, state=getattr(obj, state_field), action=action, guards=_guards(machine, facts)
        )


def answers_of(
    machine: Machine,
    obj: Any,
    action: str,
    *,
    actor: Actor,
    now: datetime.datetime,
    given: Mapping[str, Any] | None = None,
    state_field: str = "state",
) -> list[Answer]:
    """What each guard of an action says now; nothing is recorded as done under an exception."""
    facts = Facts(obj, actor, now, given or {})
    with only_asking():
        return answers(
            machine, state=getattr(obj, state_field), action=action, guards=_guards(machine, facts)
        )


def actions_for(machine: Machine, obj: Any, actor: Actor, *, state_field: str = "state") -> list[str]:
    """The actions this person may ask for now (guards not asked)."""
    if past_moment() is not None:
        return []
    rows = machine.from_state(getattr(obj, state_field))
    return [row.action for row in rows if not row.by.isdisjoint(_roles(actor, machine, row.action))]


def _differing(obj: models.Model, written: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the trail tells of: values that change; counters that the database computes stay out."""
    changed = {
        name: value
        for name, value in written.items()
        if not hasattr(value, "resolve_expression") and getattr(obj, name) != value
    }
    before = {name: trail.number_of(getattr(obj, name)) for name in changed}
    return before, {name: trail.number_of(value) for name, value in changed.items()}


def _roles(actor: Actor, machine: Machine, action: str) -> frozenset[str]:
    # An integration acts under a service identity: the `system` of the state machines.
    if actor.kind is ActorKind.KEY:
        return frozenset({"system"})
    # SOD-06, even where a table were wrong.
    return actor.roles if (machine.id, action) in ADMIN_MOVES else actor.roles - {ADMIN}


def _guards(machine: Machine, facts: Facts) -> dict[str, Any]:
    return {
        text: partial(function, facts)
        for (machine_id, text), function in registry.guards.items()
        if machine_id == machine.id
    }


def reason_given(facts: Facts) -> None:
    if not str(facts.given.get("reason", "")).strip():
        raise RuleBroken("Give a reason.", field="reason")


def comment_given(facts: Facts) -> None:
    if not str(facts.given.get("comment", "")).strip():
        raise RuleBroken("Write a comment, so that the author knows what to change.", field="comment")


def actor_is_not_author(facts: Facts) -> None:
    """SOD-01: whoever wrote or submitted this version does not decide on it."""
    not_author(facts.actor, facts.obj)


def not_author(actor: Actor, obj: Any) -> None:
    keep_apart(
        "SOD-01",
        actor=actor,
        obj=obj,
        hands=[getattr(obj, f"{name}_id", None) for name in ("author", "submitted_by")],
        sentence="You wrote or submitted this yourself. Another person decides on it.",
    )


COMMON = {
    "reason given": reason_given,
    "comment given": comment_given,
    "actor is not author": actor_is_not_author,
}


def provide(machine: Machine, *, without: Iterable[str] = ()) -> None:
    """Register a machine as walked, with the guards that mean the same everywhere."""
    registry.machines.append(machine)
    wanted = {text for row in machine.transitions for text in row.guards} - set(without)
    for text in sorted(wanted & set(COMMON)):
        registry.guard(machine.id, text)(COMMON[text])
