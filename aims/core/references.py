"""Human references (R-012, EV-031), counted per organization and kind without gaps under races."""

from __future__ import annotations

from django.db import connection

from aims.core.tenancy.context import current_actor

NEXT = """INSERT INTO core_reference (organization_id, kind, last) VALUES (%s, %s, %s)
 ON CONFLICT (organization_id, kind) DO UPDATE SET last = core_reference.last + EXCLUDED.last
 RETURNING last"""


def next_reference(kind: str) -> str:
    """The next reference of a kind, such as `R-012`."""
    return next_references(kind, 1)[0]


def next_references(kind: str, count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [current_actor().organization_id, kind, count])
        last = cursor.fetchone()[0]
    return [f"{kind}-{number:03d}" for number in range(last - count + 1, last + 1)]
