"""Where a certification stands: the dates that follow from the decision, and how each was computed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from aims.core.charts import Milestone
from aims.core.templatetags.formats import day_text
from audits import schedule
from audits.enums import CertificateState
from audits.models import Certificate

#: a surveillance counts as due from the day of its first reminder
WINDOW_DAYS = 120
RUNNING = frozenset(
    {
        CertificateState.CERTIFIED,
        CertificateState.SURVEILLANCE_DUE,
        CertificateState.SURVEILLANCE,
        CertificateState.RECERTIFICATION_DUE,
        CertificateState.RECERTIFICATION,
        CertificateState.SUSPENDED,
    }
)


@dataclass(frozen=True)
class DateLine:
    """One date of the cycle and the rule it comes from; `state` is as in a timeline."""

    name: str
    day: datetime.date
    rule: str
    state: str = "later"
    entered: bool = False


def cycle_of(certificate: Certificate) -> schedule.Cycle | None:
    if certificate.decision_date is None:
        return None
    return schedule.cycle(certificate.decision_date, expires_on=certificate.expiry_date)


def next_surveillance(certificate: Certificate) -> schedule.Surveillance | None:
    if certificate.decision_date is None:
        return None
    return schedule.next_surveillance(certificate.decision_date, held=certificate.surveillance_dates)


def window_opens_on(due: schedule.Surveillance) -> datetime.date:
    """Never before the window of the standard, and early enough for the first reminder."""
    return max(due.opens, due.planned - datetime.timedelta(days=WINDOW_DAYS))


def cycle_lines(certificate: Certificate, *, today: datetime.date) -> list[DateLine]:
    """The whole cycle in order of time: what was held, what is next, what is late."""
    lines = [*_audit_lines(certificate), *_cycle_lines(certificate, today)]
    return sorted(lines, key=lambda line: line.day)


def milestones(certificate: Certificate, *, today: datetime.date) -> list[Milestone]:
    """The lines as a timeline; the first that is neither done nor late is next."""
    points, next_seen = [], False
    for line in cycle_lines(certificate, today=today):
        state = line.state
        if state == "later" and not next_seen:
            state, next_seen = "next", True
        points.append(Milestone(line.name, day_text(line.day), state))
    return points


def current_certificate() -> Certificate | None:
    found: Certificate | None = Certificate.objects.exclude(state=CertificateState.WITHDRAWN).first()
    return found


def _audit_lines(certificate: Certificate) -> list[DateLine]:
    entered = (
        ("Stage 1", certificate.stage1_date, certificate.state == CertificateState.APPLIED),
        ("Stage 2", certificate.stage2_date, certificate.state in {"stage1", "stage1_concerns"}),
    )
    lines = [
        DateLine(name, day, "As entered", "later" if ahead else "done", entered=True)
        for name, day, ahead in entered
        if day is not None
    ]
    if certificate.decision_date is None and certificate.stage2_date is not None:
        by = schedule.majors_verified_by(certificate.stage2_date)
        lines.append(DateLine("Majors verified by", by, "Six months after the last day of Stage 2"))
    return lines


def _cycle_lines(certificate: Certificate, today: datetime.date) -> list[DateLine]:
    cycle = cycle_of(certificate)
    if cycle is None or certificate.decision_date is None:
        return []
    lines = [DateLine("Decision", certificate.decision_date, "As entered: it starts the cycle", "done", True)]
    held = sorted(certificate.surveillance_dates)
    lines += [DateLine(f"Surveillance {n}", day, "Held", "done", True) for n, day in enumerate(held, 1)]
    due = next_surveillance(certificate)
    while due is not None:
        lines.append(_surveillance_line(due, today))
        held = [*held, due.latest if due.number == 1 else due.planned]
        due = schedule.next_surveillance(certificate.decision_date, held=held)
    planning = DateLine("Recertification planning", cycle.recertification_from, "Nine months before expiry")
    over = today > cycle.expiry
    expiry = DateLine("Expiry", cycle.expiry, _expiry_rule(certificate), "late" if over else "later")
    return [*lines, _passed(planning, today), expiry]


def _surveillance_line(due: schedule.Surveillance, today: datetime.date) -> DateLine:
    late = "late" if today > due.latest else "later"
    if due.number == 1 or due.planned == due.latest:
        rule = "No later than twelve months after the decision date"
        return DateLine(f"Surveillance {due.number}", due.latest, rule, late)
    rule = f"Once in {due.latest.year}: around the anniversary, by {day_text(due.latest)} at the latest"
    return DateLine(f"Surveillance {due.number}", due.planned, rule, late)


def _expiry_rule(certificate: Certificate) -> str:
    computed = certificate.decision_date and schedule.expiry(certificate.decision_date)
    if certificate.expiry_date in {None, computed}:
        return "Three years after the decision date"
    return "Three years after the previous expiry"


def _passed(line: DateLine, today: datetime.date) -> DateLine:
    return DateLine(line.name, line.day, line.rule, "done") if line.day <= today else line
