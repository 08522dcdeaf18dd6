from __future__ import annotations

import pytest

from aims.core.catalogs import ANNEX_A, CLAUSES, MACHINES, catalog

CATALOG = catalog(MACHINES)
ROLES = {row["id"] for row in CATALOG["roles"]}

each_machine = pytest.mark.parametrize("machine", CATALOG["machines"], ids=lambda row: row["id"])


def reached_from(start: str, transitions: list[dict]) -> set[str]:
    reached = {start}
    while new := {t["to"] for t in transitions if t["from"] in reached} - reached:
        reached |= new
    return reached


def test_there_are_as_many_machines_as_said():
    assert len({row["id"] for row in CATALOG["machines"]}) == CATALOG["meta"]["machine_count"] == 27
    assert sum(len(row["transitions"]) for row in CATALOG["machines"]) == 227


@each_machine
def test_every_state_is_reached_and_only_final_states_are_ends(machine: dict):
    left = {row["from"] for row in machine["transitions"]}

    assert reached_from(machine["initial"], machine["transitions"]) == set(machine["states"])
    assert set(machine["states"]) - left <= set(machine["final"])


@each_machine
def test_transitions_join_known_states_by_known_roles(machine: dict):
    for row in machine["transitions"]:
        assert {row["from"], row["to"]} <= set(machine["states"])
        assert row["by"] and set(row["by"]) <= ROLES


@each_machine
def test_an_external_auditor_acts_only_on_the_own_access(machine: dict):
    acts = [row["action"] for row in machine["transitions"] if "external_auditor" in row["by"]]

    assert acts == (["accept"] if machine["id"] == "SM-27" else [])


@each_machine
def test_an_administrator_only_archives_and_revokes(machine: dict):
    acts = {row["action"] for row in machine["transitions"] if "admin" in row["by"]}

    assert acts <= {"archive", "revoke"}


@each_machine
def test_a_machine_serves_known_clauses_and_controls(machine: dict):
    known = {row["id"] for row in catalog(CLAUSES)["clauses"] if row["auditable"]}
    known |= {row["id"] for row in catalog(ANNEX_A)["controls"]}

    assert set(machine["clauses"]) <= known
