"""What concerns show at places that core names: to their handlers only, and without a word of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from django.urls import reverse

from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.models import Member
from aims.core.registry import NavigationEntry, Owned, Ownership, WorkItem
from aims.core.tenancy.context import current_organization
from inventory.enums import ConcernState
from inventory.models import ConcernHandler
from inventory.queries import concerns as queries
from inventory.rules.concerns import acknowledge_by, feedback_by

WORK_LINES = 20


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Concerns", "concerns", "lock", "inventory.view_concerns", 15)


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    if not queries.is_handler(actor):
        return
    left = queries.concerns_of(actor).exclude(state=ConcernState.CLOSED).select_related("organization")
    for concern in left.order_by("id")[:WORK_LINES]:
        received = local_today(concern.received_at)
        is_new = concern.acknowledged_at is None
        due = acknowledge_by(received) if is_new else feedback_by(received)
        yield WorkItem(
            title=f"Concern {concern.reference}",
            detail=concern.get_state_display(),
            url=concern.get_absolute_url(),
            icon="lock",
            action="Acknowledge" if is_new else "Go on",
            due=due if concern.feedback_at is None else None,
        )


def _appointments(member: Member) -> Iterable[Owned]:
    for handler in ConcernHandler.objects.filter(member=member, ended_at=None):
        url = reverse("concern_handlers", args=[current_organization().slug])
        yield Owned(str(handler.pk), "the handling of concerns", url)


OWNERSHIP = Ownership("concern-handlers", "Handling of concerns", frozenset(), _appointments, None)
