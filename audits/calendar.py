"""Every date that somebody has to keep, for the calendar: one source a kind, each with one query or two."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.days import end_of_day, local_today, start_of_day
from aims.core.enums import EvidenceState, GrantState
from aims.core.models import Evidence
from aims.core.registry import CalendarEntry, registry
from aims.core.tenancy.context import current_organization
from audits.enums import AuditState
from audits.models import Audit, Engagement, Finding
from audits.queries.certification import current_certificate, cycle_lines
from controls.models import Control
from inventory.models import AISystem
from risk.models import Risk

CERTIFICATION, AUDITS, EVIDENCE, REVIEWS, ACTIONS = (
    "Certification",
    "Audits",
    "Evidence",
    "Reviews",
    "Actions",
)
KINDS = (CERTIFICATION, AUDITS, EVIDENCE, REVIEWS, ACTIONS)


@dataclass(frozen=True)
class Month:
    first: datetime.date
    entries: list[CalendarEntry]

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"


def months(actor: Actor, first: datetime.date, last: datetime.date, *, kind: str = "") -> list[Month]:
    """The dates from one day to another, month by month; a month without any is left out."""
    found: dict[datetime.date, list[CalendarEntry]] = defaultdict(list)
    for source in registry.calendar_sources:
        for entry in source(actor, first, last):
            if not kind or entry.kind == kind:
                found[entry.day.replace(day=1)].append(entry)
    return [
        Month(month, sorted(entries, key=lambda entry: (entry.day, entry.kind, entry.title)))
        for month, entries in sorted(found.items())
    ]


def certification_dates(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[CalendarEntry]:
    if not permissions.can(actor, "audits.view_certification"):
        return
    certificate = current_certificate()
    if certificate is None:
        return
    url = reverse("certificate", args=[own_slug(), certificate.pk])
    for line in cycle_lines(certificate, today=first):
        if first <= line.day <= last:
            yield CalendarEntry(line.day, CERTIFICATION, line.name, url, "landmark", line.rule)


def audit_dates(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[CalendarEntry]:
    if not permissions.can(actor, "audits.view_audits"):
        return
    slug = own_slug()
    rows = Audit.objects.filter(start_date__range=(first, last)).exclude(state=AuditState.CANCELLED)
    for audit in rows:
        until = f"until {audit.end_date:%d %b %Y}" if audit.end_date else ""
        url = reverse("audit", args=[slug, audit.pk])
        yield CalendarEntry(_day(audit.start_date), AUDITS, str(audit), url, "clipboard-list", until)
    if permissions.can(actor, "audits.view_engagements"):
        window = Engagement.objects.filter(
            grant__ends_at__range=(start_of_day(first), end_of_day(last)),
            grant__state__in=[GrantState.INVITED, GrantState.ACTIVE],
        )
        for row in window.select_related("grant"):
            day = local_today(row.grant.ends_at)
            url = reverse("engagement", args=[slug, row.pk])
            yield CalendarEntry(
                day, AUDITS, f"Auditor access ends: {row.title}", url, "users", row.grant.name
            )


def evidence_dates(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[CalendarEntry]:
    if not permissions.can(actor, "core.view_evidence"):
        return
    slug = own_slug()
    current = [EvidenceState.ACCEPTED, EvidenceState.EXPIRING]
    for row in Evidence.objects.filter(valid_until__range=(first, last), state__in=current):
        url = reverse("evidence", args=[slug, row.pk])
        yield CalendarEntry(_day(row.valid_until), EVIDENCE, str(row), url, "folder-open", "Validity ends")


def review_dates(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[CalendarEntry]:
    slug, span = own_slug(), (first, last)
    if permissions.can(actor, "inventory.view_systems"):
        for system in AISystem.objects.filter(next_review_date__range=span):
            url = reverse("system", args=[slug, system.pk])
            yield CalendarEntry(
                _day(system.next_review_date), REVIEWS, str(system), url, "bot", "Review of the system"
            )
    if permissions.can(actor, "risk.view_risks"):
        for risk in Risk.objects.open().filter(review_date__range=span):
            url = reverse("risk", args=[slug, risk.pk])
            yield CalendarEntry(
                _day(risk.review_date), REVIEWS, str(risk), url, "shield-alert", "Review of the risk"
            )
    if permissions.can(actor, "controls.view_controls"):
        for control in Control.objects.filter(next_review_date__range=span):
            url = reverse("control", args=[slug, control.pk])
            text = "Review of the control"
            yield CalendarEntry(
                _day(control.next_review_date), REVIEWS, str(control), url, "shield-check", text
            )


def action_dates(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[CalendarEntry]:
    slug, span = own_slug(), (first, last)
    if permissions.can(actor, "risk.view_risks"):
        for risk in Risk.objects.open().filter(treatment_due_date__range=span, treated_on=None):
            url = reverse("risk", args=[slug, risk.pk])
            text = "Treatment due"
            yield CalendarEntry(_day(risk.treatment_due_date), ACTIONS, str(risk), url, "shield-alert", text)
    if permissions.can(actor, "audits.view_findings"):
        for finding in Finding.objects.open().filter(due_date__range=span):
            url = reverse("finding", args=[slug, finding.pk])
            yield CalendarEntry(
                _day(finding.due_date), ACTIONS, str(finding), url, "flag", "Answer to the finding"
            )


SOURCES = (certification_dates, audit_dates, evidence_dates, review_dates, action_dates)


def _day(value: datetime.date | None) -> datetime.date:
    """The query asked only for rows that have the date."""
    if value is None:
        raise ValueError("a calendar entry has a day")
    return value


def own_slug() -> str:
    return current_organization().slug
