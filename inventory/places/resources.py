"""What AI models, data sets and prompts show at places that core names."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import NavigationEntry, Panel, SearchHit, WorkItem
from inventory.models import AISystem
from inventory.queries import resources as queries

HITS = 8
WORK_LINES = 20
VIEW = "inventory.view_resources"


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "AI models", "models", "brain", VIEW, 11)
    yield NavigationEntry("Assess", "Data sets", "data_sets", "database", VIEW, 11)
    yield NavigationEntry("Assess", "Prompts and agents", "prompts", "file-text", VIEW, 11)


def panels() -> Iterator[Panel]:
    template = "inventory/_system_resources.html"
    yield Panel(
        "system", "resources", "Models, data sets and prompts", 14, VIEW, template, system_resources, span=6
    )


def system_resources(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """One query, whatever their number."""
    return {
        "system": system,
        "parts": queries.parts_of(system),
        "may_record": permissions.can(actor, "inventory.record_change", system),
    }


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """The owner of a system in use says what a newer version of its parts means for it."""
    if actor.member_id is None or not permissions.can(actor, VIEW):
        return
    for model in queries.REGISTERS:
        for link in queries.left_behind(model, actor.member_id)[:WORK_LINES]:
            yield WorkItem(
                title=f"{link.resource} was replaced by a newer version",
                detail=f"{link.system.reference} {link.system.name} still runs on it",
                url=link.resource.get_absolute_url(),
                icon="git-compare",
                action="Say what changes",
            )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    for model in queries.REGISTERS:
        label = model.noun[:1].upper() + model.noun[1:]
        found = queries.resources(model, queries.ResourceFilters(q=text))
        for each in found.select_related("organization").order_by("id")[:HITS]:
            yield SearchHit(label, str(each), each.get_absolute_url())
