"""When a notice about an incident has to be out, and how it stands: moments in, moments out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time limit that runs from awareness."""

    id: str
    title: str
    amount: int
    unit: str
    owed_to: str
    source: str
    note: str = ""
    uncertainty: str = ""


def clock_of(row: Mapping[str, Any]) -> Clock:
    """A row of the catalog of legal clocks."""
    return Clock(
        id=row["id"],
        title=row["title"],
        amount=row["amount"],
        unit=row["unit"],
        owed_to=row["owed_to"],
        source=row["source"],
        note=row.get("note", ""),
        uncertainty=row.get("uncertainty", ""),
    )


def clocks_for(answers: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> list[Clock]:
    """The clocks that these answers start; `answers` are by question, such as `data_breach`."""
    return [clock_of(row) for row in rows if answers.get(row["question"]) == row["answer"]]


def end_of_clock(*, aware_at: datetime, amount: int, unit: str, zone: tzinfo) -> datetime:
    """The last moment in time, in UTC.

    Hours are elapsed hours. Days end with the last second of a local day, that of awareness not counted.
    """
    if unit == "hours":
        return aware_at.astimezone(UTC) + amount * HOUR  # in UTC: a wall clock gains or loses hours
    last = aware_at.astimezone(zone).date() + timedelta(days=amount)
    return datetime.combine(last, time(23, 59, 59), tzinfo=zone).astimezone(UTC)


def standing(*, due_at: datetime | None, sent_at: datetime | None, waived: bool, now: datetime) -> str:
    """met, late, waived, overdue, running; a notice without a limit is open or sent."""
    if waived:
        return "waived"
    if due_at is None:
        return "sent" if sent_at else "open"
    if sent_at is not None:
        return "met" if sent_at <= due_at else "late"
    return "running" if now <= due_at else "overdue"


def span_in_words(span: timedelta) -> str:
    """3 days 4 hours; under a day in hours and minutes. A length, without a sign."""
    minutes = int(abs(span).total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour")] if days else [(hours, "hour"), (minutes, "minute")]
    told = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count]
    return " ".join(told) or "under a minute"
