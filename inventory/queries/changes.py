"""Reads of change requests, and of what changed about a system."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from aims.core.enums import EvidenceState
from aims.core.models import Evidence
from inventory.enums import ChangeRequestState
from inventory.models import AISystem, ChangeRequest, ChangeReview

VIEWS = {"": "All", "open": "Open", "done": "Done", "rejected": "Rejected"}
OPEN = (ChangeRequestState.DRAFT, ChangeRequestState.ASSESSED, ChangeRequestState.APPROVED)


def changes(*, view: str = "", q: str = "", state: str = "", system: int | None = None) -> Any:
    found = ChangeRequest.objects.select_related("system", "author", "decided_by", "evidence", "organization")
    found = found.filter(_view(view))
    if q:
        found = found.filter(Q(title__icontains=q) | Q(reference__iexact=q) | Q(purpose__icontains=q))
    if state:
        found = found.filter(state=state)
    return found.filter(system_id=system) if system else found


def _view(view: str) -> Q:
    done = [ChangeRequestState.IMPLEMENTED, ChangeRequestState.REVIEWED]
    return {
        "open": Q(state__in=OPEN),
        "done": Q(state__in=done),
        "rejected": Q(state=ChangeRequestState.REJECTED),
    }.get(view, Q())


def view_counts() -> dict[str, int]:
    counted = {f"n_{view}": Count("pk", filter=_view(view)) for view in VIEWS if view}
    found = ChangeRequest.objects.aggregate(n_=Count("pk"), **counted)
    return {key.removeprefix("n_"): number for key, number in found.items()}


def reviews_of(system: AISystem, *, newest: int = 100) -> list[ChangeReview]:
    found = ChangeReview.objects.filter(system=system).select_related("recorded_by")
    return list(found.order_by("-pk")[:newest])


def systems_to_name() -> list[tuple[int, str]]:
    rows = AISystem.objects.order_by("id").values_list("id", "reference", "name")
    return [(pk, f"{reference} {name}") for pk, reference, name in rows]


def evidence_to_name(*, most: int = 500) -> list[tuple[int, str]]:
    free = Evidence.objects.exclude(state=EvidenceState.SUPERSEDED).order_by("-id")[:most]
    return [(pk, f"{ref} {title}") for pk, ref, title in free.values_list("id", "reference", "title")]
