"""The published list of known AI services, read once."""

from __future__ import annotations

from functools import cache

from aims.core.catalogs import KNOWN_SERVICES, catalog
from inventory.rules.discovery import KnownService


@cache
def known_services() -> tuple[KnownService, ...]:
    return tuple(
        KnownService(
            id=row["id"],
            name=row["name"],
            vendor=row["vendor"],
            aliases=tuple(row["aliases"]),
            domains=tuple(row["domains"]),
            ai_type=row["ai_type"],
            sourcing=row["sourcing"],
            whole_only=tuple(row.get("whole_only", ())),
        )
        for row in catalog(KNOWN_SERVICES)["services"]
    )


def service_of(key: str) -> KnownService | None:
    return next((each for each in known_services() if each.id == key), None)
