"""Seeing the organization as one of its external auditors will: by the auditor's own role, reading only."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.utils import timezone

from aims.core import permissions
from aims.core.actor import Actor, ActorKind
from aims.core.directory import Place
from aims.core.enums import GrantState
from aims.core.models import AccessGrant
from aims.core.tenancy.context import acting_as

SHOWN = "previewed_grants"
READ_ONLY = "A preview only reads. End it to go on working."


def begin(request: Any, slug: str, grant: AccessGrant) -> None:
    request.session[SHOWN] = {**request.session.get(SHOWN, {}), slug: grant.pk}


def end(request: Any, slug: str) -> int | None:
    """The number of the grant that was looked at."""
    shown = dict(request.session.get(SHOWN, {}))
    found: int | None = shown.pop(slug, None)
    request.session[SHOWN] = shown
    return found


def looking(request: Any, actor: Actor, slug: str) -> tuple[Actor, Place] | None:
    """Whom this session looks as, and where; None without a preview, or when the access has ended since."""
    grant_id = request.session.get(SHOWN, {}).get(slug) if actor.kind is ActorKind.MEMBER else None
    if grant_id is None or not permissions.can(actor, "core.preview_grant"):
        return None
    with acting_as(actor):
        grant = _seen(grant_id)
    if grant is None:
        return None
    roles = frozenset({permissions.EXTERNAL_AUDITOR})
    auditor = dataclasses.replace(
        actor,
        kind=ActorKind.AUDITOR,
        name=grant.name,
        member_id=None,
        grant_id=grant.pk,
        roles=roles,
        delegations=(),
        may_download=grant.may_download,
        previewer_id=actor.member_id,
    )
    place = dataclasses.replace(
        request.place,
        member_id=None,
        display_name=grant.name,
        roles=roles,
        grant_id=grant.pk,
        purpose=grant.purpose,
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        may_download=grant.may_download,
        grant_state=GrantState.ACTIVE,
    )
    return auditor, place


def _seen(grant_id: int) -> AccessGrant | None:
    """As the database function `auditor_grant_runs` decides it for previews."""
    alive = AccessGrant.objects.filter(state__in=[GrantState.INVITED, GrantState.ACTIVE])
    return alive.filter(pk=grant_id, revoked_at=None, ends_at__gt=timezone.now()).first()
