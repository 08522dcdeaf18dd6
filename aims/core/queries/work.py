"""What waits for a person, and what a search finds, gathered from every app."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from django.db.models import Q
from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.enums import EvidenceState
from aims.core.models import Evidence, Member
from aims.core.queries.evidence import search, visible_evidence
from aims.core.registry import SearchHit, WorkItem, registry

MOST_HITS = 8
SHORTEST_QUERY = 2


def work_of(actor: Actor, today: datetime.date) -> list[WorkItem]:
    """One queue over all registers: what is due first, what has no date last."""
    items = [item for source in registry.work_sources for item in source(actor, today)]
    return sorted(items, key=lambda item: (item.due or datetime.date.max, item.title))


def hits(actor: Actor, words: str, slug: str) -> list[SearchHit]:
    """Pages by their name, then records from every app."""
    words = words.strip()
    if len(words) < SHORTEST_QUERY:
        return []
    found = [hit for source in registry.search_sources for hit in source(actor, words)]
    return [*_pages(actor, words, slug), *found]


def _pages(actor: Actor, words: str, slug: str) -> Iterator[SearchHit]:
    wanted = words.casefold()
    for entry in sorted(registry.navigation, key=lambda entry: entry.order):
        if wanted in entry.label.casefold() and permissions.can(actor, entry.verb):
            yield SearchHit("Page", entry.label, reverse(entry.url_name, args=[slug]))
    for label, url_name, verb in registry.quick_actions:
        if wanted in label.casefold() and permissions.can(actor, verb):
            yield SearchHit("Action", label, reverse(url_name, args=[slug]))


def evidence_hits(actor: Actor, words: str) -> Iterable[SearchHit]:
    if not permissions.can(actor, "core.view_evidence"):
        return
    found = search(visible_evidence(actor), words).select_related(None).order_by("-pk")[:MOST_HITS]
    for evidence in found.select_related("organization"):
        yield SearchHit("Evidence", str(evidence), evidence.get_absolute_url())


def evidence_work(actor: Actor, today: datetime.date) -> Iterable[WorkItem]:
    """What was asked of this person, what waits for their review, and what of theirs needs an answer."""
    if actor.member_id is None:
        return
    mine = Q(asked_of_id=actor.member_id, state=EvidenceState.REQUESTED)
    mine |= Q(submitted_by_id=actor.member_id, state__in=[EvidenceState.REJECTED, EvidenceState.EXPIRED])
    if permissions.can(actor, "core.review_evidence"):
        mine |= Q(state=EvidenceState.SUBMITTED) & ~Q(submitted_by_id=actor.member_id)
    for evidence in Evidence.objects.filter(mine).select_related("organization").order_by("pk"):
        yield _work_item(evidence)


def hand_over_work(actor: Actor, today: datetime.date) -> Iterable[WorkItem]:
    """Members from whom the directory took access or a role while records were in their name."""
    if not permissions.can(actor, "core.hand_over"):
        return
    found = Member.objects.waiting_for_hand_over()  # type: ignore[attr-defined]
    for member in found.select_related("organization"):
        yield WorkItem(
            title=member.name,
            detail="Records wait to be handed over",
            url=reverse("member_hand_over", args=[member.organization.slug, member.pk]),
            icon="users",
            action="Hand over",
            due=None,
        )


#: state -> (what it is, what to do)
WORDS = {
    EvidenceState.REQUESTED: ("Evidence asked of you", "Hand it in"),
    EvidenceState.SUBMITTED: ("Evidence waiting for review", "Review"),
    EvidenceState.REJECTED: ("Evidence that was rejected", "Hand in again"),
    EvidenceState.EXPIRED: ("Evidence that has expired", "Hand in a newer item"),
}


def _work_item(evidence: Evidence) -> WorkItem:
    detail, action = WORDS[EvidenceState(evidence.state)]
    due = {EvidenceState.REQUESTED: evidence.due_date, EvidenceState.EXPIRED: evidence.valid_until}
    return WorkItem(
        title=str(evidence),
        detail=detail,
        url=evidence.get_absolute_url(),
        icon="folder-open",
        action=action,
        due=due.get(EvidenceState(evidence.state)),
    )
