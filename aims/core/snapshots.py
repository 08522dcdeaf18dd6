"""Frozen things: what was approved is kept as canonical JSON with its SHA-256 (architecture.md section 5)."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import models

from aims.core.actor import Actor
from aims.core.canonical import canonical_json, sha256_of
from aims.core.models import Snapshot


def freeze(
    actor: Actor, obj: models.Model, content: Any, *, now: datetime.datetime, version: int = 1
) -> Snapshot:
    """Write the snapshot of an object; the database refuses any later change to it."""
    text = canonical_json(content)
    return Snapshot.objects.create(
        organization_id=actor.organization_id,
        kind=obj._meta.label_lower,
        object_id=obj.pk,
        version=version,
        text=text,
        sha256=sha256_of(text),
        taken_at=now,
        taken_by_id=actor.member_id,
    )
