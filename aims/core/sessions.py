"""How long a session lives, and what ends it before: decisions on what the session remembers."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from typing import Any

from aims.core.directory import Place

LONGEST_SECONDS = 12 * 60 * 60
IDLE_MINUTES = 30
#: How often the use of a session is noted; an idle session ends at most this much early.
NOTED_EVERY_SECONDS = 60
BEGAN, USED, PRIVILEGES = "session_began_at", "session_used_at", "session_privileges"


def is_over(session: Any, places: Sequence[Place], *, now: float) -> bool:
    """Twelve hours after sign-in, or unused for as long as the strictest of one's organizations allows."""
    idle_minutes = min((place.idle_minutes for place in places), default=IDLE_MINUTES)
    is_old = now - session.get(BEGAN, now) > LONGEST_SECONDS
    return is_old or now - session.get(USED, now) > idle_minutes * 60


def was_ended(session: Any, place: Place) -> bool:
    """An administrator of the organization ended the sessions of this member, and this one is older."""
    if place.sessions_from is None:
        return False
    began = datetime.datetime.fromtimestamp(session.get(BEGAN, 0), tz=datetime.UTC)
    return began < place.sessions_from


def note_use(session: Any, places: Sequence[Place], *, now: float) -> bool:
    """Remember that the session is used; True when that was a while ago.

    A change of what the person may do gives the session a new key.
    """
    session.setdefault(BEGAN, now)
    privileges = _privileges(places)
    if session.get(PRIVILEGES) != privileges:
        if PRIVILEGES in session:
            session.cycle_key()
        session[PRIVILEGES] = privileges
    if now - session.get(USED, 0) < NOTED_EVERY_SECONDS:
        return False
    session[USED] = now
    return True


def device_of(user_agent: str) -> str:
    """“Firefox on Windows”, as far as a program says what it is."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return " on ".join(part for part in (browser, system) if part) or user_agent[:60] or "Unknown program"


# In this order: each names those before it for compatibility.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def _privileges(places: Sequence[Place]) -> str:
    held = sorted((place.organization_id, place.grant_id or 0, sorted(place.roles)) for place in places)
    return hashlib.sha256(repr(held).encode()).hexdigest()[:16]
