"""What the context of the AIMS shows at places that core names: navigation, work, search."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import NavigationEntry, SearchHit, WorkItem
from aims.core.tenancy.context import current_organization
from inventory.models import ClimateDecision, ContextIssue, InterestedParty, PartyNeed
from inventory.queries import context as queries
from inventory.queries.parties import PartyFilters
from inventory.queries.parties import parties as parties_found

WORK_LINES = 20
HITS = 8
VIEW = "inventory.view_context"
REVIEWED: tuple[tuple[Any, str], ...] = ((ContextIssue, "issue"), (InterestedParty, "interested party"))


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Context", "context", "globe", VIEW, 8)


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Issues whose review is overdue, for whoever answers for them, and the climate decision for the lead."""
    if actor.member_id is None or not permissions.can(actor, VIEW):
        return
    for model, what in REVIEWED:
        own = model.objects.filter(owner_id=actor.member_id).review_overdue(on=today)
        for record in own.order_by("next_review_date")[:WORK_LINES]:
            yield WorkItem(
                title=f"Review the {what} {record}",
                detail="Review date passed",
                url=record.get_absolute_url(),
                icon="globe",
                action="Note the review",
                due=record.next_review_date,
            )
    if permissions.can(actor, "inventory.decide_climate") and not ClimateDecision.objects.exists():
        yield WorkItem(
            title="Decide whether climate change is relevant to the AIMS",
            detail="Clause 4.1 asks for it",
            url=reverse("climate", args=[current_organization().slug]),
            icon="globe",
            action="Decide",
        )

    open_ones = PartyNeed.objects.filter(is_obligation=None, party__matters=True)
    if permissions.can(actor, "inventory.keep_context") and (count := open_ones.count()):
        yield WorkItem(
            title="Decide which requirements of interested parties the AIMS takes on",
            detail=f"{count} not decided",
            url=f"{reverse('obligations', args=[current_organization().slug])}?view=open",
            icon="globe",
            action="Decide",
        )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    found = queries.issues(queries.IssueFilters(q=text), on=datetime.date.min).order_by("id")
    for issue in found[:HITS]:
        yield SearchHit("Issue of the context", str(issue), issue.get_absolute_url())
    parties = parties_found(PartyFilters(q=text), on=datetime.date.min).order_by("id")
    for party in parties[:HITS]:
        yield SearchHit("Interested party", str(party), party.get_absolute_url())
