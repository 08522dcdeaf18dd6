from __future__ import annotations

import re

import pytest

from aims.core.catalogs import ANNEX_A, CLAUSES, catalog

AUDITED = [
    "4.1",
    "4.2",
    "4.3",
    "4.4",
    "5.1",
    "5.2",
    "5.3",
    "6.1.1",
    "6.1.2",
    "6.1.3",
    "6.1.4",
    "6.2",
    "6.3",
    "7.1",
    "7.2",
    "7.3",
    "7.4",
    "7.5.1",
    "7.5.2",
    "7.5.3",
    "8.1",
    "8.2",
    "8.3",
    "8.4",
    "9.1",
    "9.2.1",
    "9.2.2",
    "9.3.1",
    "9.3.2",
    "9.3.3",
    "10.1",
    "10.2",
]

ALL = catalog(CLAUSES)["clauses"]
CLAUSES_AUDITED = [row for row in ALL if row["auditable"]]
DOCUMENTS = catalog(CLAUSES)["documented_information"]

each_clause = pytest.mark.parametrize("clause", CLAUSES_AUDITED, ids=lambda row: row["id"])


def sentences(text: str) -> int:
    return len(re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip()))


def test_thirty_two_clauses_are_audited_in_the_order_of_the_standard():
    assert [row["id"] for row in CLAUSES_AUDITED] == AUDITED
    assert len(AUDITED) == 32 == catalog(CLAUSES)["meta"]["auditable_count"]


def test_every_clause_hangs_below_another_or_at_the_top():
    ids = {row["id"] for row in ALL}

    assert [row["id"] for row in ALL if row["parent"] is not None and row["parent"] not in ids] == []
    assert [row["id"] for row in ALL if row["parent"] is None] == ["4", "5", "6", "7", "8", "9", "10"]


@each_clause
def test_a_clause_is_summed_up_and_can_be_asked_about(clause: dict):
    assert 1 <= sentences(clause["summary"]) <= 4
    assert 2 <= len(clause["checklist"]) <= 4
    assert clause["evidence_examples"]
    assert set(clause["related_controls"]) <= {row["id"] for row in catalog(ANNEX_A)["controls"]}


def test_every_document_is_asked_for_by_its_own_clause():
    asked = {(row["id"], ref) for row in CLAUSES_AUDITED for ref in row["required_documented_information"]}

    assert [row["id"] for row in DOCUMENTS if (row["clause"], row["id"]) not in asked] == []


def test_no_clause_asks_for_a_document_that_is_not_listed():
    asked = {ref for row in CLAUSES_AUDITED for ref in row["required_documented_information"]}

    assert asked == {row["id"] for row in DOCUMENTS}


def test_question_ids_are_unique_over_clauses_and_controls():
    ids = [question["id"] for row in CLAUSES_AUDITED for question in row["checklist"]]
    ids += [question["id"] for row in catalog(ANNEX_A)["controls"] for question in row["audit_questions"]]

    assert len(ids) == len(set(ids)) > 150
