"""Row history by database triggers: bulk writes and hand-written SQL are kept as well."""

from __future__ import annotations

from typing import Any, TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def tracked(model: M) -> M:
    """Keep every version of a register's rows, so that it can be read as of a past date."""
    wrapped: Any = pghistory.track(context_id_field=None)(model)  # type: ignore[arg-type]
    return wrapped
