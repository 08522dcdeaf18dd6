from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims.core.schedule import RULES, add_months, due_offsets, reminders_due

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 8, 31), 1, date(2025, 9, 30)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
        (date(2026, 5, 10), 0, date(2026, 5, 10)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_the_month(day: date, months: int, expected: date):
    assert add_months(day, months) == expected


@given(DAYS, st.integers(-240, 240))
def test_a_month_never_spills_into_the_next(day: date, months: int):
    later = add_months(day, months)

    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(DAYS, DAYS, st.integers(0, 120))
def test_months_keep_the_order_of_days(earlier: date, later: date, months: int):
    earlier, later = sorted((earlier, later))

    assert add_months(earlier, months) <= add_months(later, months)


@pytest.mark.parametrize(
    ("rule", "offsets"),
    [
        ("surveillance", (120, 90, 60, 30, 14, 7)),
        ("certificate_expiry", (270, 180, 90, 60, 30)),
        ("document_review", (60, 30, 7)),
        ("reassessment", (60, 30, 7)),
        ("acceptance_expiry", (30, 7)),
        ("evidence_expiry", (30, 7, 0)),
        ("corrective_action", (7, 0)),
        ("audit_dates", (30, 7)),
        ("management_review", (60, 30)),
        ("training_validity", (60, 30, 7)),
        ("supplier_review", (60, 30)),
        ("legal_deadline", (180, 90, 30, 7)),
        ("grant_end", (7, 3, 0)),
    ],
)
def test_each_rule_reminds_on_its_days(rule: str, offsets: tuple[int, ...]):
    assert due_offsets(RULES[rule]) == offsets


def sent_over(rule: str, *, due_date: date, start: date, days: int) -> list[date]:
    already: set[date] = set()
    for today in (start + timedelta(days=n) for n in range(days)):
        for reminder in reminders_due(RULES[rule], due_date=due_date, today=today, already=already):
            already.add(reminder.on)
    return sorted(already)


DUE = date(2027, 3, 31)


def test_a_year_of_daily_rounds_sends_each_reminder_once():
    sent = sent_over("surveillance", due_date=DUE, start=date(2026, 6, 1), days=365)

    assert [(DUE - day).days for day in sent] == [120, 90, 60, 30, 14, 7]


def test_overdue_reminders_repeat_weekly_or_daily():
    weekly = sent_over("document_review", due_date=DUE, start=DUE, days=22)
    daily = sent_over("corrective_action", due_date=DUE, start=DUE, days=4)

    assert [(day - DUE).days for day in weekly] == [-7, 7, 14, 21]
    assert [(day - DUE).days for day in daily] == [0, 1, 2, 3]


def test_nothing_is_due_before_the_first_offset():
    assert reminders_due(RULES["surveillance"], due_date=DUE, today=DUE - timedelta(days=121)) == ()


def test_after_a_pause_only_the_newest_reminder_goes_out():
    [reminder] = reminders_due(RULES["surveillance"], due_date=DUE, today=DUE - timedelta(days=20))

    assert reminder.on == DUE - timedelta(days=30)
    assert reminder.days_left == 30


def test_a_reminder_that_went_out_is_not_due_again():
    on = DUE - timedelta(days=30)

    assert reminders_due(RULES["surveillance"], due_date=DUE, today=on, already={on}) == ()


def test_top_management_hears_of_a_surveillance_from_sixty_days_on():
    [early] = reminders_due(RULES["surveillance"], due_date=DUE, today=DUE - timedelta(days=90))
    [late] = reminders_due(RULES["surveillance"], due_date=DUE, today=DUE - timedelta(days=60))

    assert early.to == ("compliance_lead",)
    assert late.to == ("compliance_lead", "top_management")


def test_an_overdue_corrective_action_escalates():
    rule = RULES["corrective_action"]

    def heard(days_overdue: int) -> tuple[str, ...]:
        [reminder] = reminders_due(rule, due_date=DUE, today=DUE + timedelta(days=days_overdue))
        return reminder.to

    assert heard(0) == ("owner",)
    assert heard(1) == ("owner", "compliance_lead")
    assert heard(7) == ("owner", "compliance_lead", "top_management")


@given(
    st.sampled_from(sorted(RULES)),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(-400, 400),
)
def test_a_reminder_is_never_dated_after_today(rule: str, due_date: date, shift: int):
    today = due_date + timedelta(days=shift)

    for reminder in reminders_due(RULES[rule], due_date=due_date, today=today):
        assert reminder.on <= today
        assert reminder.to
