"""Row history by database triggers: bulk writes and hand-written SQL are kept as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=type[Model])
SETTING = "pghistory.context_metadata"


def tracked(model: M) -> M:
    """Keep every version of a register's rows, so that it can be read as of a past date."""
    wrapped: Any = pghistory.track(context_id_field=None)(model)  # type: ignore[arg-type]
    return wrapped


@contextmanager
def noted_in_history(**note: Any) -> Iterator[None]:
    """Rows written within keep these words in their history, beside who acted.

    An error rolls back to a savepoint, which takes the words back too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(nullif(current_setting(%s, true), ''), '{}')", [SETTING])
        (before,) = cursor.fetchone()
        cursor.execute(
            "SELECT set_config(%s, %s, true)", [SETTING, json.dumps({**json.loads(before), **note})]
        )
        yield
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, before])
