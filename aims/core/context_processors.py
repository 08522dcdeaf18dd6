"""What the frame around every page needs: navigation, the organization, the switcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Value
from django.http import HttpRequest
from django.urls import reverse

from aims.core import permissions
from aims.core.as_of import PARAMETER
from aims.core.history import history_begins
from aims.core.models import Notification
from aims.core.networks import is_near_operators
from aims.core.registry import NavigationEntry, registry
from aims.core.tenancy.context import actor_or_none

THEMES = {"dark", "light"}
UNREAD = "notifications"


def frame(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {
        "theme": theme if theme in THEMES else "",
        "memberships": getattr(request, "places", []),
        "operators_url": _operators_site(request),
    }
    actor = getattr(request, "actor", None)
    place = getattr(request, "place", None)
    if actor is None or place is None or actor_or_none() is None:
        return context  # outside, or after the scope was closed by an error
    if transaction.get_rollback():
        return context | {"organization": place, "acting": actor}  # nothing can be asked any more
    entries = _entries(actor)
    counts = _counts(actor, entries)
    return context | {
        "organization": place,
        "acting": actor,
        "past": _past(request),
        "navigation": _navigation(request, entries, counts, place.slug),
        "quick_actions": _quick_actions(actor, place.slug),
        "notification_count": counts.get(UNREAD, 0),
        "notifications_url": _address(actor, "core.view_notifications", "notifications", place.slug),
        "settings_url": _address(actor, "core.view_settings", "settings", place.slug),
    }


def _operators_site(request: HttpRequest) -> str:
    """Only for those to whom the site would show itself."""
    is_operator = getattr(getattr(request, "user", None), "is_operator", False)
    if not settings.OPERATORS_PATH or not is_operator or not is_near_operators(request):
        return ""
    return reverse("operate:organizations")


def _past(request: HttpRequest) -> dict[str, Any] | None:
    """For the banner of a page that is looked at as it was."""
    day = getattr(request, "as_of", None)
    if day is None:
        return None
    begins = history_begins()
    query = request.GET.copy()
    query.pop(PARAMETER, None)
    today = f"{request.path}?{query.urlencode()}" if query else request.path
    return {"day": day, "begins": begins, "is_before": day < begins, "today_url": today}


def _navigation(
    request: HttpRequest, entries: list[NavigationEntry], counts: Mapping[str, int], slug: str
) -> list[dict[str, Any]]:
    urls = {entry: reverse(entry.url_name, args=[slug]) for entry in entries}
    here = _closest(request.path, [*urls.values()], home=reverse("home", args=[slug]))
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry, url in urls.items():
        line = {"label": entry.label, "url": url, "icon": entry.icon, "count": counts.get(entry.url_name, 0)}
        groups.setdefault(entry.group, []).append(line | {"current": url == here})
    return [{"title": title, "entries": lines} for title, lines in groups.items()]


def _closest(path: str, urls: list[str], *, home: str) -> str:
    """The page in the navigation that a page belongs to: the longest address that its own begins with."""
    if path == home:
        return home
    return max((url for url in urls if url != home and path.startswith(url)), key=len, default="")


def _entries(actor: Any) -> list[NavigationEntry]:
    ordered = sorted(registry.navigation, key=lambda entry: entry.order)
    return [entry for entry in ordered if permissions.can(actor, entry.verb)]


def _counts(actor: Any, entries: list[NavigationEntry]) -> dict[str, int]:
    """Every number of the frame by the page it stands at, in one statement."""
    rows = {entry.url_name: entry.count(actor) for entry in entries if entry.count}
    if actor.member_id is not None:
        rows[UNREAD] = Notification.objects.unread().filter(member_id=actor.member_id)
    # Grouped by their own name: a page without rows gives no line.
    counted = [
        found.order_by().values(page=Value(page)).annotate(rows=Count("pk")).values_list("page", "rows")
        for page, found in rows.items()
    ]
    if not counted:
        return {}
    return dict(counted[0].union(*counted[1:], all=True))


def _quick_actions(actor: Any, slug: str) -> list[dict[str, str]]:
    return [
        {"label": label, "url": reverse(url_name, args=[slug])}
        for label, url_name, verb in registry.quick_actions
        if permissions.can(actor, verb)
    ]


def _address(actor: Any, verb: str, url_name: str, slug: str) -> str:
    """Empty for those whom the page would refuse."""
    return reverse(url_name, args=[slug]) if permissions.can(actor, verb) else ""
