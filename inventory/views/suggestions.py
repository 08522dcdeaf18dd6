"""AI systems that are suggested while somebody types."""

from __future__ import annotations

from collections.abc import Iterable

from aims.core.suggestions import MOST_SUGGESTED, Suggestions
from inventory.queries.systems import SystemFilters, systems


class SystemSuggestions(Suggestions):
    verb = "inventory.view_systems"

    def found(self, text: str) -> Iterable[tuple[str, str]]:
        found = systems(SystemFilters(q=text), on=self.today)
        rows = found.order_by("id").values_list("reference", "name")
        return rows[:MOST_SUGGESTED]
