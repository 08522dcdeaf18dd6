"""When notices end: hours over daylight saving, days over the ends of months and years."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from aims.core.catalogs import LEGAL_CLOCKS, catalog
from inventory.rules.clocks import clocks_for, end_of_clock, span_in_words, standing
from inventory.rules.incidents import checks_left, quarter, typical

BERLIN, UTC = ZoneInfo("Europe/Berlin"), datetime.UTC
HOUR = datetime.timedelta(hours=1)


def at(text: str, zone: datetime.tzinfo = UTC) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("aware", "amount", "unit", "end"),
    [
        # 72 elapsed hours, also when the clocks go back and forth
        (at("2026-11-02T09:00", BERLIN), 72, "hours", at("2026-11-05T09:00", BERLIN)),
        (at("2026-10-24T12:00", BERLIN), 72, "hours", at("2026-10-27T11:00", BERLIN)),
        (at("2027-03-27T12:00", BERLIN), 72, "hours", at("2027-03-30T13:00", BERLIN)),
        (at("2026-12-30T23:30", BERLIN), 72, "hours", at("2027-01-02T23:30", BERLIN)),
        # days end with the last local second; the day of awareness does not count
        (at("2026-11-02T00:00", BERLIN), 15, "days", at("2026-11-17T23:59:59", BERLIN)),
        (at("2026-11-02T23:59", BERLIN), 15, "days", at("2026-11-17T23:59:59", BERLIN)),
        (at("2027-02-20T10:00", BERLIN), 10, "days", at("2027-03-02T23:59:59", BERLIN)),
        (at("2028-02-27T10:00", BERLIN), 2, "days", at("2028-02-29T23:59:59", BERLIN)),
        (at("2026-12-31T10:00", BERLIN), 2, "days", at("2027-01-02T23:59:59", BERLIN)),
        (at("2026-10-24T10:00", BERLIN), 2, "days", at("2026-10-26T23:59:59", BERLIN)),
        # 23:30 in UTC is already the next day in Berlin
        (at("2026-11-02T23:30"), 2, "days", at("2026-11-05T23:59:59", BERLIN)),
    ],
)
def test_a_clock_ends_at_its_moment(aware, amount, unit, end):
    found = end_of_clock(aware_at=aware, amount=amount, unit=unit, zone=BERLIN)

    assert found == end
    assert found.tzinfo is UTC


def test_the_answers_start_their_clocks():
    rows = catalog(LEGAL_CLOCKS)["clocks"]

    def started(**answers: str) -> list[tuple[str, int, str]]:
        return [(each.id, each.amount, each.unit) for each in clocks_for(answers, rows)]

    assert started(serious="no", data_breach="no") == []
    assert started(serious="general", data_breach="") == [("ai-act-73-general", 15, "days")]
    assert started(serious="death", data_breach="yes") == [
        ("ai-act-73-death", 10, "days"),
        ("gdpr-33", 72, "hours"),
    ]
    assert started(serious="widespread") == [("ai-act-73-widespread", 2, "days")]


def test_each_clock_of_the_ai_act_says_what_is_uncertain():
    rows = [row for row in catalog(LEGAL_CLOCKS)["clocks"] if "2024/1689" in row["source"]]

    assert len(rows) == 3
    assert all("U1" in row["uncertainty"] for row in rows)


@pytest.mark.parametrize(
    ("due", "sent", "waived", "word"),
    [
        (1, None, False, "running"),
        (0, None, False, "running"),
        (-1, None, False, "overdue"),
        (0, 0, False, "met"),
        (-1, 0, False, "late"),
        (-1, None, True, "waived"),
        (None, None, False, "open"),
        (None, 0, False, "sent"),
    ],
)
def test_a_notice_stands_as_its_moments_say(due, sent, waived, word):
    now = at("2026-11-02T09:00")
    due_at = None if due is None else now + due * HOUR
    sent_at = None if sent is None else now + sent * HOUR

    assert standing(due_at=due_at, sent_at=sent_at, waived=waived, now=now) == word


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "under a minute"),
        (1, "1 minute"),
        (61, "1 hour 1 minute"),
        (1440, "1 day"),
        (4321, "3 days"),
        (-1560, "1 day 2 hours"),
    ],
)
def test_a_span_is_told_in_words(minutes, words):
    assert span_in_words(datetime.timedelta(minutes=minutes)) == words


def test_every_legal_question_has_to_be_answered_and_a_contract_needs_its_clause():
    answered = {"serious": "no", "data_breach": "no", "contract_duty": "no", "has_contract_clock": False}

    assert checks_left(**answered) == []
    assert len(checks_left(**{**answered, "serious": "", "data_breach": "", "contract_duty": ""})) == 3
    assert checks_left(**{**answered, "contract_duty": "yes"}) == [
        "which contract clause asks for the notice"
    ]
    assert checks_left(**{**answered, "contract_duty": "yes", "has_contract_clock": True}) == []


def test_quarters_and_medians():
    assert [quarter(at(f"2026-{month:02d}-01T00:00")) for month in (1, 3, 4, 12)] == [
        "2026 Q1",
        "2026 Q1",
        "2026 Q2",
        "2026 Q4",
    ]
    assert typical([]) is None
    assert typical([HOUR, 100 * HOUR, 3 * HOUR]) == 3 * HOUR
