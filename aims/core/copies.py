"""Whose copy a document is: printed on each page of what the portal writes for an external auditor.

Stored files and packs are handed out as they are: their bytes are what a hash or a signature vouches for.
"""

from __future__ import annotations

import datetime

from aims.core.actor import Actor
from aims.core.models import AccessGrant


def copy_line(actor: Actor, now: datetime.datetime) -> str:
    """Name, firm, audit and time for an external auditor; nothing for members."""
    if not actor.is_auditor:
        return ""
    grant = AccessGrant.objects.get(pk__in=[actor.grant_id])
    who = f"{grant.name}, {grant.firm}" if grant.firm else grant.name
    kind = "Preview of the copy" if actor.is_preview else "Copy"
    return f"{kind} for {who}: {grant.purpose}. {now.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"
