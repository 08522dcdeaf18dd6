"""The mailbox of an anonymous reporter: found before an organization is known, and opened by its code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class MailboxPlace:
    organization_id: int
    concern_id: int


def find_mailbox(digest: str) -> MailboxPlace | None:
    """The concern whose anonymous reporter holds the code of this digest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, concern_id FROM concern_by_code(%s)", [digest])
        row = cursor.fetchone()
    return MailboxPlace(*row) if row else None


@contextmanager
def opened_by(digest: str) -> Iterator[None]:
    """Inside a transaction: the database opens the one concern of this digest, whoever acts.

    After an exception the setting goes with the transaction that is rolled back.
    """
    _bind(digest)
    yield
    _bind("")


def _bind(digest: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.current_mailbox', %s, true)", [digest])
