"""The transition tables in Python say exactly what state-machines.yaml says."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

import audits.enums
import audits.rules
import controls.enums
import controls.rules
import inventory.enums
import inventory.rules
import risk.enums
import risk.rules
from aims.core import enums as core_enums
from aims.core import rules as core_rules
from aims.core.catalogs import MACHINES, catalog
from aims.core.generic import StepPage
from aims.core.machines import Machine, Transition

IN_CATALOG = {row["id"]: row for row in catalog(MACHINES)["machines"]}
APPS = (core_rules, inventory.rules, risk.rules, controls.rules, audits.rules)
IN_PYTHON = [machine for rules in APPS for machine in rules.MACHINES]

VOCABULARY = {
    "SM-01": inventory.enums.SystemStage,
    "SM-02": inventory.enums.DiscoveryState,
    "SM-04": risk.enums.RiskAssessmentState,
    "SM-05": risk.enums.RiskState,
    "SM-06": risk.enums.PlanState,
    "SM-07": risk.enums.AssessmentState,
    "SM-08": controls.enums.SoAState,
    "SM-09": controls.enums.ImplementationState,
    "SM-10": core_enums.EvidenceState,
    "SM-11": audits.enums.AuditState,
    "SM-12": audits.enums.FindingState,
    "SM-16": inventory.enums.SupplierState,
    "SM-17": inventory.enums.IncidentState,
    "SM-19": inventory.enums.AlertState,
    "SM-20": controls.enums.CompetenceState,
    "SM-24": inventory.enums.ChangeRequestState,
    "SM-18": inventory.enums.ConcernState,
    "SM-25": audits.enums.CertificateState,
    "SM-26": audits.enums.PackState,
    "SM-27": core_enums.GrantState,
}

each_machine = pytest.mark.parametrize("machine", IN_PYTHON, ids=lambda machine: machine.id)


def transition_from(row: dict) -> Transition:
    return Transition(
        source=row["from"],
        target=row["to"],
        action=row["action"],
        by=frozenset(row["by"]),
        guards=tuple(row["guards"]),
        effects=tuple(row["effects"]),
    )


def test_every_machine_of_this_version_has_one_table():
    assert sorted(machine.id for machine in IN_PYTHON) == sorted(VOCABULARY)


@each_machine
def test_transitions_are_those_of_the_catalog(machine: Machine):
    expected = tuple(transition_from(row) for row in IN_CATALOG[machine.id]["transitions"])

    assert machine.transitions == expected


@each_machine
def test_states_and_ends_are_those_of_the_catalog(machine: Machine):
    row = IN_CATALOG[machine.id]

    assert machine.states == set(row["states"])
    assert (machine.entity, machine.initial, machine.final) == (
        row["entity"],
        row["initial"],
        frozenset(row["final"]),
    )


@each_machine
def test_the_vocabulary_lists_the_states_in_the_order_of_the_catalog(machine: Machine):
    assert VOCABULARY[machine.id].values == IN_CATALOG[machine.id]["states"]


@each_machine
def test_a_state_and_an_action_lead_to_one_place(machine: Machine):
    steps = [(row.source, row.action) for row in machine.transitions]

    assert len(steps) == len(set(steps))


def test_roles_are_those_of_the_catalog():
    assert core_enums.Role.values == [row["id"] for row in catalog(MACHINES)["roles"]]
    assert len(core_enums.HUMAN_ROLES) == 9


def test_what_a_button_says_belongs_to_a_step_of_its_machine():
    for machine in IN_PYTHON:
        assert set(machine.labels) <= {row.action for row in machine.transitions}


def test_every_page_of_a_step_knows_its_life_cycle_and_who_takes_each_step():
    assert get_resolver().url_patterns  # every page is imported
    pages = StepPage.__subclasses__()

    assert len(pages) == 8
    for page in pages:
        assert page.machine in IN_PYTHON
        assert page.machine.labels
        assert set(page.machine.labels) <= set(page.step_verbs)
