from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from inventory.models import (
    ScopeStatement,
)


def scope_statements() -> QuerySet[Any]:
    return ScopeStatement.objects.select_related("author", "approved_by")
