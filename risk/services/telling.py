"""Who hears of what happens to a risk or an assessment."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import models

from aims.core import messages
from aims.core.models import Member


def tell(
    members: Iterable[Member | None], obj: models.Model, what: str, text: str, *, now: datetime.datetime
) -> None:
    """Tell each active person once; `what` and the moment make the message unique."""
    url = obj.get_absolute_url()  # type: ignore[attr-defined]
    for member in members:
        if member is not None and member.is_active:
            key = f"{obj._meta.label_lower}:{obj.pk}:{what}:{now:%Y%m%d%H%M%S}"
            messages.tell(member, dedupe=key, text=text, url=url, mail_subject=text[:120])


def with_role(*roles: str, but: int | None = None) -> list[Member]:
    """Active members in a role, without the one who acts."""
    return list(Member.objects.with_role(*roles).exclude(pk=but))
