from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from aims.core.exceptions import RuleBroken
from audits.enums import Grade
from audits.rules import (
    GRADES,
    FindingFacts,
    Involvement,
    conflicts,
    engagement_is_open,
    finding_problems,
    require_engagement_window,
    require_independence,
    require_pack_date,
    require_release,
    require_sound_finding,
)

TODAY = date(2026, 11, 22)
FINDING = FindingFacts(
    ref="F-3",
    grade="minor",
    requirement="8.4",
    evidence="Assessment of the triage assistant, dated 2025-02-03, seen on 2026-11-20",
    statement="The assessment was not renewed after the change of model.",
)


def test_the_grades_are_those_stored():
    assert list(GRADES) == Grade.values


@pytest.mark.parametrize("grade", ["major", "minor"])
def test_a_nonconformity_with_its_three_parts_is_sound(grade: str):
    require_sound_finding(replace(FINDING, grade=grade))


@pytest.mark.parametrize("grade", ["major", "minor"])
@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("requirement", "Cite the requirement that is not met: clause, control or document."),
        ("evidence", "Give the evidence: what was seen, where and when."),
        ("statement", "State the failure in your own words."),
    ],
)
def test_a_nonconformity_that_lacks_a_part_is_refused(grade: str, part: str, sentence: str):
    with pytest.raises(RuleBroken) as refusal:
        require_sound_finding(replace(FINDING, grade=grade, **{part: " "}))

    assert (refusal.value.field, refusal.value.sentence) == (part, sentence)


@pytest.mark.parametrize(
    ("grade", "empty", "sentences"),
    [
        ("observation", "statement", ["Write down what was found."]),
        ("ofi", "statement", ["Write down what was found."]),
        ("good_practice", "statement", ["Write down what was found."]),
        ("conformity", "evidence", ["Name the evidence that shows the conformity."]),
        ("observation", "requirement", []),
        ("conformity", "statement", []),
        ("severe", "statement", ["Choose a grade."]),
    ],
)
def test_other_grades_need_less(grade: str, empty: str, sentences: list[str]):
    problems = finding_problems(replace(FINDING, grade=grade, **{empty: ""}))

    assert [problem.sentence for problem in problems] == sentences


OWNED = Involvement(person=5, how="owns", subject="Triage assistant")


@pytest.mark.parametrize(
    ("until", "conflicting"),
    [
        (None, True),
        (date(2026, 11, 1), True),
        (date(2025, 11, 22), True),
        (date(2025, 11, 21), False),
    ],
)
def test_work_of_the_past_twelve_months_conflicts(until: date | None, conflicting: bool):
    involvement = replace(OWNED, until=until)

    assert conflicts(5, [involvement], on=TODAY) == ([involvement] if conflicting else [])


def test_the_work_of_others_does_not_conflict():
    assert conflicts(6, [OWNED], on=TODAY) == []


def test_an_organization_may_set_a_longer_period():
    left = replace(OWNED, until=date(2025, 1, 10))

    assert conflicts(5, [left], on=TODAY, months=24) == [left]


def test_an_auditor_with_a_conflict_is_refused_with_its_cause():
    approved = Involvement(person=5, how="approved", subject="Risk R-12", until=date(2026, 3, 1))

    with pytest.raises(RuleBroken) as refusal:
        require_independence("Irene", [OWNED, approved])

    assert refusal.value.sentence == (
        "Irene is not independent: owns Triage assistant; approved Risk R-12. "
        "Choose another auditor or have an exception approved."
    )
    assert (refusal.value.field, refusal.value.code) == ("team", "SOD-02")


def test_an_approved_exception_lets_a_conflict_pass():
    require_independence("Irene", [OWNED], exception_approved=True)
    require_independence("Irene", [])


@pytest.mark.parametrize(
    ("starts", "ends", "sentence"),
    [
        (None, date(2026, 12, 1), "Give the first and the last day of access."),
        (date(2026, 12, 1), None, "Give the first and the last day of access."),
        (date(2026, 12, 2), date(2026, 12, 1), "Access ends after it starts."),
        (date(2026, 11, 1), date(2026, 11, 21), "The last day of access has passed already."),
    ],
)
def test_access_without_a_window_ahead_is_refused(starts: date | None, ends: date | None, sentence: str):
    with pytest.raises(RuleBroken) as refusal:
        require_engagement_window(from_date=starts, until_date=ends, today=TODAY)

    assert (refusal.value.field, refusal.value.sentence) == ("until_date", sentence)


def test_a_window_that_ends_today_is_still_open():
    window = {"from_date": date(2026, 11, 20), "until_date": TODAY}

    require_engagement_window(**window, today=TODAY)
    assert engagement_is_open(**window, today=TODAY)
    assert engagement_is_open(**window, today=date(2026, 11, 20))
    assert not engagement_is_open(**window, today=date(2026, 11, 19))
    assert not engagement_is_open(**window, today=date(2026, 11, 23))


def test_a_pack_shows_no_day_to_come():
    require_pack_date(TODAY, today=TODAY)

    with pytest.raises(RuleBroken) as refusal:
        require_pack_date(date(2026, 11, 23), today=TODAY)

    assert refusal.value.sentence == "A pack shows a day that has been: choose today or an earlier day."


def test_a_pack_shows_no_day_before_the_standard():
    with pytest.raises(RuleBroken) as refusal:
        require_pack_date(date(2023, 11, 30), today=TODAY)

    assert refusal.value.field == "as_of"


@pytest.mark.parametrize(
    ("recipient", "until", "field", "sentence"),
    [
        (" ", TODAY, "recipient", "Name the audit that the pack is released to."),
        ("Stage 1", None, "until_date", "Give the last day on which the pack may be read."),
        ("Stage 1", date(2026, 11, 21), "until_date", "Give the last day on which the pack may be read."),
    ],
)
def test_a_pack_is_released_to_an_audit_until_a_day(
    recipient: str, until: date | None, field: str, sentence: str
):
    require_release(recipient="Stage 1", until_date=TODAY, today=TODAY)

    with pytest.raises(RuleBroken) as refusal:
        require_release(recipient=recipient, until_date=until, today=TODAY)

    assert (refusal.value.field, refusal.value.sentence) == (field, sentence)
