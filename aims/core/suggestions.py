"""What is suggested while somebody types which record a form means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aims.core.generic import Page

MOST_SUGGESTED = 20


class Suggestions(Page):
    """The options of one field: references with the names they stand for. Subclasses give `found()`."""

    template_name = "core/_suggestions.html"

    def found(self, text: str) -> Iterable[tuple[str, str]]:
        """(reference, name) of what could be meant."""
        raise NotImplementedError

    def context(self) -> Mapping[str, Any]:
        asked = self.request.GET
        text = asked.get(asked.get("field", ""), "").strip()
        return {"suggested": self.found(text) if text else ()}
