"""API keys: `aims_<prefix>_<secret>`, kept as prefix and HMAC; shown once."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction

from aims.core import directory, permissions, trail
from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import RuleBroken
from aims.core.models import ApiKey

LONGEST_LIFE = datetime.timedelta(days=365)
USED_RESOLUTION = datetime.timedelta(minutes=5)


def digest(key: str) -> str:
    """256 random bits need no slow hash; the pepper keeps a stolen table useless."""
    return hmac.new(settings.API_KEY_PEPPER.encode(), key.encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def create_key(
    *,
    actor: Actor,
    name: str,
    scopes: list[str],
    now: datetime.datetime,
    life: datetime.timedelta = datetime.timedelta(days=180),
) -> tuple[ApiKey, str]:
    """The key row and the key itself, which is never readable again."""
    permissions.require(actor, "core.manage_keys")
    unknown = sorted(set(scopes) - set(permissions.scopes()))
    if unknown:
        raise RuleBroken(f"There is no scope {', '.join(unknown)}.", field="scopes")
    if not scopes:
        raise RuleBroken("Choose at least one scope.", field="scopes")
    if not datetime.timedelta(0) < life <= LONGEST_LIFE:
        raise RuleBroken("A key lives between a day and a year.", field="expires_at")
    prefix = secrets.token_hex(4)
    text = f"aims_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        digest=digest(text),
        scopes=sorted(set(scopes)),
        created_by_id=actor.member_id,
        expires_at=now + life,
    )
    trail.record(actor, "api_key.created", key, after={"scopes": key.scopes})
    return key, text


@transaction.atomic
def revoke_key(*, actor: Actor, key: ApiKey, now: datetime.datetime) -> None:
    permissions.require(actor, "core.manage_keys")
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        trail.record(actor, "api_key.revoked", key)


def record_of(request: Any) -> directory.KeyRecord | None:
    """The key that the request carries, when it is known and valid."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    parts = text.strip().split("_", 2)
    if scheme.lower() != "bearer" or len(parts) != 3 or parts[0] != "aims":
        return None
    record = directory.key_by_prefix(parts[1][:12])
    if record is None or not hmac.compare_digest(record.digest, digest(text.strip())):
        return None
    return record


def actor_of(request: Any, slug: str) -> Actor | None:
    """The key's identity when it is valid for this organization; a key never opens another one."""
    record = record_of(request)
    if record is None or record.slug != slug:
        return None
    return Actor(
        kind=ActorKind.KEY,
        name=record.name,
        organization_id=record.organization_id,
        key_id=record.key_id,
        scopes=record.scopes,
        request_id=request.request_id,
    )


def note_use(actor: Actor, *, now: datetime.datetime) -> None:
    """Remember the last use, at most every few minutes."""
    ApiKey.objects.filter(pk=actor.key_id).exclude(last_used_at__gt=now - USED_RESOLUTION).update(
        last_used_at=now
    )
