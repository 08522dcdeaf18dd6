from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.models import Snapshot
from inventory.models import (
    ScopeStatement,
)


def scope_statements() -> QuerySet[Any]:
    return ScopeStatement.objects.select_related("author", "approved_by")


def readable_statements(actor: Actor) -> QuerySet[Any]:
    """Who only reads the scope, and not the context around it, reads what was approved."""
    found = scope_statements()
    return found if permissions.can(actor, "inventory.view_context") else found.exclude(approved_at=None)


def scope_in_force() -> ScopeStatement | None:
    found: ScopeStatement | None = scope_statements().exclude(approved_at=None).first()
    return found


def frozen(scope: ScopeStatement) -> Snapshot | None:
    """What was approved, word for word. An external auditor reads it when their access covers the version."""
    kind = ScopeStatement._meta.label_lower
    found: Snapshot | None = Snapshot.objects.filter(kind=kind, object_id=scope.pk).first()
    return found


def hashes_of(scopes: Iterable[ScopeStatement]) -> dict[int, str]:
    """One query: the SHA-256 of the frozen copy by version."""
    ids = [scope.pk for scope in scopes]
    found = Snapshot.objects.filter(kind=ScopeStatement._meta.label_lower, object_id__in=ids)
    return dict(found.values_list("object_id", "sha256"))
