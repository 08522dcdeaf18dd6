"""SM-11, SM-12, SM-25 and SM-27 walked from their tables: what these do not allow is refused."""

from __future__ import annotations

from typing import Any

import pytest

from aims.core.actor import Actor, ActorKind
from aims.core.enums import HUMAN_ROLES
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.machines import Machine, walk
from aims.core.registry import registry
from aims.core.rules import AUDITOR_GRANT
from audits import rules
from tests.cast import House

MACHINES = (rules.AUDIT, rules.FINDING, rules.CERTIFICATION, AUDITOR_GRANT)
ROLES = [role.value for role in HUMAN_ROLES] + ["system"]


def cases(allowed: bool) -> list[Any]:
    """(machine, state, action, role) for every combination that the table allows, or forbids."""
    found = []
    for machine in MACHINES:
        actions = sorted({row.action for row in machine.transitions})
        table = {(row.source, row.action): row.by for row in machine.transitions}
        for state in sorted(machine.states):
            for action in actions:
                for role in ROLES:
                    if (role in table.get((state, action), ())) is allowed:
                        found.append((machine, state, action, role))
    return found


def test_every_machine_of_this_app_is_walked() -> None:
    assert {machine.id for machine in MACHINES} <= {machine.id for machine in registry.machines}


def test_every_guard_and_effect_has_its_function() -> None:
    for machine in MACHINES:
        for row in machine.transitions:
            assert all((machine.id, text) in registry.guards for text in row.guards)
            assert all(registry.effects[machine.id, text] for text in row.effects)


def test_what_the_tables_do_not_allow_is_refused() -> None:
    def agree(machine: Machine) -> dict[str, Any]:
        return {text: lambda: None for (key, text) in registry.guards if key == machine.id}

    for machine, state, action, role in cases(allowed=False):
        with pytest.raises((RuleBroken, NotAllowed)):
            walk(machine, state=state, action=action, roles={role}, guards=agree(machine))


def test_what_the_tables_allow_is_walked_once_the_guards_agree() -> None:
    walked = set()
    for machine, state, action, role in cases(allowed=True):
        agreeing = {text: lambda: None for (key, text) in registry.guards if key == machine.id}
        taken = walk(machine, state=state, action=action, roles={role}, guards=agreeing)
        walked.add((machine.id, taken.source, taken.action))

    assert walked == {(m.id, row.source, row.action) for m in MACHINES for row in m.transitions}


VERBS_OF = {
    "SM-11": "plan_audit declare_independence do_audit cancel_audit",
    "SM-12": "raise_finding answer_finding open_case decide_finding judge_finding",
}


@pytest.mark.parametrize("machine", [rules.AUDIT, rules.FINDING], ids=lambda machine: machine.id)
def test_no_page_offers_more_people_a_transition_than_the_table(house: House, machine: Machine) -> None:
    """The permission table of the app and `by` of the machine name the same roles."""
    from aims.core import permissions

    allowed = {role for row in machine.transitions for role in row.by} - {"system"}
    for name in VERBS_OF[machine.id].split():
        for role in set(ROLES) - allowed - {"system"}:
            actor = Actor(ActorKind.MEMBER, "x", house.organization.pk, member_id=0, roles=frozenset({role}))
            assert not permissions.can(actor, f"audits.{name}"), (name, role)
