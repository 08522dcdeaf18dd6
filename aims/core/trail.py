"""The append-only trail: record() writes one line in the same transaction as what it tells of.

aims.core.verification walks the chain; aims.core.checkpoints signs its head.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone

from aims.core.actor import Actor
from aims.core.canonical import canonical_json
from aims.core.models import TrailEvent, TrailHead


def record(
    actor: Actor,
    action: str,
    obj: models.Model | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one line. Its time is real time, whatever `now` a verb was given.

    Personal data stays out: people appear as member ids.
    """
    at = timezone.now()
    body: dict[str, Any] = {
        "at": at.isoformat(),
        "actor": actor.label,
        "roles": sorted(actor.roles),
        "request": actor.request_id,
        "action": action,
    }
    if actor.client:
        body["client"] = actor.client
    if actor.stands_for:
        body["acting_for"] = sorted(actor.stands_for)
    if obj is not None:
        body["object"] = {"type": obj._meta.label_lower, "id": obj.pk, "label": _label(obj)}
    if before:
        body["before"] = {key: _plain(value) for key, value in before.items()}
    if after:
        body["after"] = {key: _plain(value) for key, value in after.items()}
    if reason:
        body["reason"] = reason
    line = TrailEvent(
        organization_id=actor.organization_id,
        body=canonical_json(body),
        at=at,
        actor=actor.label,
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=obj.pk if obj is not None else None,
    )
    # Without RETURNING: an external auditor's role may add a line and reads only those of the own access.
    TrailEvent.objects.bulk_create([line], ignore_conflicts=True)


def number_of(value: Any) -> Any:
    """A record by its number where the name of the value says what it is; anything else as it is."""
    return getattr(value, "pk", value)


def _label(obj: models.Model) -> str:
    return str(getattr(obj, "reference", "") or "")


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return {"type": value._meta.label_lower, "id": value.pk, "label": _label(value)}
    return value


def head() -> TrailHead | None:
    """The end of the chain of the organization acted in, as committed."""
    return TrailHead.objects.first()
