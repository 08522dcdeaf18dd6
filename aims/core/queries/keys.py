from __future__ import annotations

import datetime
from dataclasses import dataclass

from aims.core import limits
from aims.core.models import ApiKey


@dataclass(frozen=True)
class KeyLine:
    """A key as the list shows it; `state` is one of works, ends_soon, revoked, expired, stopped."""

    key: ApiKey
    state: str
    uses_today: int
    overlaps: bool

    @property
    def word(self) -> str:
        return WORDS[self.state][0]

    @property
    def tone(self) -> str:
        return WORDS[self.state][1]


WORDS = {
    "works": ("Works", "ok"),
    "ends_soon": ("Ends soon", "warn"),
    "revoked": ("Revoked", "neutral"),
    "expired": ("Expired", "bad"),
    "stopped": ("Stopped: the responsible person has no access", "bad"),
}
SOON = datetime.timedelta(days=14)


def key_lines(*, now: datetime.datetime) -> list[KeyLine]:
    found = list(ApiKey.objects.select_related("responsible", "created_by"))
    used = limits.today("key", [key.pk for key in found])
    return [KeyLine(key, _state(key, now), used[key.pk], key.overlaps(at=now)) for key in found]


def _state(key: ApiKey, now: datetime.datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= now:
        return "expired"
    if not key.works(at=now):
        return "stopped"
    return "ends_soon" if key.expires_at - now <= SOON else "works"
