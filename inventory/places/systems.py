"""What the inventory shows at places that core names: navigation, work, search, start page."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import EvidenceUse, NavigationEntry, SearchHit, WorkItem
from aims.core.tenancy.context import current_organization
from inventory.enums import CriteriaMet, GoLiveState, StageRecordState
from inventory.models import AISystem, GoLiveRequest, ScopeStatement, StageRecord, SystemEvidence
from inventory.queries import systems as queries
from inventory.queries.imports import waiting_imports
from inventory.services.stage_records import gates_url

WORK_LINES = 20
HITS = 8


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "AI systems", "systems", "bot", "inventory.view_systems", 10)
    yield NavigationEntry("Organization", "Scope", "scope", "target", "inventory.view_scope", 39)


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    for source in (lead_work, own_work, gate_work, scope_work):
        yield from source(actor, today)


def lead_work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Systems that nobody answers for, and files that wait for a decision."""
    if not permissions.can(actor, "inventory.set_owner"):
        return
    unowned = AISystem.objects.without_owner().count()
    if unowned:
        yield WorkItem(
            title="Name the owners of AI systems",
            detail=_counted(unowned, "has", "have", "no owner"),
            url=f"{reverse('systems', args=[own_slug()])}?view=no_owner",
            icon="bot",
            action="Name owners",
        )
    waiting = waiting_imports()
    if waiting:
        yield WorkItem(
            title="Decide on imported files",
            detail=f"{waiting} waiting",
            url=reverse("imports", args=[own_slug()]),
            icon="upload",
            action="Look at them",
        )


def own_work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Own systems whose record is incomplete or whose review is overdue."""
    if actor.member_id is None:
        return
    own = AISystem.objects.filter(owner_id=actor.member_id).select_related("organization")
    for system in own.review_overdue(on=today).order_by("next_review_date")[:WORK_LINES]:
        yield WorkItem(
            title=f"Review {system.name}",
            detail=f"{system.reference} · review date passed",
            url=system.get_absolute_url(),
            icon="bot",
            action="Review",
            due=system.next_review_date,
        )
    for system in own.incomplete().order_by("id")[:WORK_LINES]:
        yield WorkItem(
            title=f"Complete the record of {system.name}",
            detail=f"{system.reference} · entries are missing",
            url=system.get_absolute_url(),
            icon="bot",
            action="Complete",
        )


def gate_work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Go-lives and deviations that wait for this person's decision, and own records opened again."""
    if permissions.can(actor, "inventory.decide_gate"):
        asked = GoLiveRequest.objects.filter(state=GoLiveState.OPEN).exclude(author_id=actor.member_id)
        for each in asked.select_related("system__organization").order_by("pk")[:WORK_LINES]:
            yield _gate_item(each.system, f"Decide on the go-live of {each.system.name}", "Decide")
    if permissions.can(actor, "inventory.approve_deviation"):
        open_ones = StageRecord.objects.filter(
            state=StageRecordState.COMPLETE, criteria_met=CriteriaMet.NO, deviation_approved_by=None
        ).exclude(author_id=actor.member_id)
        for each in open_ones.select_related("system__organization").order_by("pk")[:WORK_LINES]:
            yield _gate_item(each.system, f"Decide on the deviation of {each.system.name}", "Decide")
    if actor.member_id is not None:
        drafts = StageRecord.objects.filter(system__owner_id=actor.member_id).exclude(reopened_because="")
        for each in drafts.select_related("system__organization").order_by("pk")[:WORK_LINES]:
            yield _gate_item(each.system, f"{each} of {each.system.name}: opened again", "Complete")


def _gate_item(system: AISystem, title: str, action: str) -> WorkItem:
    return WorkItem(title, str(system), gates_url(system), "bot", action)


def scope_work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """A scope that waits for somebody other than its author."""
    if not permissions.can(actor, "inventory.approve_scope"):
        return
    newest = ScopeStatement.objects.first()
    if newest and not newest.approved_at and newest.author_id != actor.member_id:
        yield WorkItem(
            title=f"Approve the scope of the AIMS, version {newest.version}",
            detail="Waits for top management",
            url=reverse("scope", args=[own_slug()]),
            icon="target",
            action="Read and approve",
        )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, "inventory.view_system"):
        return
    filters = queries.SystemFilters(q=text)
    found = queries.systems(filters, on=datetime.date.min).select_related("organization").order_by("id")
    for system in found[:HITS]:
        yield SearchHit("AI system", str(system), system.get_absolute_url())


def home_part(actor: Actor, today: datetime.date) -> Mapping[str, Any]:
    if not permissions.can(actor, "inventory.view_systems"):
        return {}
    counts = queries.view_counts(on=today)
    url = reverse("systems", args=[own_slug()])
    unowned, overdue = counts["no_owner"], counts["review_overdue"]
    notes = [f"{counts['']} registered"]
    notes += [f"{unowned} without owner"] if unowned else []
    notes += [f"{overdue} with an overdue review"] if overdue else []
    return {
        "stats": [
            {
                "label": "AI systems in scope",
                "value": counts["in_scope"],
                "note": " · ".join(notes),
                "url": f"{url}?view=in_scope",
                "counts": "Registered AI systems that are in the scope of the AI management system.",
            }
        ]
    }


def own_slug() -> str:
    return current_organization().slug


def _counted(count: int, one: str, many: str, what: str) -> str:
    return f"1 system {one} {what}" if count == 1 else f"{count} systems {many} {what}"


def evidence_uses() -> Iterator[EvidenceUse]:
    yield EvidenceUse(
        "inventory.view_systems",
        lambda: SystemEvidence.objects.select_related("system__organization").order_by("system_id"),
        lambda link: (str(link.system), link.system.get_absolute_url()),
    )
    yield EvidenceUse(
        "inventory.view_system",
        lambda: StageRecord.objects.select_related("system__organization").order_by("pk"),
        lambda record: (f"{record.system}: {record}", gates_url(record.system)),
    )
