"""Evidence as the library, the evidence page and the API show it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet

from aims.core import permissions
from aims.core.actor import Actor, ActorKind
from aims.core.enums import EvidenceState
from aims.core.models import Evidence, EvidencePermission, Member
from aims.core.registry import EvidenceUse, registry
from aims.core.rules import EXPIRING_DAYS
from aims.core.tenancy.context import current_actor

#: Who sees confidential items without having handed them in.
CONFIDENTIAL_READERS = frozenset(
    {
        permissions.LEAD,
        permissions.INTERNAL_AUDITOR,
        permissions.TOP,
        permissions.SYSTEM,
        permissions.EXTERNAL_AUDITOR,  # the database shows them what their engagement names
    }
)
SHOWS_NOTHING = (EvidenceState.REJECTED, EvidenceState.SUPERSEDED, EvidenceState.REQUESTED)
VIEWS = ("all", "expiring", "expired", "unlinked", "waiting")


def visible_evidence(actor: Actor) -> QuerySet[Evidence]:
    """What this actor may know of: confidential items only for their readers and whoever handed them in."""
    found: QuerySet[Evidence] = Evidence.objects.select_related("blob").filter(_known_to(actor))
    return found


def _known_to(actor: Actor) -> Q:
    if actor.kind is not ActorKind.KEY and actor.roles & CONFIDENTIAL_READERS:
        return Q()
    own = Q(submitted_by_id=actor.member_id) | Q(asked_of_id=actor.member_id)
    return Q(is_confidential=False) | own if actor.member_id else Q(is_confidential=False)


def may_know(actor: Actor, item: Any) -> bool:
    """The same of one item that is at hand, without a query."""
    if not item.is_confidential or (actor.kind is not ActorKind.KEY and actor.roles & CONFIDENTIAL_READERS):
        return True
    return actor.member_id is not None and actor.member_id in {item.submitted_by_id, item.asked_of_id}


def linkable_evidence(actor: Actor, *, also: int | None = None) -> QuerySet[Evidence]:
    """What a record can refer to: what this actor may know of and what shows something, the newest first.

    `also` is what the record refers to as it is: it stays to be chosen.
    """
    useful = _known_to(actor) & ~Q(state__in=SHOWS_NOTHING)
    return Evidence.objects.filter(useful | Q(pk=also) if also else useful).order_by("-id")


def in_view(found: QuerySet[Evidence], view: str, *, today: datetime.date) -> QuerySet[Evidence]:
    """One of the tabs of the library."""
    if view == "unlinked":
        return found.exclude(state=EvidenceState.SUPERSEDED).exclude(pk__in=linked_ids(found))
    condition = _condition(view, today)
    return found.filter(condition) if condition is not None else found


def view_counts(actor: Actor, *, today: datetime.date) -> dict[str, int]:
    """The number beside each tab."""
    found = visible_evidence(actor).select_related(None)
    counted = {view: _condition(view, today) for view in ("expiring", "expired", "waiting")}
    counts: dict[str, int] = found.aggregate(
        all=Count("pk"), **{view: Count("pk", filter=condition) for view, condition in counted.items()}
    )
    return counts | {"unlinked": in_view(found, "unlinked", today=today).count()}


def _condition(view: str, today: datetime.date) -> Q | None:
    holding = Q(state__in=[EvidenceState.ACCEPTED, EvidenceState.EXPIRING])
    soon = today + datetime.timedelta(days=EXPIRING_DAYS)
    return {
        "expiring": holding & Q(valid_until__range=(today, soon)),
        "expired": Q(valid_until__lt=today)
        & ~Q(state__in=[EvidenceState.SUPERSEDED, EvidenceState.REQUESTED]),
        "waiting": Q(state=EvidenceState.SUBMITTED),
    }.get(view)


def search(found: QuerySet[Evidence], words: str) -> QuerySet[Evidence]:
    for word in words.split():
        found = found.filter(
            Q(title__icontains=word)
            | Q(reference__icontains=word)
            | Q(description__icontains=word)
            | Q(source__icontains=word)
        )
    return found


def linked_ids(found: QuerySet[Evidence]) -> set[int]:
    """Which of these items any record that the reader may see refers to."""
    return {
        pk
        for use in _uses()
        for pk in use.links().order_by().filter(evidence__in=found).values_list("evidence_id", flat=True)
    }


def uses_of(ids: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """(label, address) of the records that refer to each item; one query per kind of link."""
    found: dict[int, list[tuple[str, str]]] = {pk: [] for pk in ids}
    for use in _uses():
        for link in use.links().filter(evidence_id__in=list(found)):
            found[link.evidence_id].append(use.told(link))
    return found


def _uses() -> list[EvidenceUse]:
    return [use for use in registry.evidence_uses if permissions.can(current_actor(), use.verb)]


def row_state(evidence: Evidence, *, today: datetime.date) -> str:
    """The word an evidence row shows; an item past its day is expired even before the nightly round."""
    state = evidence.state
    if state in {EvidenceState.REQUESTED, EvidenceState.SUBMITTED}:
        return "waiting"
    if state in {EvidenceState.SUPERSEDED, EvidenceState.REJECTED}:
        return str(state)
    until = evidence.valid_until
    if until is not None and until < today:
        return "expired"
    if until is not None and until <= today + datetime.timedelta(days=EXPIRING_DAYS):
        return "expiring"
    return "current"


def shares_of(evidence: Evidence) -> list[dict[str, Any]]:
    return _named(EvidencePermission.objects.filter(content_object=evidence))


def all_shares() -> list[dict[str, Any]]:
    return _named(EvidencePermission.objects.all())


def _named(shares: QuerySet[EvidencePermission]) -> list[dict[str, Any]]:
    names = dict(Member.objects.values_list("user_id", "name"))
    return [
        {
            "pk": share.pk,
            "evidence": share.content_object,
            "person": names.get(share.user_id, "A former member"),
            "since": share.shared_at,
            "by": share.shared_by.name if share.shared_by else "",
            "reason": share.reason,
        }
        for share in shares.select_related("content_object", "shared_by").order_by("-pk")
    ]


#: A share ends with the document: what was rejected or replaced is shared with nobody.
WITHDRAWN = (EvidenceState.REJECTED, EvidenceState.SUPERSEDED)


def shared_evidence(user: Any) -> QuerySet[Evidence]:
    """Documents shared with this person one by one."""
    found: QuerySet[Evidence] = permissions.shared_with(
        user, Evidence.objects.exclude(state__in=WITHDRAWN).select_related("blob", "submitted_by")
    )
    return found
