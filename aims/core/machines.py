"""State machines as tables, and the one function that walks them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from aims.core.exceptions import NotAllowed, RuleBroken

#: Raises to refuse; may answer with what it saw, for the record of the step.
Guard = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Transition:
    source: str
    target: str
    action: str
    by: frozenset[str]
    guards: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """One life cycle of `state-machines.yaml`; `noun` is what a sentence calls the record.

    labels: what the button of each step says.
    """

    id: str
    entity: str
    noun: str
    initial: str
    final: frozenset[str]
    transitions: tuple[Transition, ...]
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def states(self) -> frozenset[str]:
        ends = {end for row in self.transitions for end in (row.source, row.target)}
        return frozenset(ends | {self.initial})

    def transition(self, state: str, action: str, *, state_label: str = "") -> Transition:
        """The row of a step; without one it is refused, in the words of the buttons and of the state."""
        for row in self.transitions:
            if row.source == state and row.action == action:
                return row
        refusal = self._not_possible(state, action, state_label or words(state))
        raise RuleBroken(refusal, field="state", code="state")

    def label(self, action: str) -> str:
        return self.labels.get(action) or words(action)

    def from_state(self, state: str) -> tuple[Transition, ...]:
        return tuple(row for row in self.transitions if row.source == state)

    def allowed(self, state: str, roles: Collection[str]) -> tuple[Transition, ...]:
        """The transitions out of `state` that a person with these roles may ask for; guards are not asked."""
        return tuple(row for row in self.from_state(state) if not row.by.isdisjoint(roles))

    def _not_possible(self, state: str, action: str, state_label: str) -> str:
        sentence = f"“{self.label(action)}” is not possible while the {self.noun} is “{state_label}”."
        possible = ", ".join(f"“{self.label(row.action)}”" for row in self.from_state(state))
        return f"{sentence} Possible now: {possible}." if possible else sentence


def step(
    source: str,
    action: str,
    target: str,
    *,
    by: str,
    guards: Collection[str] = (),
    effects: Collection[str] = (),
) -> Transition:
    """A row of a transition table, in reading order; `by` lists the roles with blanks between."""
    return Transition(source, target, action, frozenset(by.split()), tuple(guards), tuple(effects))


def walk(
    machine: Machine,
    *,
    state: str,
    action: str,
    roles: Collection[str],
    guards: Mapping[str, Guard],
) -> Transition:
    """The transition that applies, after its role and every one of its guards agreed.

    A guard raises `RuleBroken` to refuse. A guard that nobody provides refuses as well.
    """
    taken = machine.transition(state, action)
    _require_role(machine, taken, roles)
    for name in taken.guards:
        _provided(machine, taken, name, guards)()
    return taken


@dataclass(frozen=True, slots=True)
class Answer:
    """What one guard says of an action: a refusal, or what it saw."""

    guard: str
    refusal: RuleBroken | None
    seen: str = ""

    @property
    def is_met(self) -> bool:
        return self.refusal is None


def answers(machine: Machine, *, state: str, action: str, guards: Mapping[str, Guard]) -> list[Answer]:
    """What every guard of an action says, for pages and records that list them; roles are not asked."""
    taken = machine.transition(state, action)
    return [_answer(name, _provided(machine, taken, name, guards)) for name in taken.guards]


def missing(machine: Machine, *, state: str, action: str, guards: Mapping[str, Guard]) -> list[RuleBroken]:
    """Everything that still stands in the way of an action."""
    asked = answers(machine, state=state, action=action, guards=guards)
    return [answer.refusal for answer in asked if answer.refusal is not None]


def _answer(name: str, guard: Guard) -> Answer:
    try:
        return Answer(name, None, guard() or "")
    except RuleBroken as refusal:
        return Answer(name, refusal)


def words(identifier: str) -> str:
    return identifier.replace("_", " ")


def _require_role(machine: Machine, taken: Transition, roles: Collection[str]) -> None:
    if taken.by.isdisjoint(roles):
        who = " or ".join(sorted(words(role) for role in taken.by))
        raise NotAllowed(f"“{machine.label(taken.action)}” on the {machine.noun} is for: {who}.")


def _provided(machine: Machine, taken: Transition, name: str, guards: Mapping[str, Guard]) -> Guard:
    if name in guards:
        return guards[name]

    def refuse() -> str:
        raise RuleBroken(
            f"“{machine.label(taken.action)}” on the {machine.noun} needs “{name}”,"
            " and nothing here can check that.",
            field="state",
            code="guard_missing",
        )

    return refuse
