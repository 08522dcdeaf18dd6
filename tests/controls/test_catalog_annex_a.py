from __future__ import annotations

import re

import pytest

from aims.core.catalogs import ANNEX_A, ANNEX_C, CLAUSES, catalog

TITLES = {
    "A.2.2": "AI policy",
    "A.2.3": "Alignment with other organizational policies",
    "A.2.4": "Review of the AI policy",
    "A.3.2": "AI roles and responsibilities",
    "A.3.3": "Reporting of concerns",
    "A.4.2": "Resource documentation",
    "A.4.3": "Data resources",
    "A.4.4": "Tooling resources",
    "A.4.5": "System and computing resources",
    "A.4.6": "Human resources",
    "A.5.2": "AI system impact assessment process",
    "A.5.3": "Documentation of AI system impact assessments",
    "A.5.4": "Assessing AI system impact on individuals or groups of individuals",
    "A.5.5": "Assessing societal impacts of AI systems",
    "A.6.1.2": "Objectives for responsible development of AI system",
    "A.6.1.3": "Processes for responsible AI system design and development",
    "A.6.2.2": "AI system requirements and specification",
    "A.6.2.3": "Documentation of AI system design and development",
    "A.6.2.4": "AI system verification and validation",
    "A.6.2.5": "AI system deployment",
    "A.6.2.6": "AI system operation and monitoring",
    "A.6.2.7": "AI system technical documentation",
    "A.6.2.8": "AI system recording of event logs",
    "A.7.2": "Data for development and enhancement of AI system",
    "A.7.3": "Acquisition of data",
    "A.7.4": "Quality of data for AI systems",
    "A.7.5": "Data provenance",
    "A.7.6": "Data preparation",
    "A.8.2": "System documentation and information for users",
    "A.8.3": "External reporting",
    "A.8.4": "Communication of incidents",
    "A.8.5": "Information for interested parties",
    "A.9.2": "Processes for responsible use of AI systems",
    "A.9.3": "Objectives for responsible use of AI system",
    "A.9.4": "Intended use of the AI system",
    "A.10.2": "Allocating responsibilities",
    "A.10.3": "Suppliers",
    "A.10.4": "Customers",
}

CONTROLS = catalog(ANNEX_A)["controls"]
META = catalog(ANNEX_A)["meta"]

each_control = pytest.mark.parametrize("control", CONTROLS, ids=lambda row: row["id"])


def sentences(text: str) -> int:
    return len(re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip()))


def test_the_thirty_eight_controls_have_their_ids_and_titles():
    assert {row["id"]: row["title"] for row in CONTROLS} == TITLES
    assert [row["id"] for row in CONTROLS] == list(TITLES)
    assert len(CONTROLS) == 38


def test_the_nine_objectives_hold_as_many_controls_as_they_say():
    said = {row["id"]: row["control_count"] for row in catalog(ANNEX_A)["objectives"]}
    held = {ref: sum(row["objective"] == ref for row in CONTROLS) for ref in said}

    assert said == held
    assert list(said.items()) == [
        ("A.2", 3),
        ("A.3", 2),
        ("A.4", 5),
        ("A.5", 4),
        ("A.6", 9),
        ("A.7", 5),
        ("A.8", 4),
        ("A.9", 3),
        ("A.10", 3),
    ]


@each_control
def test_a_control_stands_below_the_objective_of_its_number(control: dict):
    groups = {row["id"] for row in catalog(ANNEX_A)["groups"]}

    assert control["id"].startswith(control["objective"] + ".")
    assert control["group"] is None or control["group"] in groups


@each_control
def test_a_control_uses_the_known_roles_and_stages(control: dict):
    assert control["roles"] and set(control["roles"]) <= set(META["roles"])
    assert control["lifecycle_stages"] and set(control["lifecycle_stages"]) <= set(META["lifecycle_stages"])


@each_control
def test_a_control_can_be_understood_shown_and_asked_about(control: dict):
    assert 2 <= sentences(control["guidance"]) <= 4
    assert 2 <= len(control["evidence"]) <= 4
    assert 2 <= len(control["audit_questions"]) <= 3
    assert control["review_frequency"]["months"] > 0


@each_control
def test_a_control_points_at_audited_clauses_and_objectives_of_annex_c(control: dict):
    audited = {row["id"] for row in catalog(CLAUSES)["clauses"] if row["auditable"]}
    objectives = {row["id"] for row in catalog(ANNEX_C)["objectives"]}

    assert control["related_clauses"] and set(control["related_clauses"]) <= audited
    assert set(control["annex_c_objectives"]) <= objectives
