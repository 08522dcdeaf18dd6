from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims.core.exceptions import RuleBroken
from audits.schedule import (
    cycle,
    expiry,
    majors_verified_by,
    next_surveillance,
    renewed_expiry,
    restorable_until,
    stage2_expected_by,
    surveillance_1_latest,
)

DECISIONS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("decision", "surveillance", "expires"),
    [
        (date(2025, 5, 10), date(2026, 5, 10), date(2028, 5, 10)),
        (date(2024, 2, 29), date(2025, 2, 28), date(2027, 2, 28)),
        (date(2025, 8, 31), date(2026, 8, 31), date(2028, 8, 31)),
        (date(2025, 12, 31), date(2026, 12, 31), date(2028, 12, 31)),
        (date(2025, 1, 1), date(2026, 1, 1), date(2028, 1, 1)),
    ],
)
def test_dates_are_counted_from_the_decision(decision: date, surveillance: date, expires: date):
    assert surveillance_1_latest(decision) == surveillance
    assert expiry(decision) == expires


def test_a_cycle_has_two_surveillance_audits_and_time_to_plan_recertification():
    dates = cycle(date(2025, 5, 31))
    first, second = dates.surveillance

    assert (first.number, first.opens, first.latest) == (1, date(2025, 6, 1), date(2026, 5, 31))
    assert (second.number, second.opens) == (2, date(2027, 1, 1))
    assert (second.planned, second.latest) == (date(2027, 5, 31), date(2027, 12, 31))
    assert dates.recertification_from == date(2027, 8, 31)
    assert dates.expiry == date(2028, 5, 31)


def test_a_renewed_cycle_plans_from_the_expiry_it_was_given():
    dates = cycle(date(2028, 3, 1), expires_on=date(2031, 5, 31))

    assert dates.surveillance_1_latest == date(2029, 3, 1)
    assert dates.surveillance_2_latest == date(2030, 12, 31)
    assert dates.recertification_from == date(2030, 8, 31)
    assert dates.expiry == date(2031, 5, 31)


@given(DECISIONS)
def test_a_cycle_runs_in_order(decision: date):
    dates = cycle(decision)

    assert decision < dates.surveillance_1_latest < dates.surveillance_2_latest
    assert dates.surveillance_2_latest <= dates.expiry
    assert dates.surveillance_1_latest < dates.recertification_from < dates.expiry
    assert dates.surveillance[1].holds(dates.surveillance[1].planned)


DECISION = date(2025, 5, 10)


@pytest.mark.parametrize(
    ("held", "number", "latest"),
    [
        ([], 1, date(2026, 5, 10)),
        ([date(2026, 4, 20)], 2, date(2027, 12, 31)),
        ([date(2025, 11, 5)], 2, date(2026, 12, 31)),
        ([date(2025, 11, 5), date(2026, 10, 1)], 3, date(2027, 12, 31)),
        ([date(2024, 3, 1)], 1, date(2026, 5, 10)),
    ],
)
def test_the_next_surveillance_is_the_first_that_was_not_held(held: list[date], number: int, latest: date):
    due = next_surveillance(DECISION, held=held)

    assert (due.number, due.latest) == (number, latest)


def test_after_both_years_no_surveillance_is_left():
    assert next_surveillance(DECISION, held=[date(2026, 4, 20), date(2027, 5, 2)]) is None


@pytest.mark.parametrize(
    "decision", [date(2028, 3, 1), date(2028, 5, 10), date(2028, 6, 1), date(2028, 11, 10)]
)
def test_a_renewal_or_timely_restoration_follows_the_old_expiry(decision: date):
    assert renewed_expiry(date(2028, 5, 10), decision_date=decision) == date(2031, 5, 10)


def test_more_than_six_months_after_expiry_only_a_new_stage_2_helps():
    with pytest.raises(RuleBroken) as refusal:
        renewed_expiry(date(2028, 5, 10), decision_date=date(2028, 11, 11))

    assert refusal.value.field == "decision_date"
    assert refusal.value.sentence == (
        "The certificate expired on 2028-05-10, more than six months before this decision: "
        "it takes at least a new Stage 2."
    )


def test_six_months_end_on_the_last_day_of_a_short_month():
    assert restorable_until(date(2028, 8, 31)) == date(2029, 2, 28)
    assert majors_verified_by(date(2026, 8, 31)) == date(2027, 2, 28)
    assert stage2_expected_by(date(2026, 3, 31)) == date(2026, 9, 30)
