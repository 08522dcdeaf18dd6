from __future__ import annotations

from inventory.models import ModelRegistry


def model_registry() -> ModelRegistry | None:
    """The connected registry, if there is one."""
    found: ModelRegistry | None = ModelRegistry.objects.first()
    return found
