"""What change requests show at places that core names: navigation, work, evidence."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import EvidenceUse, NavigationEntry, WorkItem
from inventory.enums import ChangeRequestState
from inventory.models import ChangeRequest

WORK_LINES = 20


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Changes", "changes", "git-compare", "inventory.view_changes", 13)


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Requests to decide on, approved ones to carry out, and those whose effects are to be looked for."""
    if actor.member_id is None:
        return
    found = ChangeRequest.objects.select_related("system", "organization").order_by("pk")
    wanted = []
    if permissions.can(actor, "inventory.decide_change"):
        waiting = found.filter(state=ChangeRequestState.ASSESSED)
        waiting = waiting.exclude(author_id=actor.member_id).exclude(submitted_by_id=actor.member_id)
        wanted.append((waiting, "Decide on the change", "Decide"))
    own = found.filter(state=ChangeRequestState.APPROVED, system__owner_id=actor.member_id)
    wanted.append((own, "Carry out the change", "Carry out"))
    if permissions.can(actor, "inventory.review_change"):
        done = found.filter(state=ChangeRequestState.IMPLEMENTED)
        wanted.append((done, "Look for unintended effects", "Review"))
    for rows, title, action in wanted:
        for change in rows[:WORK_LINES]:
            yield WorkItem(
                f"{title}: {change.title}", change.reference, change.get_absolute_url(), "git-compare", action
            )


def evidence_uses() -> Iterator[EvidenceUse]:
    yield EvidenceUse(
        "inventory.view_changes",
        lambda: ChangeRequest.objects.select_related("organization").order_by("pk"),
        lambda change: (str(change), change.get_absolute_url()),
    )
