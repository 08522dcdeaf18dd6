"""What discovery shows at places that core names: navigation, work, the page of a system, search."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import NavigationEntry, Panel, SearchHit, WorkItem
from aims.core.tenancy.context import current_organization
from inventory.models import AISystem, DiscoveredAI
from inventory.queries import discovery as queries

HITS = 8
VIEW = "inventory.view_discovery"


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Discovery", "discovery", "search", VIEW, 9)
    yield NavigationEntry("Assess", "Report AI tool", "tool_report", "plus", "inventory.report_tool", 9)


def panels() -> Iterator[Panel]:
    yield Panel("system", "discovery", "Seen in", 19, VIEW, "inventory/_system_sightings.html", seen, span=6)


def seen(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """One query, whatever their number."""
    return {"sightings": queries.sightings_of_system(system)}


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    if not permissions.can(actor, "inventory.decide_discovery"):
        return
    waiting = DiscoveredAI.objects.undecided().count()
    if waiting:
        yield WorkItem(
            title="Decide on discovered AI",
            detail=f"{waiting} waiting",
            url=f"{reverse('discovery', args=[current_organization().slug])}?view=open",
            icon="search",
            action="Look at them",
        )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    found = queries.discovered(queries.DiscoveryFilters(q=text)).order_by("id")
    for item in found[:HITS]:
        yield SearchHit("Discovered AI", str(item), item.get_absolute_url())
