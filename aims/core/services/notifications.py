"""A person's own notifications."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.models import Notification


@transaction.atomic
def mark_all_read(*, actor: Actor, now: datetime.datetime) -> int:
    """Nobody else's; and no line in the trail, since reading changes no record."""
    permissions.require(actor, "core.view_notifications")
    return Notification.objects.unread().filter(member_id=actor.member_id).update(read_at=now)
