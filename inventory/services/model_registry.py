"""The connection to a model registry: kept by whoever keeps the register; its token leaves by no page."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.sealing import seal
from aims.core.versions import STALE, write_version
from inventory.models import ModelRegistry
from inventory.rules.model_registry import clean_address, require_own_token

KEEP = "inventory.keep_model_registry"
LONGEST_NAME, LONGEST_TOKEN = 200, 4000


@transaction.atomic
def write_registry(
    *,
    actor: Actor,
    address: str,
    row_version: int,
    now: datetime.datetime,
    user_name: str = "",
    token: str = "",
    all_versions: bool = False,
) -> ModelRegistry:
    """Connect, or change the connection. An empty token leaves the one that is stored."""
    permissions.require(actor, KEEP)
    values: dict[str, Any] = {
        "address": clean_address(address),
        "user_name": user_name.strip(),
        "all_versions": all_versions,
    }
    if not token.isprintable() or not token.isascii() or ":" in values["user_name"]:
        raise RuleBroken("The user name or the token holds characters that cannot be sent.", field="token")
    registry = ModelRegistry.objects.first()
    if registry is None:
        registry = ModelRegistry.objects.create(sealed_token=seal(token) if token else "", **values)
        trail.record(actor, "modelregistry.connected", registry, after={**values, "token": bool(token)})
        return registry
    before = {name: getattr(registry, name) for name in values}
    require_own_token(
        before=(registry.address, registry.user_name),
        after=(values["address"], values["user_name"]),
        token=token,
        has_token=registry.has_token,
    )
    secret = {"sealed_token": seal(token)} if token else {}
    if before == values and not secret:
        return registry
    if not write_version(ModelRegistry.objects.filter(pk=registry.pk), row_version, **values, **secret):
        raise StaleState(STALE)
    told = {"token": "replaced"} if token else {}
    trail.record(actor, "modelregistry.changed", registry, before=before, after={**values, **told})
    registry.refresh_from_db()
    return registry


@transaction.atomic
def remove_registry(*, actor: Actor, now: datetime.datetime) -> None:
    """The token goes with it. What was imported from it stays."""
    permissions.require(actor, KEEP)
    registry = ModelRegistry.objects.first()
    if registry is None:
        raise RuleBroken("No model registry is connected.")
    trail.record(actor, "modelregistry.removed", registry, before={"address": registry.address})
    registry.delete()
