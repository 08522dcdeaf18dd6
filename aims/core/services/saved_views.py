"""The verbs of saved views: a person's own filters of a register, under a name."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import QueryDict

from aims.core import permissions, trail
from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import SavedView
from aims.core.versions import only_known

VIEW, KEEP = "core.view_saved_views", "core.save_view"
MOST = 50
LONGEST_QUERY = 1000
#: Of an address, what is no part of a view: where one was in it, and a past day.
PASSING = ("page", "as_of")


@transaction.atomic
def save_view(
    *,
    actor: Actor,
    register: str,
    query: str,
    name: str,
    now: datetime.datetime,
    is_shared: bool = False,
) -> SavedView:
    """Keep what the register was asked for; under a name of one's own that is there, in its place."""
    permissions.require(actor, KEEP)
    values = _checked(actor, name=name, query=query, is_shared=is_shared)
    place: dict[str, Any] = {"member_id": actor.member_id, "register": register, "name": values["name"]}
    own = SavedView.objects.saved_by(actor.member_id)
    if own.exclude(register=register, name=values["name"]).count() >= MOST:
        whose = "You have" if actor.member_id else "Keys have"
        raise RuleBroken(f"{whose} {MOST} views already. Remove one first.", field="name")
    view, _ = SavedView.objects.update_or_create(
        organization_id=actor.organization_id,
        **place,
        defaults={"query": values["query"], "is_shared": is_shared, "saved_at": now},
    )
    trail.record(actor, "savedview.saved", view, after={"register": register, "shared": is_shared})
    return view


@transaction.atomic
def change_view(
    *, actor: Actor, view: SavedView, changes: Mapping[str, Any], now: datetime.datetime
) -> SavedView:
    """Another name or query, shared or not. It stays with whoever saved it."""
    permissions.require(actor, KEEP)
    _require_hand(actor, view)
    view = SavedView.objects.select_for_update().get(pk=view.pk)
    before = {key: getattr(view, key) for key in ("name", "query", "is_shared")}
    after = _checked(actor, **{**before, **only_known(changes, before)})
    if view.member_id is None and not after["is_shared"]:
        raise RuleBroken("A view that a key saved is shared: nobody else would see it.", field="is_shared")
    others = SavedView.objects.saved_by(view.member_id).filter(register=view.register).exclude(pk=view.pk)
    if others.filter(name=after["name"]).exists():
        raise RuleBroken(f"There is a view “{after['name']}” of this register already.", field="name")
    for key, value in after.items():
        setattr(view, key, value)
    view.saved_at = now
    view.save(update_fields=[*after, "saved_at"])
    shared = {"shared": before["is_shared"]}, {"shared": after["is_shared"]}
    trail.record(actor, "savedview.changed", view, before=shared[0], after=shared[1])
    return view


@transaction.atomic
def remove_view(*, actor: Actor, view: SavedView, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP)
    _require_hand(actor, view)
    trail.record(actor, "savedview.removed", view, before={"register": view.register})
    view.delete()


def _require_hand(actor: Actor, view: SavedView) -> None:
    """Whoever saved it, and keys what keys saved; a shared one the lead too, so that somebody always can."""
    is_own = view.member_id == actor.member_id
    if not is_own and not (view.is_shared and "compliance_lead" in actor.roles):
        raise NotAllowed("Only whoever saved this view changes or removes it, or the compliance lead.")


def _checked(actor: Actor, *, name: str, query: str, is_shared: bool) -> dict[str, Any]:
    if actor.member_id is None and actor.kind is not ActorKind.KEY:
        raise NotAllowed("A view belongs to a person.")
    if actor.member_id is None and not is_shared:
        raise RuleBroken("A key stands for no person: share the view.", field="is_shared")
    name, asked = name.strip(), plain(query)
    if not name or len(name) > 60:
        raise RuleBroken("Name the view, in at most 60 characters.", field="name")
    if not asked or len(asked) > LONGEST_QUERY:
        raise RuleBroken("Filter or sort the register, or choose its columns, first.", field="query")
    return {"name": name, "query": asked, "is_shared": is_shared}


def plain(query: str) -> str:
    """What is asked for, without empty values and without what is no part of a view."""
    asked = QueryDict(query, mutable=True)
    for key in list(asked):
        values = [value for value in asked.getlist(key) if value and "\x00" not in value]
        if key in PASSING or not values:
            del asked[key]
        else:
            asked.setlist(key, values)
    return asked.urlencode()
