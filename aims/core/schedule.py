"""Days and months: calendar arithmetic, and when which reminder falls due."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or the last day of a month too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is reminded: from so many days before the date on (0: on the day, negative: that long overdue)."""

    who: str
    from_days: int | None = None

    def hears(self, days_left: int) -> bool:
        return self.from_days is None or days_left <= self.from_days


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the reminder table; `days_before` counts back from the date, 0 being the day itself."""

    id: str
    title: str
    days_before: tuple[int, ...]
    to: tuple[Audience, ...]
    overdue_every: int | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    rule: str
    due_date: date
    on: date
    to: tuple[str, ...]

    @property
    def days_left(self) -> int:
        return (self.due_date - self.on).days


LEAD, MANAGEMENT, OWNER = Audience("compliance_lead"), Audience("top_management", 60), Audience("owner")
WEEKLY, DAILY = 7, 1

_RULES = (
    Rule("surveillance", "Surveillance audit", (120, 90, 60, 30, 14, 7), (LEAD, MANAGEMENT)),
    Rule("recertification", "Recertification audit", (120, 90, 60, 30, 14, 7), (LEAD, MANAGEMENT)),
    Rule("certificate_expiry", "Certificate expiry", (270, 180, 90, 60, 30), (LEAD, MANAGEMENT)),
    Rule("document_review", "Document review", (60, 30, 7), (OWNER, LEAD), WEEKLY),
    Rule(
        "reassessment",
        "Risk and impact reassessment",
        (60, 30, 7),
        (Audience("ai_system_owner"), Audience("risk_owner")),
        WEEKLY,
    ),
    Rule(
        "acceptance_expiry",
        "Risk acceptance expiry",
        (30, 7),
        (Audience("risk_owner"), Audience("approver")),
    ),
    Rule("treatment", "Risk treatment action", (7, 0), (OWNER, Audience("compliance_lead", -1)), WEEKLY),
    Rule("evidence_expiry", "Evidence expiry", (30, 7, 0), (Audience("control_owner"),)),
    Rule(
        "corrective_action",
        "Corrective action step",
        (7, 0),
        (OWNER, Audience("compliance_lead", -1), Audience("top_management", -7)),
        DAILY,
    ),
    Rule("audit_dates", "Audit", (30, 7), (Audience("auditor"), Audience("auditee"))),
    Rule("management_review", "Management review", (60, 30), (LEAD, Audience("attendees"))),
    Rule("training_validity", "Training validity", (60, 30, 7), (Audience("person"), Audience("manager"))),
    Rule("context_review", "Review of the context", (30, 7), (OWNER,), WEEKLY),
    Rule(
        "body_decision",
        "Decision of a governance body",
        (7, 0),
        (OWNER, Audience("compliance_lead", -1)),
        WEEKLY,
    ),
    Rule("supplier_review", "Supplier review", (60, 30), (OWNER,)),
    Rule(
        "supplier_condition",
        "Condition on a supplier",
        (7, 0),
        (OWNER, Audience("compliance_lead", -1)),
        WEEKLY,
    ),
    Rule(
        "supplier_questionnaire",
        "Questionnaire to a supplier",
        (7, 0),
        (OWNER, Audience("compliance_lead", -1)),
        WEEKLY,
    ),
    Rule("metric_alert", "Alert on a metric", (0,), (OWNER, Audience("compliance_lead", -1)), DAILY),
    Rule(
        "alert_action",
        "Action on an alert",
        (7, 0),
        (OWNER, Audience("compliance_lead", -1)),
        WEEKLY,
    ),
    Rule("legal_clock", "Notice about an incident", (7, 3, 1, 0), (OWNER, LEAD), DAILY),
    Rule("concern_acknowledgement", "Acknowledgement of a concern", (3, 1, 0), (Audience("handler"),), DAILY),
    Rule("concern_feedback", "Feedback on a concern", (30, 7, 1, 0), (Audience("handler"),), WEEKLY),
    Rule(
        "disclosure_review",
        "Review of a disclosure",
        (30, 7, 0),
        (OWNER, Audience("compliance_lead", -1)),
        WEEKLY,
    ),
    Rule("supplier_certificate", "Certificate of a supplier", (30, 7, 0), (OWNER,)),
    Rule("legal_deadline", "Legal deadline", (180, 90, 30, 7), (Audience("ai_system_owner"), LEAD)),
    Rule("api_key_expiry", "End of an API key", (14, 3), (Audience("admin"), OWNER)),
    Rule("grant_end", "End of an auditor's access", (7, 3, 0), (LEAD,)),
    Rule(
        "audit_request",
        "Request of an external audit",
        (3, 0),
        (OWNER, Audience("compliance_lead", -1)),
        DAILY,
    ),
)
RULES = {rule.id: rule for rule in _RULES}


def due_offsets(rule: Rule) -> tuple[int, ...]:
    """Days before the date, the earliest reminder first."""
    return tuple(sorted(rule.days_before, reverse=True))


def reminders_due(
    rule: Rule, *, due_date: date, today: date, already: Collection[date] = ()
) -> tuple[Reminder, ...]:
    """The reminder that should have gone out by today and has not; at most one.

    `already` holds the `on` days of earlier reminders for the same date. After a pause, or for a date
    entered late, only the newest reminder goes out: five stale ones at once help nobody.
    """
    on = _latest_moment(rule, due_date, today)
    if on is None or on in already:
        return ()
    days_left = (due_date - on).days
    return (Reminder(rule.id, due_date, on, tuple(each.who for each in rule.to if each.hears(days_left))),)


def _latest_moment(rule: Rule, due_date: date, today: date) -> date | None:
    days_overdue = (today - due_date).days
    if rule.overdue_every and days_overdue >= rule.overdue_every:
        return today - timedelta(days=days_overdue % rule.overdue_every)
    passed = [days for days in rule.days_before if days + days_overdue >= 0]
    return due_date - timedelta(days=min(passed)) if passed else None
