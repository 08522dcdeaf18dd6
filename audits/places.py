"""What waits for a person, what can be searched, and this app's share of the start page."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.enums import Role
from aims.core.registry import Panel, SearchHit, WorkItem
from aims.core.tenancy.context import current_organization
from aims.core.tenancy.past import past_moment
from audits.enums import AuditState, FindingState
from audits.models import Audit, AuditRequest, AuditTeamMember, Finding, IncidentFinding
from audits.queries.certification import current_certificate, milestones
from audits.queries.requests import requests_for
from audits.queries.trace import trace_of

UNDER_WAY = [AuditState.SCHEDULED, AuditState.IN_PROGRESS, AuditState.REPORTING]
ANSWERABLE = [FindingState.RAISED, FindingState.ACCEPTED, FindingState.IN_CORRECTION]
SEARCH_HITS = 8
VIEW_FINDINGS = "audits.view_findings"


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    if actor.member_id is None:
        return
    slug = own_slug()
    yield from _audits_of(actor, slug)
    yield from _findings_of(actor, slug)
    yield from _requests_of(actor, slug)
    if Role.INTERNAL_AUDITOR in actor.roles:
        for finding in Finding.objects.filter(state=FindingState.DISPUTED):
            url = reverse("finding", args=[slug, finding.pk])
            yield WorkItem(str(finding), "Disputed", url, "flag", "Uphold or withdraw", finding.due_date)
    if Role.COMPLIANCE_LEAD in actor.roles:
        decided_by_lead = Finding.objects.filter(
            state=FindingState.ACCEPTED, grade__in=["ofi", "observation"]
        )
        for finding in decided_by_lead:
            url = reverse("finding", args=[slug, finding.pk])
            yield WorkItem(str(finding), finding.get_grade_display(), url, "flag", "Decide", finding.due_date)


def _audits_of(actor: Actor, slug: str) -> Iterator[WorkItem]:
    mine = AuditTeamMember.objects.filter(member_id=actor.member_id).select_related("audit")
    for place in mine.filter(audit__state=AuditState.PLANNED, declared_independent_at=None):
        url = reverse("audit", args=[slug, place.audit_id])
        audit = place.audit
        yield WorkItem(
            str(audit), "You are in the team", url, "clipboard-list", "Declare independence", audit.start_date
        )
    for place in mine.filter(audit__state__in=UNDER_WAY):
        audit = place.audit
        fieldwork = audit.state == AuditState.IN_PROGRESS
        url = reverse("audit_fieldwork" if fieldwork else "audit", args=[slug, audit.pk])
        action = "Continue" if fieldwork else "Open"
        yield WorkItem(str(audit), audit.get_state_display(), url, "clipboard-list", action, audit.end_date)


def _findings_of(actor: Actor, slug: str) -> Iterator[WorkItem]:
    actions = {FindingState.RAISED: "Acknowledge or dispute", FindingState.ACCEPTED: "Open corrective action"}
    for finding in Finding.objects.open().filter(auditee_id=actor.member_id, state__in=ANSWERABLE):
        url = reverse("finding", args=[slug, finding.pk])
        action = actions.get(FindingState(finding.state), "Correct")
        yield WorkItem(str(finding), finding.get_grade_display(), url, "flag", action, finding.due_date)


def _requests_of(actor: Actor, slug: str) -> Iterator[WorkItem]:
    """One's own, and for the lead those that nobody has: an auditor's role can tell nobody else."""
    wanted = Q(assignee_id=actor.member_id)
    if Role.COMPLIANCE_LEAD in actor.roles:
        wanted |= Q(assignee_id=None)
    for request in AuditRequest.objects.waiting().filter(wanted):
        url = reverse("request", args=[slug, request.pk])
        action = "Answer" if request.assignee_id else "Give it to somebody"
        yield WorkItem(str(request), request.get_state_display(), url, "inbox", action, request.due_date)


def open_requests(actor: Actor) -> QuerySet[Any]:
    return requests_for(actor).waiting()  # type: ignore[attr-defined,no-any-return]


def search(actor: Actor, query: str) -> Iterator[SearchHit]:
    slug = own_slug()
    if permissions.can(actor, "audits.view_audits"):
        found = Audit.objects.filter(Q(reference__istartswith=query) | Q(title__icontains=query))
        for audit in found[:SEARCH_HITS]:
            yield SearchHit("Audit", str(audit), reverse("audit", args=[slug, audit.pk]))
    if permissions.can(actor, "audits.view_findings"):
        matching = Finding.objects.filter(Q(reference__istartswith=query) | Q(title__icontains=query))
        for finding in matching[:SEARCH_HITS]:
            yield SearchHit("Finding", str(finding), reverse("finding", args=[slug, finding.pk]))
    if permissions.can(actor, "audits.view_requests"):
        asked = requests_for(actor).filter(Q(reference__istartswith=query) | Q(title__icontains=query))
        for request in asked[:SEARCH_HITS]:
            yield SearchHit("Request", str(request), reverse("request", args=[slug, request.pk]))


def home(actor: Actor, today: datetime.date) -> Mapping[str, Any]:
    slug = own_slug()
    parts: dict[str, Any] = {}
    if permissions.can(actor, "audits.view_certification"):
        parts["cycle"] = _cycle(slug, today)
    if permissions.can(actor, "audits.view_findings"):
        parts["stats"] = [_open_findings(slug, today)]
    return parts


def _cycle(slug: str, today: datetime.date) -> dict[str, Any]:
    certificate = current_certificate()
    if certificate is None:
        return {}
    return {
        "title": f"Certification: {certificate.get_state_display().lower()}",
        "milestones": milestones(certificate, today=today),
        "url": reverse("certificate", args=[slug, certificate.pk]),
    }


def _open_findings(slug: str, today: datetime.date) -> dict[str, Any]:
    overdue = Finding.objects.overdue(on=today).count()
    return {
        "label": "Open findings",
        "value": Finding.objects.open().count(),
        "note": f"{overdue} overdue" if overdue else "None overdue",
        "url": reverse("findings", args=[slug]),
        "counts": "Raised findings of every audit that are neither closed nor withdrawn; "
        "conformities and good practices do not count.",
    }


def open_findings(actor: Actor) -> QuerySet[Any]:
    return Finding.objects.open()


def panels() -> Iterator[Panel]:
    yield Panel(
        "system", "trace", "Trace", 12, "risk.view_risks", "audits/_system_trace.html", trace_of_system
    )
    of_system, of_incident = "audits/_system_findings.html", "audits/_incident_findings.html"
    yield Panel("system", "findings", "Findings", 60, VIEW_FINDINGS, of_system, findings_of_system)
    yield Panel("incident", "findings", "Findings", 60, VIEW_FINDINGS, of_incident, findings_of_incident)


def findings_of_system(actor: Actor, system: Any) -> Mapping[str, Any]:
    """Panel on the page of an AI system."""
    found = Finding.objects.filter(system=system).exclude(state=FindingState.DRAFT)
    return {"findings": list(found.select_related("auditee"))}


def trace_of_system(actor: Actor, system: Any) -> Mapping[str, Any]:
    """Panel on the page of an AI system."""
    return {"trace": trace_of(actor, system, on=local_today(past_moment()))}


def findings_of_incident(actor: Actor, incident: Any) -> Mapping[str, Any]:
    """Panel on the page of an incident; drafts too, for who reads findings may read them here."""
    links = IncidentFinding.objects.filter(incident=incident).select_related("finding__auditee")
    return {"findings": [link.finding for link in links.order_by("id")]}


def own_slug() -> str:
    return current_organization().slug
