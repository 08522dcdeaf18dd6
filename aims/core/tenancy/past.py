"""Reading an organization as it was at a past moment, by the same pages and the same queries.

For every tracked table there is a view of the same name in the schema `past`: its rows at `app.as_of`, from
the row history. `looking_back` puts that schema first in the search path of the transaction, so whatever
reads a table reads the past, and can write nothing. Tables without history are read as they are today.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

SCHEMA = "past"
OPEN = "SELECT set_config('search_path', 'past, public', true), set_config('app.as_of', %s, true)"
CLOSE = "SELECT set_config('search_path', %s, true), set_config('app.as_of', '', true)"

_moment: ContextVar[datetime.datetime | None] = ContextVar("past_moment", default=None)


def past_moment() -> datetime.datetime | None:
    """The moment that is looked back to; None when it is now."""
    return _moment.get()


@contextmanager
def looking_back(moment: datetime.datetime) -> Iterator[None]:
    """Inside `acting_as`: every tracked table is read as it was at the moment."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    with transaction.atomic():  # whose rollback takes the search path back as well
        with connection.cursor() as cursor:
            cursor.execute("SHOW search_path")
            before = cursor.fetchone()[0]
            cursor.execute(OPEN, [moment.isoformat()])
        token = _moment.set(moment)
        try:
            yield
        finally:
            _moment.reset(token)
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(CLOSE, [before])


def tracked_models() -> Iterator[tuple[type[models.Model], type[models.Model]]]:
    """Each model with row history, and the model of its history."""
    for event in apps.get_models():
        tracked = getattr(event, "pgh_tracked_model", None)
        if tracked is not None:
            yield tracked, event


def statements() -> Iterator[str]:
    """The schema as the models are now; run after each migrate."""
    yield removal()
    yield f"CREATE SCHEMA {SCHEMA}"
    yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO portal_app"
    for model, event in tracked_models():
        yield _view(model, event)
        yield f"GRANT SELECT ON {SCHEMA}.{model._meta.db_table} TO portal_app"


def removal() -> str:
    """Before a migration: a view would hold the columns it reads in place."""
    return f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"


def _view(model: type[models.Model], event: type[models.Model]) -> str:
    # The key first among the sorted, so that a search for one row reads the history of that row only.
    columns = [field.column for field in model._meta.local_concrete_fields if not field.primary_key]
    key, named = model._meta.pk.column, ", ".join(f'"{column}"' for column in columns)
    return f"""CREATE VIEW {SCHEMA}.{model._meta.db_table} WITH (security_invoker = true) AS
SELECT "{key}", {named} FROM (
  SELECT DISTINCT ON (pgh_obj_id) pgh_label, pgh_obj_id AS "{key}", {named}
    FROM public.{event._meta.db_table}
   WHERE organization_id = (current_setting('app.current_org'))::bigint
     AND pgh_created_at <= (current_setting('app.as_of'))::timestamptz
   ORDER BY pgh_obj_id, pgh_id DESC) latest
 WHERE pgh_label <> 'delete'"""  # noqa: S608 (names of our own tables)
