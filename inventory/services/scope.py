"""The scope of the AI management system: written by version, approved by somebody else."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from aims.core import permissions, snapshots, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.transitions import not_author
from inventory.models import ScopeStatement
from inventory.rules import context as rules

Rows = Iterable[Mapping[str, str]]


@transaction.atomic
def write_scope_statement(
    *,
    actor: Actor,
    statement: str,
    now: datetime.datetime,
    boundaries: str = "",
    sites: Rows = (),
    exclusions: Rows = (),
    change_note: str = "",
) -> ScopeStatement:
    """A new version, waiting for approval. What is approved stays as it is."""
    permissions.require(actor, "inventory.write_scope")
    if not statement.strip():
        raise RuleBroken("Write down what the AI management system covers.", field="statement")
    newest = ScopeStatement.objects.aggregate(version=Max("version"))["version"] or 0
    scope = ScopeStatement.objects.create(
        organization_id=actor.organization_id,
        version=newest + 1,
        statement=statement.strip(),
        boundaries=boundaries.strip(),
        sites=rules.sites_of(sites),
        exclusions=rules.exclusions_of(exclusions),
        change_note=change_note.strip(),
        author_id=actor.member_id,
        created_at=now,
    )
    trail.record(actor, "scopestatement.written", scope, after={"version": scope.version})
    return scope


@transaction.atomic
def approve_scope_statement(*, actor: Actor, scope: ScopeStatement, now: datetime.datetime) -> ScopeStatement:
    """Top management approves the newest version, and never one they wrote themselves (SOD-01)."""
    permissions.require(actor, "inventory.approve_scope", scope)
    not_author(actor, scope)
    if ScopeStatement.objects.filter(version__gt=scope.version).exists():
        raise RuleBroken("There is a newer version. Approve that one.")
    approved = ScopeStatement.objects.filter(pk=scope.pk, approved_at=None).update(
        approved_by_id=actor.member_id, approved_at=now
    )
    if not approved:
        raise StaleState("This version is approved already.")
    scope.refresh_from_db()
    snapshots.freeze(actor, scope, scope_content(scope), now=now, version=scope.version)
    trail.record(actor, "scopestatement.approved", scope, after={"version": scope.version})
    return scope


def scope_content(scope: ScopeStatement) -> dict[str, Any]:
    return {
        "version": scope.version,
        "statement": scope.statement,
        "boundaries": scope.boundaries,
        "sites": scope.sites,
        "exclusions": scope.exclusions,
        "change_note": scope.change_note,
        "author": scope.author_id,
        "created_at": scope.created_at.isoformat(),
        "approved_by": scope.approved_by_id,
        "approved_at": scope.approved_at.isoformat() if scope.approved_at else None,
    }
