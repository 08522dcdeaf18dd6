from __future__ import annotations

import pytest

from controls.library import (
    clause,
    clause_title,
    clauses,
    control,
    controls,
    documents,
    frameworks,
    mappings,
    objectives,
)


def test_the_library_holds_controls_objectives_clauses_and_documents():
    assert (len(controls()), len(objectives()), len(clauses()), len(documents())) == (38, 9, 32, 30)


def test_a_control_is_found_by_its_number():
    found = control("A.6.2.4")

    assert found.title == "AI system verification and validation"
    assert (found.objective, found.group) == ("A.6", "A.6.2")
    assert found.review_frequency_months == 6
    assert found.audit_questions[0].id == "Q-A.6.2.4-1"
    assert not found.mirrors_clause
    assert control("A.2.2").mirrors_clause
    assert control("A.2.2").group == ""


def test_a_control_that_does_not_exist_raises():
    with pytest.raises(KeyError):
        control("A.6.2.9")


def test_a_clause_is_found_by_its_number_and_headings_have_a_title():
    assert clause("6.1.3").documents == ("DI-07", "DI-08", "DI-09", "DI-10")
    assert clause_title("9.2") == "Internal audit"
    with pytest.raises(KeyError):
        clause("9.2")


def test_mappings_leave_out_what_is_unrelated():
    found = mappings("A.2.2")

    assert found
    assert all(each.target and each.framework in frameworks() for each in found)
