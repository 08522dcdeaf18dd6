"""Counts the queries that a page or verb makes itself.

with count_queries() as seen:
    client.get(url)
assert len(seen) == 4, seen
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

#: What tenancy and sign-in ask on every request, whatever the page: listed here and nowhere else.
TENANCY = (
    "set_config(",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "BEGIN",
    "COMMIT",
    "organizations_of(",
    "organization_by_slug(",
    "sign_in_demands(",
    "api_key_by_prefix(",
    'FROM "core_organization"',
    "request_counts",
    '"django_session"',
    '"usersessions_usersession"',
    '"mfa_authenticator"',
    'FROM "core_person"',
)


class Seen(list[str]):
    """The statements in order; printed one a line, so that a failing count says which one is new."""

    def __repr__(self) -> str:
        return "\n" + "\n".join(f"{number}. {statement}" for number, statement in enumerate(self, 1))


@contextmanager
def count_queries() -> Iterator[Seen]:
    """The statements of the block, without those of tenancy and sign-in."""
    seen = Seen()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not any(part in sql for part in TENANCY):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen
