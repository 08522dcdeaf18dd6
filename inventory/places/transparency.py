"""What disclosures show at places that core names: navigation, work, search, the page of a system."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.models import Member
from aims.core.registry import EvidenceUse, NavigationEntry, Owned, Ownership, Panel, SearchHit, WorkItem
from aims.core.services.handing_over import give_by_column
from inventory.models import AISystem, Disclosure, DisclosureEvidence
from inventory.queries import transparency as queries

WORK_LINES, HITS = 20, 8
VIEW = "inventory.view_disclosures"


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Control", "Disclosures", "disclosures", "eye", VIEW, 25)


def panels() -> Iterator[Panel]:
    yield Panel(
        "system", "disclosures", "Transparency", 23, VIEW, "inventory/_system_disclosures.html", of_system
    )


def of_system(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """One query, whatever their number."""
    return {"disclosures": queries.disclosures_of(system), "system": system}


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    if actor.member_id is None or not permissions.can(actor, VIEW):
        return
    due = Disclosure.objects.shown().filter(owner_id=actor.member_id, review_date__lte=today)
    for disclosure in due.select_related("system", "organization").order_by("review_date")[:WORK_LINES]:
        yield WorkItem(
            title=f"Review {disclosure}",
            detail=disclosure.system.name,
            url=disclosure.get_absolute_url(),
            icon="eye",
            action="Review",
            due=disclosure.review_date,
        )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    found = queries.disclosures(queries.DisclosureFilters(q=text), on=datetime.date.max)
    for disclosure in found.select_related("organization").order_by("-id")[:HITS]:
        yield SearchHit("Disclosure", str(disclosure), disclosure.get_absolute_url())


def evidence_uses() -> Iterator[EvidenceUse]:
    yield EvidenceUse(
        VIEW,
        lambda: DisclosureEvidence.objects.select_related("disclosure__organization").order_by(
            "disclosure_id"
        ),
        lambda link: (str(link.disclosure), link.disclosure.get_absolute_url()),
    )


def _owned(member: Member) -> Iterable[Owned]:
    for disclosure in Disclosure.objects.shown().filter(owner=member).select_related("organization"):
        yield Owned(str(disclosure.pk), str(disclosure), disclosure.get_absolute_url())


OWNERSHIP = Ownership(
    "disclosures",
    "Disclosures",
    frozenset(),
    _owned,
    give_by_column(Disclosure, "owner", "disclosure.owner_set"),
)
