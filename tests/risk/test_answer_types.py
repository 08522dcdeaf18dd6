"""Every type of answer in the catalog, right and wrong."""

from __future__ import annotations

from typing import Any

import pytest

from aims.core.exceptions import RuleBroken
from risk import answer_types
from risk.answer_tables import COLUMNS, IMPACT_COLUMNS
from risk.questionnaire import assessment_questions, question
from risk.wording import worded
from tests.risk.form_answers import a_harm, whole_form

OFFERED = {"Risk": {7: "R-007 Late care"}, "Metric": {3: "M-003 Recall"}, "AISystem.datasets": {}}
HARM = {"kind": "harm", "text": "Late care", "severity": 4, "likelihood": 3}


def clean(id: str, value: Any) -> Any:
    asked = question(id)
    assert asked is not None
    return answer_types.clean_answer(asked, value, offered=OFFERED)


def refused(id: str, value: Any) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        clean(id, value)
    return caught.value


def test_every_table_of_the_catalog_has_columns_and_every_type_a_way() -> None:
    tables = {each.id for each in assessment_questions() if each.type in ("table", "measure_table")}
    types = {each.type for each in assessment_questions()}

    assert set(COLUMNS) == tables
    assert types <= answer_types.TABLES | set(answer_types.CLEANERS)


def test_a_whole_form_is_kept_as_it_was_given() -> None:
    given = whole_form(None)

    for each in assessment_questions():
        kept = clean(each.id, given[each.id])
        assert kept is not None, each.id
        assert clean(each.id, kept) == kept, each.id
        assert worded(each, kept), each.id


@pytest.mark.parametrize(
    ("id", "given", "kept"),
    [
        ("IA-001", "  Triage\r\nin both wards ", "Triage\nin both wards"),
        ("IA-001", "   ", None),
        ("IA-002", "change", "change"),
        ("IA-003", ["other", "provider"], ["provider", "other"]),
        ("IA-005", ["none"], ["none"]),
        ("IA-023", "4", "4"),
        ("IA-040", ["Germany", " ", "Austria"], ["Germany", "Austria"]),
        ("IA-104", "2027-03-31", "2027-03-31"),
        ("IA-095", {"records": [3]}, {"records": [{"id": 3, "name": "M-003 Recall"}], "note": ""}),
        (
            "IA-095",
            {"records": ["3"], "note": "And complaints"},
            {"records": [{"id": 3, "name": "M-003 Recall"}], "note": "And complaints"},
        ),
        ("IA-063", [HARM | {"severity": "4"}], [HARM]),
        ("IA-063", [HARM | {"risk_id": "7"}], [HARM | {"risk_id": 7, "risk": "R-007 Late care"}]),
        (
            "IA-063",
            [{"kind": "none", "text": "No group differs"}],
            [{"kind": "none", "text": "No group differs"}],
        ),
        (
            "IA-063",
            [{"kind": "benefit", "text": "Faster", "who": "All"}],
            [{"kind": "benefit", "text": "Faster", "who": "All"}],
        ),
        (
            "IA-050",
            [{"group": "Patients", "how": "Sorted", "number": "8400"}],
            [{"group": "Patients", "how": "Sorted", "number": 8400}],
        ),
        (
            "IA-033",
            [{"kind": "none", "text": "No groups are known"}],
            [{"kind": "none", "text": "No groups are known"}],
        ),
        ("IA-001", None, None),
        ("IA-063", [], None),
    ],
)
def test_an_answer_that_fits_is_kept(id: str, given: Any, kept: Any) -> None:
    assert clean(id, given) == kept


@pytest.mark.parametrize(
    ("id", "given", "sentence"),
    [
        ("IA-001", 7, "Write the answer as plain text"),
        ("IA-001", "a\x00b", "plain text"),
        ("IA-001", "\ud800", "plain text"),
        ("IA-001", "x" * 10_001, "Shorten the answer to 10,000 characters"),
        ("IA-002", "because", "Choose one of the answers offered"),
        ("IA-002", ["new"], "Choose one of the answers offered"),
        ("IA-003", "provider", "Give a list"),
        ("IA-003", [["provider"]], "Give a list"),
        ("IA-003", ["owner"], "Choose among the answers offered"),
        ("IA-005", ["none", "dpia"], "stands alone"),
        ("IA-023", "9", "Choose one of the answers offered"),
        ("IA-040", "Germany", "Give a list of up to 50 texts"),
        ("IA-040", [1], "Write each text as plain text"),
        ("IA-104", "soon", "as a date"),
        ("IA-104", 20270331, "as a date"),
        ("IA-095", [3], "Give the records by id"),
        ("IA-095", {"records": [4]}, "Choose among the records of this system"),
        ("IA-095", {"records": [True]}, "Choose among the records of this system"),
        ("IA-095", {"records": 3}, "Give a list of up to 100 records"),
        ("IA-063", "a harm", "Give a list of rows"),
        ("IA-063", ["a harm"], "A row names its columns"),
        ("IA-063", [HARM] * 101, "100 rows at most"),
        ("IA-063", [HARM | {"kind": "worry"}], "harm, benefit or none"),
        ("IA-063", [HARM | {"kind": []}], "harm, benefit or none"),
        ("IA-063", [{"kind": "harm", "text": "Late"}], "Fill in “Severity”"),
        ("IA-063", [HARM | {"text": " "}], "Fill in “What arises”"),
        ("IA-063", [HARM | {"severity": 6}], "Rate “Severity” from 1 to 5"),
        ("IA-063", [HARM | {"likelihood": True}], "Rate “Likelihood” from 1 to 5"),
        ("IA-063", [HARM | {"scale": "all"}], "Choose one of the answers offered for “How many”"),
        ("IA-063", [HARM | {"risk_id": 8}], "Choose a risk of this system"),
        ("IA-063", [HARM | {"level": "low"}], "“level” is no column"),
        ("IA-063", [HARM | {"residual_severity": 2}], "the likelihood is missing"),
        (
            "IA-063",
            [{"kind": "benefit", "text": "Faster", "severity": 1}],
            "A benefit is described, not rated",
        ),
        ("IA-063", [{"kind": "none", "text": " "}], "Say why there is nothing"),
        ("IA-063", [{"kind": "none", "text": "No", "severity": 1}], "only the reason is given"),
        ("IA-063", [HARM, {"kind": "none", "text": "Nothing"}], "remove one or the other"),
        ("IA-013", [{"kind": "harm", "actor": "x"}], "harm, benefit or none"),
        ("IA-050", [{"group": "A", "how": "B", "number": -1}], "as a whole number"),
        (
            "IA-090",
            [{"harm": "A", "measure": "B", "owner": "C", "status": "done", "due": "31.3."}],
            "as a date",
        ),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_name(id: str, given: Any, sentence: str) -> None:
    caught = refused(id, given)

    assert str(caught).startswith(f"{id}: ")
    assert sentence in str(caught)


def test_every_column_of_a_harm_is_understood_by_the_score() -> None:
    from risk.harms import Harm

    fields = set(Harm.__dataclass_fields__)

    assert {column.key for column in IMPACT_COLUMNS} <= fields
    assert Harm(question="IA-063", **a_harm(7)).level == "high"
