"""Form fields that name AI systems, for this app and those above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aims.core.record_fields import RecordChoice, RecordChoices
from inventory.models import AISystem


def all_systems() -> Any:
    return AISystem.objects.select_related("owner").order_by("id")


class SystemField(RecordChoice):
    """One of the AI systems, of all of them unless the form says which (`among=None`)."""

    def __init__(self, *, among: Callable[[], Any] | None = all_systems, **options: Any) -> None:
        options.setdefault("label", "AI system")
        super().__init__(
            noun="AI system",
            example="SYS-012",
            among=among,
            suggestions="system_suggestions",
            **options,
        )


class SystemsField(RecordChoices):
    """Some of the AI systems."""

    def __init__(self, *, among: Callable[[], Any] | None = all_systems, **options: Any) -> None:
        super().__init__(noun="AI system", example="SYS-012", among=among, **options)
