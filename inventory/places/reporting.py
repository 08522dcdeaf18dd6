"""Where the public form is found from inside."""

from __future__ import annotations

from collections.abc import Iterator

from aims.core.registry import NavigationEntry


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry(
        "Organization", "Public form", "reporting_form", "globe", "inventory.view_reporting_form", 44
    )
