"""What incidents show at places that core names: navigation, work, search, the page of a system."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import EvidenceUse, NavigationEntry, Panel, SearchHit, WorkItem
from inventory.enums import IncidentState
from inventory.models import AISystem, Incident, IncidentEvidence, IncidentNotice
from inventory.models.incidents import OPEN_NOTICE
from inventory.queries import incidents as queries

WORK_LINES = 20
HITS = 8
VIEW = "inventory.view_incidents"
#: state -> what whoever answers for the incident does next
NEXT = {
    IncidentState.TRIAGED: "Contain",
    IncidentState.CONTAINED: "Investigate",
    IncidentState.INVESTIGATING: "Resolve",
}
#: state -> what a compliance lead does next
LEADS_NEXT = {
    IncidentState.REPORTED: "Triage",
    IncidentState.RESOLVED: "Review",
    IncidentState.POST_REVIEW: "Close",
}


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Incidents", "incidents", "zap", VIEW, 13)


def panels() -> Iterator[Panel]:
    yield Panel(
        "system",
        "incidents",
        "Incidents",
        17,
        VIEW,
        "inventory/_system_incidents.html",
        system_incidents,
        span=6,
    )


def system_incidents(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """One query, whatever their number."""
    return {"links": queries.incidents_of(system)}


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    if actor.member_id is None or not permissions.can(actor, VIEW):
        return
    own = Incident.objects.open().filter(owner_id=actor.member_id)
    yield from _steps(own.filter(state__in=NEXT), NEXT)
    found = Incident.objects.open()
    if permissions.can(actor, "inventory.decide_incident"):
        yield from _steps(found.filter(state__in=LEADS_NEXT), LEADS_NEXT)
        yield from _clocks(found)
    else:
        yield from _clocks(own)


def _steps(found: Any, words: Mapping[Any, str]) -> Iterator[WorkItem]:
    for incident in found.select_related("organization").order_by("id")[:WORK_LINES]:
        yield WorkItem(
            title=f"{words[incident.state]} {incident.reference} {incident.title}",
            detail=incident.get_state_display(),
            url=incident.get_absolute_url(),
            icon="zap",
            action=words[incident.state],
        )


def _clocks(found: Any) -> Iterator[WorkItem]:
    left = IncidentNotice.objects.filter(OPEN_NOTICE, incident__in=found.values("pk")).exclude(due_at=None)
    for notice in left.select_related("incident__organization").order_by("due_at")[:WORK_LINES]:
        yield WorkItem(
            title=f"Send the notice: {notice.title}",
            detail=str(notice.incident),
            url=notice.incident.get_absolute_url(),
            icon="clock",
            action="Send or give the reason",
            due=notice.due_at.date(),
        )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    found = queries.incidents(queries.IncidentFilters(q=text)).select_related("organization")
    for incident in found.order_by("-id")[:HITS]:
        yield SearchHit("Incident", str(incident), incident.get_absolute_url())


def evidence_uses() -> Iterator[EvidenceUse]:
    yield EvidenceUse(
        VIEW,
        lambda: IncidentEvidence.objects.select_related("incident__organization").order_by("incident_id"),
        lambda link: (str(link.incident), link.incident.get_absolute_url()),
    )
