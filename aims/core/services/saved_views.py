"""The verbs of saved views: a person's own filters of a register, under a name."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.http import QueryDict

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import SavedView

KEEP = "core.save_view"
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
    if actor.member_id is None:
        raise NotAllowed("A view belongs to a person.")
    name, asked = name.strip(), plain(query)
    if not name or len(name) > 60:
        raise RuleBroken("Name the view, in at most 60 characters.", field="name")
    if not asked or len(asked) > LONGEST_QUERY:
        raise RuleBroken("Filter or sort the register, or choose its columns, first.", field="query")
    own = SavedView.objects.filter(member_id=actor.member_id)
    if own.exclude(register=register, name=name).count() >= MOST:
        raise RuleBroken(f"You have {MOST} views already. Remove one first.", field="name")
    view, _ = SavedView.objects.update_or_create(
        organization_id=actor.organization_id,
        member_id=actor.member_id,
        register=register,
        name=name,
        defaults={"query": asked, "is_shared": is_shared, "saved_at": now},
    )
    trail.record(actor, "savedview.saved", view, after={"register": register, "shared": is_shared})
    return view


@transaction.atomic
def remove_view(*, actor: Actor, view: SavedView, now: datetime.datetime) -> None:
    """Whoever saved it; a shared one the compliance lead too, so that none is left that nobody can remove."""
    permissions.require(actor, KEEP)
    may = view.member_id == actor.member_id or (view.is_shared and "compliance_lead" in actor.roles)
    if not may:
        raise NotAllowed("Only whoever saved this view removes it, or the compliance lead.")
    trail.record(actor, "savedview.removed", view, before={"register": view.register})
    view.delete()


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
