from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from controls.enums import ImplementationState, ReasonKind
from controls.library import controls
from controls.rules import (
    REASON_KINDS,
    STATES,
    Reason,
    Row,
    compare,
    is_developer_control,
    mirrors_clause,
    problems,
    says_nothing,
    warnings,
)

LIBRARY = [control.ref for control in controls()]
TODAY = date(2026, 11, 22)

INCLUDED = Row(
    ref="A.9.2",
    included=True,
    reasons=(Reason("risk_treatment", link="risk:12"),),
    implementation_state="implemented",
    how="The acceptable use process",
    owner="Head of operations",
)
EXCLUDED = Row(
    ref="A.10.4",
    included=False,
    exclusion_text="No customer receives an AI system from us; all twelve are used in-house.",
    exclusion_link="risk-assessment:3",
    implementation_state="excluded",
)


def found(*rows: Row, developer: bool = False, library: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    problems_found = problems(rows, systems_with_developer_role=developer, library=library)
    return [(each.ref, each.field, each.sentence) for each in problems_found]


def test_the_words_of_the_rules_are_those_stored():
    assert list(REASON_KINDS) == ReasonKind.values
    assert set(ImplementationState.values) == STATES


def test_a_sound_inclusion_and_a_sound_exclusion_pass():
    assert found(INCLUDED, EXCLUDED, library=("A.9.2", "A.10.4")) == []


def test_each_control_is_decided():
    assert found(replace(INCLUDED, included=None)) == [
        ("A.9.2", "included", "Decide whether A.9.2 is included.")
    ]


def test_no_control_of_the_library_is_left_out_of_the_statement():
    assert found(INCLUDED, library=("A.9.2", "A.9.3")) == [
        ("A.9.3", "included", "A.9.3 is missing: decide on it.")
    ]


def test_no_control_is_listed_twice():
    assert found(INCLUDED, INCLUDED) == [("A.9.2", "ref", "A.9.2 is listed 2 times; keep one row.")]


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        ((), "Say why A.9.2 is included."),
        ((Reason("habit", link="x"),), "“habit” is not a reason to include A.9.2."),
        ((Reason("risk_treatment"),), "Link the risk treatment that includes A.9.2."),
        ((Reason("legal", text="AI Act"),), "Link the legal duty that includes A.9.2."),
        ((Reason("contract", link=" "),), "Link the contract that includes A.9.2."),
        ((Reason("interested_party"),), "Link the interested party that includes A.9.2."),
        (
            (Reason("business_decision", link="minutes:4"),),
            "Describe the business decision that includes A.9.2.",
        ),
        (
            (Reason("business_decision", text="The board wants it"),),
            "Link at least one reason for A.9.2 to the record that it rests on.",
        ),
    ],
)
def test_an_inclusion_without_a_reason_that_holds_is_refused(reasons: tuple, sentence: str):
    assert found(replace(INCLUDED, reasons=reasons)) == [("A.9.2", "reasons", sentence)]


@pytest.mark.parametrize(
    "reasons",
    [
        (Reason("legal", link="obligation:2"),),
        (Reason("contract", link="contract:8"),),
        (Reason("interested_party", link="party:1"),),
        (Reason("business_decision", text="The board wants it", link="minutes:4"),),
        (Reason("business_decision", text="The board wants it"), Reason("contract", link="contract:8")),
    ],
)
def test_each_kind_of_reason_can_include_a_control(reasons: tuple):
    assert found(replace(INCLUDED, reasons=reasons)) == []


def test_an_exclusion_needs_words_and_a_link():
    bare = replace(EXCLUDED, exclusion_text=" ", exclusion_link="")

    assert found(bare) == [
        ("A.10.4", "exclusion_text", "Say why A.10.4 is excluded."),
        (
            "A.10.4",
            "exclusion_link",
            "Link the exclusion of A.10.4 to the risk assessment, requirement or exception behind it.",
        ),
    ]


def test_not_relevant_alone_does_not_exclude_a_control():
    assert found(replace(EXCLUDED, exclusion_text="Not relevant.")) == [
        (
            "A.10.4",
            "exclusion_text",
            "“Not relevant.” alone does not justify excluding A.10.4: say what makes it so.",
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Not relevant",
        "not relevant.",
        "NOT APPLICABLE!",
        "N/A",
        "n.a.",
        "-",
        "none",
        "Not needed",
        "It doesn't apply",
        "This control is not applicable to our organization",
        "The control is not relevant for us",
        "Out of scope",
        "TBD",
    ],
)
def test_a_phrase_that_fits_everything_says_nothing(text: str):
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Not relevant: all models are bought, none is trained here",
        "No data is acquired from third parties",
        "Customers never receive the systems",
        "Nicht anwendbar, da keine Kunden",
    ],
)
def test_a_phrase_with_a_cause_says_something(text: str):
    assert not says_nothing(text)


@pytest.mark.parametrize("included", [True, False, None])
@pytest.mark.parametrize("treatments", [(), ("R-12", "R-15")])
@pytest.mark.parametrize("duties", [(), ("AI Act Article 26",)])
def test_only_a_control_that_nothing_needs_can_be_excluded(included, treatments, duties):
    row = replace(
        EXCLUDED if included is False else INCLUDED,
        ref="A.9.2",
        included=included,
        necessary_because=treatments,
        required_by=duties,
    )
    expected = []
    if included is False and treatments:
        expected.append("A.9.2 cannot be excluded: the treatment of R-12, R-15 uses it.")
    if included is False and duties:
        expected.append("A.9.2 cannot be excluded: AI Act Article 26 requires it.")

    refused = [sentence for _, _, sentence in found(row) if "cannot be excluded" in sentence]

    assert refused == expected


@pytest.mark.parametrize("state", ["not_started", "planned", "in_progress"])
def test_a_control_that_is_not_implemented_yet_needs_a_target_date(state: str):
    open_row = replace(INCLUDED, implementation_state=state)

    assert found(open_row) == [
        ("A.9.2", "target_date", "A.9.2 is not implemented yet: give the target date.")
    ]
    assert found(replace(open_row, target_date=date(2027, 3, 1))) == []


@pytest.mark.parametrize("state", ["implemented", "verified", "degraded"])
def test_a_control_that_was_implemented_needs_no_target_date(state: str):
    assert found(replace(INCLUDED, implementation_state=state)) == []


@pytest.mark.parametrize("state", ["", "excluded", "done"])
def test_an_included_control_has_an_implementation_status(state: str):
    assert found(replace(INCLUDED, implementation_state=state)) == [
        ("A.9.2", "implementation_state", "Give the implementation status of A.9.2.")
    ]


def test_an_excluded_control_is_not_in_progress():
    assert found(replace(EXCLUDED, implementation_state="in_progress")) == [
        (
            "A.10.4",
            "implementation_state",
            "A.10.4 is excluded, so its implementation status is “excluded”.",
        )
    ]


DEVELOPING = [ref for ref in LIBRARY if is_developer_control(ref)]


def test_the_developer_controls_are_ten():
    assert DEVELOPING == [
        "A.6.1.2",
        "A.6.1.3",
        "A.6.2.2",
        "A.6.2.3",
        "A.6.2.4",
        "A.7.2",
        "A.7.3",
        "A.7.4",
        "A.7.5",
        "A.7.6",
    ]


@pytest.mark.parametrize("developer", [True, False])
@pytest.mark.parametrize("keeps_one", [True, False])
def test_a_developer_keeps_at_least_one_developer_control(developer: bool, keeps_one: bool):
    rows = [replace(EXCLUDED, ref=ref) for ref in DEVELOPING]
    if keeps_one:
        rows[4] = replace(INCLUDED, ref=DEVELOPING[4])

    sentences = [sentence for _, _, sentence in found(*rows, developer=developer)]

    refused = ["Not every development control can be excluded: the organization is developer of a system."]
    assert sentences == (refused if developer and not keeps_one else [])


def test_controls_that_mirror_clauses_are_named():
    assert [ref for ref in LIBRARY if mirrors_clause(ref)] == [
        "A.2.2",
        "A.2.3",
        "A.2.4",
        "A.3.2",
        "A.5.2",
        "A.5.3",
        "A.5.4",
        "A.5.5",
    ]


def warned(row: Row) -> list[tuple[str, str]]:
    return [(each.field, each.sentence) for each in warnings([row], today=TODAY)]


def test_a_sound_row_raises_no_warning():
    assert warned(INCLUDED) == []
    assert warned(EXCLUDED) == []


def test_excluding_a_control_that_mirrors_a_clause_is_warned_of_but_not_refused():
    row = replace(EXCLUDED, ref="A.2.2")

    assert found(row) == []
    assert warned(row) == [
        (
            "included",
            "A.2.2 mirrors a clause that stays a requirement even when the control is excluded.",
        )
    ]


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"owner": ""}, ("owner", "A.9.2 has no owner.")),
        ({"how": ""}, ("how", "Describe how A.9.2 is implemented.")),
        (
            {"implementation_state": "degraded"},
            ("implementation_state", "A.9.2 no longer works as it should."),
        ),
        (
            {"implementation_state": "planned", "target_date": date(2026, 11, 21)},
            ("target_date", "The target date of A.9.2 has passed."),
        ),
    ],
)
def test_what_an_auditor_will_ask_about_is_warned_of(change: dict, warning: tuple[str, str]):
    assert warned(replace(INCLUDED, **change)) == [warning]


def test_a_target_date_of_today_has_not_passed():
    assert warned(replace(INCLUDED, implementation_state="planned", target_date=TODAY)) == []


def snapshot(*rows: dict) -> dict:
    return {"rows": list(rows)}


def frozen(ref: str, **changed: object) -> dict:
    row = {
        "ref": ref,
        "title": f"Title of {ref}",
        "included": True,
        "implementation_state": "planned",
        "reasons": [{"kind": "legal", "link": "obligation:2", "text": ""}],
        "exclusion_text": "",
        "exclusion_link": "",
        "how": "",
    }
    return row | changed


def refs(changes: tuple) -> list[str]:
    return [change.ref for change in changes]


def test_equal_statements_do_not_differ():
    assert compare(snapshot(frozen("A.2.2")), snapshot(frozen("A.2.2"))).is_empty


def test_changes_are_grouped_by_what_happened():
    old = snapshot(
        frozen("A.2.2"),
        frozen("A.2.3", included=False, implementation_state="excluded"),
        frozen("A.2.4"),
        frozen("A.3.2"),
        frozen("MH-01"),
    )
    new = snapshot(
        frozen("A.2.2", implementation_state="implemented"),
        frozen("A.2.3"),
        frozen("A.2.4", included=False, implementation_state="excluded"),
        frozen("A.3.2", how="Role descriptions"),
        frozen("MH-02"),
    )

    comparison = compare(old, new)

    assert refs(comparison.added) == ["A.2.3", "MH-02"]
    assert refs(comparison.left_out) == ["A.2.4", "MH-01"]
    assert refs(comparison.status_changed) == ["A.2.2"]
    assert refs(comparison.wording_changed) == ["A.3.2"]
    assert comparison.wording_changed[0].fields == ("how",)
    assert comparison.left_out[1].after is None
    assert not comparison.is_empty


def test_a_row_can_change_in_status_and_in_wording():
    comparison = compare(
        snapshot(frozen("A.2.2")),
        snapshot(frozen("A.2.2", implementation_state="verified", title="New title")),
    )

    assert refs(comparison.status_changed) == refs(comparison.wording_changed) == ["A.2.2"]
