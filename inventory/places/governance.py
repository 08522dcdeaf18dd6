"""What governance bodies show at places that core names: work, and the uses of evidence."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import EvidenceUse, SearchHit, WorkItem
from inventory.models import BodyDecision, BodyMeeting, GovernanceBody
from inventory.queries import governance as queries

WORK_LINES = 20
HITS = 8
VIEW = "inventory.view_context"


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Decisions that this person sees to."""
    if actor.member_id is None or not permissions.can(actor, VIEW):
        return
    own = BodyDecision.objects.open().filter(owner_id=actor.member_id).select_related("meeting__body")
    for decision in own.order_by("due_date", "id")[:WORK_LINES]:
        yield WorkItem(
            title=f"See to it: {decision}",
            detail=f"Decided by {decision.meeting.body}",
            url=decision.meeting.get_absolute_url(),
            icon="landmark",
            action="Do it and note it",
            due=decision.due_date,
        )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    for body in queries.bodies_named(text)[:HITS]:
        yield SearchHit("Governance body", str(body), body.get_absolute_url())
    decided = queries.decisions(queries.DecisionFilters(q=text), on=datetime.date.max)
    for decision in decided.order_by("-id")[:HITS]:
        yield SearchHit("Decision", str(decision), decision.meeting.get_absolute_url())


def evidence_uses() -> Iterator[EvidenceUse]:
    yield EvidenceUse(
        VIEW,
        lambda: GovernanceBody.objects.order_by("pk"),
        lambda body: (f"Charter of {body}", body.get_absolute_url()),
    )
    yield EvidenceUse(
        VIEW,
        lambda: BodyMeeting.objects.select_related("body").order_by("pk"),
        lambda meeting: (f"{meeting.body}: {meeting}", meeting.get_absolute_url()),
    )
