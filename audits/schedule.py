"""The dates of a certification: three years from the decision, with surveillance in between."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from aims.core.exceptions import RuleBroken
from aims.core.schedule import add_months

CYCLE_MONTHS = 36
FIRST_SURVEILLANCE_MONTHS = 12
RECERTIFICATION_PLANNING_MONTHS = 9
RESTORATION_MONTHS = 6
# After the last day of Stage 2: majors not verified by then mean that Stage 2 is done again.
MAJORS_VERIFIED_MONTHS = 6
STAGE_INTERVAL_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Surveillance:
    """One surveillance audit of the cycle: held from `opens` to `latest`, best around `planned`."""

    number: int
    opens: date
    planned: date
    latest: date

    def holds(self, day: date) -> bool:
        return self.opens <= day <= self.latest


@dataclass(frozen=True, slots=True)
class Cycle:
    decision_date: date
    surveillance: tuple[Surveillance, Surveillance]
    recertification_from: date
    expiry: date

    @property
    def surveillance_1_latest(self) -> date:
        return self.surveillance[0].latest

    @property
    def surveillance_2_latest(self) -> date:
        return self.surveillance[1].latest


def surveillance_1_latest(decision_date: date) -> date:
    """Counted from the decision on certification, not from the day the certificate was issued."""
    return add_months(decision_date, FIRST_SURVEILLANCE_MONTHS)


def expiry(decision_date: date) -> date:
    return add_months(decision_date, CYCLE_MONTHS)


def cycle(decision_date: date, *, expires_on: date | None = None) -> Cycle:
    """All dates that follow from a decision; after a renewal the expiry follows the old one."""
    ends = expires_on or expiry(decision_date)
    return Cycle(
        decision_date=decision_date,
        surveillance=(
            _first_surveillance(decision_date),
            _yearly_surveillance(decision_date, number=2, years=2),
        ),
        recertification_from=add_months(ends, -RECERTIFICATION_PLANNING_MONTHS),
        expiry=ends,
    )


def next_surveillance(decision_date: date, *, held: Collection[date] = ()) -> Surveillance | None:
    """The surveillance still to be held: the first within twelve months, then one in each calendar year.

    The year of recertification needs none. A first audit held in the year of the decision does not
    count for the year after it.
    """
    done = sorted(day for day in held if day > decision_date)
    if not done:
        return _first_surveillance(decision_date)
    for years in (1, 2):
        due = _yearly_surveillance(decision_date, number=len(done) + 1, years=years)
        if not any(due.holds(day) for day in done):
            return due
    return None


def renewed_expiry(old_expiry: date, *, decision_date: date) -> date:
    """Three years after the old expiry, also when the certificate is restored soon after it lapsed."""
    if decision_date > restorable_until(old_expiry):
        raise RuleBroken(
            f"The certificate expired on {old_expiry.isoformat()}, more than six months before this "
            "decision: it takes at least a new Stage 2.",
            field="decision_date",
        )
    return add_months(old_expiry, CYCLE_MONTHS)


def restorable_until(expired_on: date) -> date:
    return add_months(expired_on, RESTORATION_MONTHS)


def majors_verified_by(stage2_ended_on: date) -> date:
    return add_months(stage2_ended_on, MAJORS_VERIFIED_MONTHS)


def stage2_expected_by(stage1_ended_on: date) -> date:
    return add_months(stage1_ended_on, STAGE_INTERVAL_MONTHS)


def _first_surveillance(decision_date: date) -> Surveillance:
    latest = surveillance_1_latest(decision_date)
    return Surveillance(1, opens=decision_date + timedelta(days=1), planned=latest, latest=latest)


def _yearly_surveillance(decision_date: date, *, number: int, years: int) -> Surveillance:
    planned = add_months(decision_date, 12 * years)
    start, end = date(planned.year, 1, 1), date(planned.year, 12, 31)
    return Surveillance(number, opens=start, planned=planned, latest=end)
