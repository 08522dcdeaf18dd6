"""The list of those who read one concern."""

from __future__ import annotations

from collections.abc import Iterable

from aims.core.tenancy.models import fill_organization
from inventory.models import Concern, ConcernAccess, ConcernHandler


def put_on_list(concern: Concern, handlers: Iterable[ConcernHandler]) -> None:
    """In one statement: a list that were half made would shut out whoever makes it."""
    rows = [ConcernAccess(concern=concern, handler=handler) for handler in handlers]
    ConcernAccess.objects.bulk_create(fill_organization(rows), ignore_conflicts=True)
