"""What this app reminds of: the certification cycle, audits, findings, the end of auditors' access."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from django.db import models

from aims.core.days import due_in_words, local_today
from aims.core.enums import GrantState, Role
from aims.core.models import Member
from aims.core.registry import Due
from aims.core.schedule import RULES, reminders_due
from aims.core.templatetags.formats import day_text
from audits import people
from audits.enums import AuditState
from audits.models import Audit, AuditRequest, Certificate, Engagement, Finding
from audits.queries.certification import RUNNING, cycle_of, next_surveillance

BEFORE_FIELDWORK = [AuditState.PLANNED, AuditState.SCHEDULED]


def certification(today: datetime.date) -> Iterator[Due]:
    """Surveillance and recertification to the lead; from 60 days before to top management as well."""
    for certificate in Certificate.objects.filter(state__in=RUNNING):
        cycle, surveillance = cycle_of(certificate), next_surveillance(certificate)
        if cycle is None:
            continue
        if surveillance is not None:
            name = f"Surveillance audit {surveillance.number} by {certificate.body}"
            yield from _due("surveillance", certificate, surveillance.planned, today, name, "certificate")
        name = "Recertification audit, before the certificate ends"
        yield from _due("recertification", certificate, cycle.expiry, today, name, "certificate")
        name = f"Certificate {certificate.number} ends"
        yield from _due("certificate_expiry", certificate, cycle.expiry, today, name, "certificate")


def audit_dates(today: datetime.date) -> Iterator[Due]:
    for audit in Audit.objects.filter(state__in=BEFORE_FIELDWORK).exclude(start_date=None):
        team = list(audit.team.values_list("member_id", flat=True))
        groups = {"auditor": team, "auditee": [member.pk for member in people.auditees(audit)]}
        name = f"Audit {audit.reference}: {audit.title}"
        yield from _due("audit_dates", audit, audit.start_date, today, name, "audit", groups)


def findings(today: datetime.date) -> Iterator[Due]:
    """The answer to a finding, to its auditee before and on the day, then upwards."""
    open_findings = Finding.objects.open().exclude(due_date=None)
    for finding in open_findings:
        groups = {"owner": [finding.auditee_id] if finding.auditee_id else []}
        name = f"Finding {finding.reference}: {finding.title}"
        yield from _due("corrective_action", finding, finding.due_date, today, name, "finding", groups)


def grant_ends(today: datetime.date) -> Iterator[Due]:
    running = Engagement.objects.filter(grant__state=GrantState.ACTIVE).select_related("grant")
    for engagement in running:
        last_day = local_today(engagement.grant.ends_at)
        name = f"Access of {engagement.grant.name} for “{engagement.title}”"
        yield from _due("grant_end", engagement, last_day, today, name, "engagement")


def requests(today: datetime.date) -> Iterator[Due]:
    """The answer to a request, to whoever has it; overdue ones to the lead as well."""
    waiting = AuditRequest.objects.waiting().exclude(due_date=None)
    for request in waiting.filter(engagement__grant__state__in=[GrantState.INVITED, GrantState.ACTIVE]):
        groups = {"owner": [request.assignee_id] if request.assignee_id else []}
        name = f"Request {request.reference}: {request.title}"
        yield from _due("audit_request", request, request.due_date, today, name, "request", groups)


SOURCES = (certification, audit_dates, findings, grant_ends, requests)


def _due(
    rule: str,
    obj: models.Model,
    due_date: datetime.date,
    today: datetime.date,
    name: str,
    url_name: str,
    groups: dict[str, list[int]] | None = None,
) -> Iterator[Due]:
    for reminder in reminders_due(RULES[rule], due_date=due_date, today=today):
        when = due_in_words(due_date, today=today)
        members = _members(reminder.to, groups or {})
        if members:
            yield Due(
                rule=rule,
                object_type=obj._meta.label_lower,
                object_id=obj.pk,
                due_date=due_date,
                member_ids=members,
                text=f"{name}: {day_text(due_date)}, {when}"[:290],
                url=people.page_of(obj, url_name),
                step=reminder.days_left,
            )


def _members(who: Iterable[str], groups: dict[str, list[int]]) -> tuple[int, ...]:
    found: set[int] = set()
    for name in who:
        if name in groups:
            found.update(groups[name])
        elif name in Role.values:
            found.update(Member.objects.with_role(name).values_list("pk", flat=True))
    return tuple(sorted(found))
