from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from inventory.enums import ImportState
from inventory.models import (
    InventoryImport,
)


def imports() -> QuerySet[Any]:
    return InventoryImport.objects.defer("preview").select_related("uploaded_by")


def waiting_imports() -> int:
    return InventoryImport.objects.filter(state=ImportState.PREVIEWED).count()
