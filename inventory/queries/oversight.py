"""Who watches over systems: now, and when a version of a system was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from aims.core.history import DELETED, event_model
from inventory.models import OversightPerson


def with_oversight(found: Any) -> Any:
    """Systems with `oversight_ids`, the numbers of the members, in the query that reads them."""
    watchers = OversightPerson.objects.filter(system=OuterRef("pk")).order_by("member_id")
    return found.annotate(oversight_ids=ArraySubquery(watchers.values("member_id")))


def tell_oversight(events: Collection[Any]) -> None:
    """Gives each event of a system's history its `oversight_ids`: one query.

    Who watches over a system is written in the transaction that writes its version, and bears its time.
    """
    watched: Any = event_model(OversightPerson)
    changes = defaultdict(list)
    systems = {event.pgh_obj_id for event in events}
    for change in watched.objects.filter(system_id__in=systems).order_by("pgh_id"):
        changes[change.system_id].append(change)
    for event in events:
        present: dict[int, int] = {}
        for change in changes[event.pgh_obj_id]:
            if change.pgh_created_at > event.pgh_created_at:
                break
            if change.pgh_label == DELETED:
                present.pop(change.pgh_obj_id, None)
            else:
                present[change.pgh_obj_id] = change.member_id
        event.oversight_ids = sorted(present.values())
