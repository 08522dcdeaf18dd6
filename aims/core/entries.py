"""The operator's entry that a session began: in no other session, and nowhere else, does it open anything."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from aims.core import directory
from aims.core.actor import Actor, ActorKind
from aims.core.models import OperatorEntry
from aims.core.networks import is_near_operators
from aims.core.second_factor import has_second_factor

BEGUN = "operator_entries"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_SHOWN = "This is not part of what an entry of an operator shows."
READ_ONLY = "An entry of an operator reads only. Nothing was changed."


def remember(request: Any, slug: str, entry: OperatorEntry) -> None:
    request.session[BEGUN] = {**request.session.get(BEGUN, {}), slug: entry.pk}


def forget(request: Any, slug: str) -> None:
    request.session[BEGUN] = {key: pk for key, pk in request.session.get(BEGUN, {}).items() if key != slug}


def was_begun(request: Any, slug: str) -> bool:
    return bool(settings.OPERATORS_PATH) and slug in request.session.get(BEGUN, {})


def running(request: Any, slug: str) -> directory.EntryPlace | None:
    """Asked with each request, by every process, of the database."""
    entry_id = request.session.get(BEGUN, {}).get(slug)
    if entry_id is None or not settings.OPERATORS_PATH or not getattr(request.user, "is_operator", False):
        return None
    if not is_near_operators(request) or not has_second_factor(request.user):
        return None
    return directory.operator_entry(entry_id, user_id=request.user.pk, slug=slug)


def actor_of(place: directory.EntryPlace, request: Any) -> Actor:
    return Actor(
        kind=ActorKind.OPERATOR,
        name=place.operator_name,
        organization_id=place.organization_id,
        user_id=request.user.pk,
        entry_id=place.entry_id,
        may_download=place.opens_files,
        request_id=request.request_id,
    )
