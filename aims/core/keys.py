"""API keys: kept as prefix and HMAC, shown once, limited in scope, time, place and pace."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from aims.core import directory, keyformat, permissions, schedule, trail
from aims.core.actor import Actor, ActorKind
from aims.core.days import end_of_day, local_today, start_of_day
from aims.core.enums import Role
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import ApiKey, KeptAnswer, Member
from aims.core.networks import clean_networks, client_address, is_within, network_of
from aims.core.registry import Due
from aims.core.versions import write_version

LONGEST_LIFE = datetime.timedelta(days=365)
USUAL_LIFE = datetime.timedelta(days=180)
USED_RESOLUTION = datetime.timedelta(minutes=5)
OVERLAP = datetime.timedelta(hours=24)
ANSWERS_KEPT = datetime.timedelta(hours=24)
USUAL_RATE, SLOWEST, FASTEST = 600, 10, 6000


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
    life: datetime.timedelta = USUAL_LIFE,
    responsible: Member | None = None,
    networks: list[str] = [],  # noqa: B006 - read only
    rate_limit: int = USUAL_RATE,
) -> tuple[ApiKey, str]:
    """The key row and the key itself, which is never readable again."""
    permissions.require(actor, "core.manage_keys")
    _check_scopes(scopes)
    _check_life(life)
    made = keyformat.new_key(settings.AIMS_ENV)
    key = ApiKey.objects.create(
        name=name,
        prefix=made.prefix,
        digest=digest(made.text),
        scopes=sorted(set(scopes)),
        responsible_id=responsible.pk if responsible else actor.member_id,
        created_by_id=actor.member_id,
        expires_at=now + life,
        **_checked(networks, rate_limit, responsible),
    )
    trail.record(actor, "api_key.created", key, after={"scopes": key.scopes, **_limits_of(key)})
    return key, made.text


@transaction.atomic
def change_key(
    *,
    actor: Actor,
    key: ApiKey,
    row_version: int,
    name: str,
    responsible: Member,
    networks: list[str],
    rate_limit: int,
) -> None:
    """What a key may do stays as it was made; who answers for it, from where and how fast may change."""
    permissions.require(actor, "core.manage_keys")
    _check_alive(key)
    before = _limits_of(key)
    values = {"name": name, "responsible": responsible, **_checked(networks, rate_limit, responsible)}
    if not write_version(ApiKey.objects.filter(pk=key.pk), row_version, **values):
        raise StaleState("Somebody else changed this key. Load it again.")
    key.refresh_from_db()
    trail.record(actor, "api_key.changed", key, before=before, after=_limits_of(key))


@transaction.atomic
def rotate_key(
    *, actor: Actor, key: ApiKey, now: datetime.datetime, life: datetime.timedelta = USUAL_LIFE
) -> str:
    """A new secret at once; the old one works for a day more, so that no program stands still."""
    permissions.require(actor, "core.manage_keys")
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    _check_alive(key)
    _check_life(life)
    made, before = keyformat.new_key(settings.AIMS_ENV), {"expires_at": key.expires_at}
    # A key that has expired comes back to life with its new secret only.
    key.previous_ends_at = min(now + OVERLAP, key.expires_at)
    key.previous_prefix, key.previous_digest = key.prefix, key.digest
    key.prefix, key.digest, key.expires_at = made.prefix, digest(made.text), now + life
    key.save()
    trail.record(actor, "api_key.rotated", key, before=before, after={"expires_at": key.expires_at})
    return made.text


@transaction.atomic
def end_overlap(*, actor: Actor, key: ApiKey, now: datetime.datetime) -> None:
    """The secret from before the rotation stops working now."""
    permissions.require(actor, "core.manage_keys")
    if key.overlaps(at=now):
        before = {"previous_ends_at": key.previous_ends_at}
        key.previous_ends_at, key.previous_prefix, key.previous_digest = now, "", ""
        key.save(update_fields=["previous_ends_at", "previous_prefix", "previous_digest"])
        trail.record(actor, "api_key.old_secret_ended", key, before=before, after={"previous_ends_at": now})


@transaction.atomic
def revoke_key(*, actor: Actor, key: ApiKey, now: datetime.datetime) -> None:
    permissions.require(actor, "core.manage_keys")
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        trail.record(actor, "api_key.revoked", key, after={"revoked_at": now})


def _check_scopes(scopes: list[str]) -> None:
    unknown = sorted(set(scopes) - set(permissions.scopes()))
    if unknown:
        raise RuleBroken(f"There is no scope {', '.join(unknown)}.", field="scopes")
    if not scopes:
        raise RuleBroken("Choose at least one scope.", field="scopes")


def _check_life(life: datetime.timedelta) -> None:
    if not datetime.timedelta(0) < life <= LONGEST_LIFE:
        raise RuleBroken("A key lives between a day and a year.", field="days")


def _check_alive(key: ApiKey) -> None:
    if key.revoked_at is not None:
        raise RuleBroken("This key is revoked. Make a new one.")


def _checked(listed: list[str], rate_limit: int, responsible: Member | None) -> dict[str, Any]:
    if not SLOWEST <= rate_limit <= FASTEST:
        raise RuleBroken(f"Choose between {SLOWEST} and {FASTEST:,} requests a minute.", field="rate_limit")
    if responsible is not None and not responsible.is_active:
        raise RuleBroken("Choose a person who has access.", field="responsible")
    return {"networks": clean_networks(listed), "rate_limit": rate_limit}


def _limits_of(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "responsible": key.responsible_id,
        "networks": list(key.networks),
        "rate_limit": key.rate_limit,
        "expires_at": key.expires_at.isoformat(),
    }


def record_of(request: Any) -> directory.KeyRecord | None:
    """The key that the request carries, when it is known, valid and used from where it may be used."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    sent = keyformat.read_key(text.strip()) if scheme.lower() == "bearer" else None
    if sent is None or sent.env != keyformat.ENVIRONMENTS[settings.AIMS_ENV]:
        return None
    record = directory.key_by_prefix(sent.prefix)
    if record is None or not hmac.compare_digest(record.digest, digest(sent.text)):
        return None
    return record if is_within(client_address(request), record.networks) else None


def actor_of(record: directory.KeyRecord, *, request_id: str) -> Actor:
    return Actor(
        kind=ActorKind.KEY,
        name=record.name,
        organization_id=record.organization_id,
        key_id=record.key_id,
        scopes=record.scopes,
        request_id=request_id,
    )


def note_use(actor: Actor, *, address: str, now: datetime.datetime) -> None:
    """Remember when and from which network it was used last, at most every few minutes."""
    ApiKey.objects.filter(pk=actor.key_id).exclude(last_used_at__gt=now - USED_RESOLUTION).update(
        last_used_at=now, last_used_from=network_of(address)
    )


def expiries_due(today: datetime.date) -> Iterator[Due]:
    """Reminder source: keys that are about to end, to the administrators and whoever answers for the key."""
    rule = schedule.RULES["api_key_expiry"]
    horizon = today + datetime.timedelta(days=max(rule.days_before) + 1)
    ending = ApiKey.objects.filter(
        revoked_at=None, expires_at__range=(start_of_day(today), end_of_day(horizon))
    )
    admins = tuple(Member.objects.with_role(Role.ADMIN).values_list("pk", flat=True))
    for key in ending.select_related("organization"):
        due = local_today(key.expires_at)
        for reminder in schedule.reminders_due(rule, due_date=due, today=today):
            yield Due(
                rule=rule.id,
                object_type=key._meta.label_lower,
                object_id=key.pk,
                due_date=due,
                member_ids=tuple(dict.fromkeys(id for id in (*admins, key.responsible_id) if id)),
                text=f"The API key {key.name} ends on {due:%Y-%m-%d}",
                url=f"/o/{key.organization.slug}/api-keys/",
                step=reminder.days_left,
            )


def forget_answers(actor: Actor, today: datetime.date) -> None:
    """Kept answers of the API are promised for a day."""
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT).delete()
