"""The transparency page of a system: drafted field by field, frozen when published, taken down at once."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection
from typing import Any

from django.db import transaction

from aims.core import permissions, snapshots, trail
from aims.core.actor import Actor
from aims.core.canonical import canonical_json, sha256_of
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.versions import STALE, write_version
from inventory.models import AISystem, Disclosure, TransparencyPage
from inventory.queries.transparency import FIELDS, content_of
from inventory.services.disclosures import KEEP, require_language

PUBLISH = "inventory.publish_transparency"
DRAFTED = ("title", "publisher", "language", "intro", "fields", "contact", "allows_search")
TOKEN_BYTES = 24


@transaction.atomic
def draft_page(
    *,
    actor: Actor,
    system: AISystem,
    row_version: int,
    disclosures: Collection[Disclosure],
    now: datetime.datetime,
    **values: Any,
) -> TransparencyPage:
    """Choose what the page will say. What stands outside stays as it is until somebody publishes."""
    permissions.require(actor, KEEP, system)
    values = {key: value.strip() if isinstance(value, str) else value for key, value in values.items()}
    _check(values)
    page = TransparencyPage.objects.filter(system=system).first()
    if page is None:
        page = TransparencyPage.objects.create(system=system, **values)
        before: dict[str, Any] = {}
    else:
        before = {key: getattr(page, key) for key in DRAFTED}
        if not write_version(TransparencyPage.objects.filter(pk=page.pk), row_version, **values):
            raise StaleState(STALE)
        page.refresh_from_db()
    chosen = {each.pk for each in disclosures}
    of_system = Disclosure.objects.shown().filter(system=system)
    of_system.filter(pk__in=chosen).update(is_on_page=True)
    of_system.exclude(pk__in=chosen).update(is_on_page=False)
    after = {**values, "disclosures": sorted(each.reference for each in disclosures)}
    trail.record(actor, "transparencypage.drafted", page, before=before, after=after)
    return page


@transaction.atomic
def publish_page(
    *, actor: Actor, page: TransparencyPage, digest: str, now: datetime.datetime
) -> TransparencyPage:
    """Freeze what was previewed, word for word, and show it outside."""
    permissions.require(actor, PUBLISH)
    content = content_of(page)
    if digest_of(content) != digest:
        raise StaleState("The draft or the record changed since you looked at it. Look at the preview again.")
    number = page.version + 1
    snapshot = snapshots.freeze(
        actor,
        page,
        {**content, "version": number, "published_on": local_today(now)},
        now=now,
        version=number,
    )
    written = {
        "version": number,
        "is_public": True,
        "token": page.token or secrets.token_urlsafe(TOKEN_BYTES),
        "published_at": now,
        "published_by_id": actor.member_id,
    }
    if not TransparencyPage.objects.filter(pk=page.pk, version=page.version).update(**written):
        raise StaleState("Somebody published this page a moment ago. Look at it again.")
    page.refresh_from_db()
    after = {"version": number, "sha256": snapshot.sha256}
    trail.record(actor, "transparencypage.published", page, after=after)
    return page


@transaction.atomic
def take_down(*, actor: Actor, page: TransparencyPage, now: datetime.datetime) -> TransparencyPage:
    """At once: the address answers like one that never was, and is not used again."""
    permissions.require(actor, KEEP, page)
    found = TransparencyPage.objects.filter(pk=page.pk, is_public=True)
    if not found.update(is_public=False, token=""):
        raise RuleBroken("This page does not stand outside.")
    page.refresh_from_db()
    trail.record(actor, "transparencypage.taken_down", page, before={"version": page.version})
    return page


def digest_of(content: Any) -> str:
    """Of what a preview shows, so that nothing else is published than what was looked at."""
    return sha256_of(canonical_json(content))


def _check(values: dict[str, Any]) -> None:
    unknown = sorted(set(values) - set(DRAFTED))
    if unknown:
        raise RuleBroken(f"{', '.join(unknown)} cannot be set here.", field=unknown[0])
    for key, sentence in (("title", "Give the page a title."), ("publisher", "Say who publishes it.")):
        if not values.get(key):
            raise RuleBroken(sentence, field=key)
    require_language(values.get("language", "en"))
    strange = sorted(set(values.get("fields", [])) - set(FIELDS))
    if strange:
        raise RuleBroken(f"{', '.join(strange)} cannot be published.", field="fields")
