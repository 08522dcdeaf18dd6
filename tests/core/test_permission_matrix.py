from __future__ import annotations

import dataclasses

import pytest

from aims.core import matrix, permissions, transitions
from aims.core.actor import Actor, ActorKind
from aims.core.catalogs import MACHINES, MATRIX, catalog
from aims.core.enums import HUMAN_ROLES
from aims.core.machines import Machine, step
from aims.core.permissions import ADMIN_MOVES, Verb, approves, moves, reads, writes

VERBS = permissions.verbs()
DEVIATIONS = matrix.deviations()


def admin() -> Actor:
    return Actor(ActorKind.MEMBER, "Adam Admin", 1, member_id=1, roles=frozenset({"admin"}))


@pytest.mark.parametrize("name", sorted(VERBS))
def test_a_verb_gives_each_role_what_the_matrix_gives(name: str):
    more, less = matrix.differences(VERBS[name])
    known = DEVIATIONS.get(name, {})

    assert sorted(more) == sorted(known.get("more", []))
    assert sorted(less) == sorted(known.get("less", []))


def test_a_deviation_is_of_a_verb_that_is_there():
    assert set(DEVIATIONS) <= set(VERBS)
    assert len(DEVIATIONS) == len(catalog(MATRIX)["deviations"])


def test_every_step_that_a_verb_names_is_in_the_state_machines():
    named = {(verb.on.machine, action) for verb in VERBS.values() for action in verb.on.actions}

    assert named - set(matrix.steps()) == set()


def test_the_columns_are_the_roles_that_people_hold():
    assert set(catalog(MATRIX)["columns"]) == {role.value for role in HUMAN_ROLES}
    assert {role for row in matrix.objects().values() for role in row} <= set(catalog(MATRIX)["columns"])


def test_administrators_take_no_step_but_those_the_machines_give_them():
    given = {
        (machine["id"], row["action"])
        for machine in catalog(MACHINES)["machines"]
        for row in machine["transitions"]
        if "admin" in row["by"]
    }

    assert given == ADMIN_MOVES


def test_a_role_too_many_and_a_role_too_few_are_found():
    right = Verb("Reading risks", permissions.READERS_AND_AUDITOR, on=reads("risk"))
    wide = dataclasses.replace(right, roles=right.roles | {"staff"})
    narrow = dataclasses.replace(right, roles=right.roles - {"top_management"})
    unbound = Verb("Editing", frozenset({"compliance_lead", "ai_system_owner"}), on=writes("inventory"))

    assert matrix.differences(right) == (frozenset(), frozenset())
    assert matrix.differences(wide) == (frozenset({"staff"}), frozenset())
    assert matrix.differences(narrow) == (frozenset(), frozenset({"top_management"}))
    assert matrix.differences(unbound) == (frozenset({"ai_system_owner"}), frozenset())


@pytest.mark.parametrize("on", [approves("soa"), writes("risk"), moves("soa", "SM-08", "approve")])
def test_an_administrator_decides_nothing_even_where_a_table_were_wrong(on, monkeypatch):
    wrong = Verb("Approving", frozenset({"admin"}), frozenset({"admin"}), on=on)
    monkeypatch.setitem(permissions._verbs, "risk.wrong", wrong)

    assert not permissions.can(admin(), "risk.wrong")


def test_an_administrator_walks_no_domain_machine_even_where_it_were_wrong():
    machine = Machine(
        "SM-08", "SoA", "statement", "draft", frozenset(), (step("draft", "approve", "approved", by="admin"),)
    )
    record = type("Record", (), {"state": "draft"})()

    assert transitions.actions_for(machine, record, admin()) == []
