"""The append-only trail: record() writes one line in the same transaction as what it tells of.

aims.core.verification walks the chain; aims.core.checkpoints signs its head.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from aims.core.actor import Actor, system_actor
from aims.core.canonical import canonical_json
from aims.core.models import TrailHead
from aims.core.tenancy.context import acting_as
from aims.core.texts import Aside

# Every write writes a line, so it is one statement, and not put together anew each time. Without RETURNING:
# an external auditor's role may add a line and reads only those of the own access.
INSERT_LINE = """INSERT INTO core_trailevent
 (organization_id, body, at, actor, action, object_type, object_id)
 VALUES (%s, %s, %s, %s, %s, %s, %s)"""
INSERT_TEXTS = """WITH texts AS (
 INSERT INTO core_trailtext (organization_id, actor, mark, key, text)
 SELECT %s, %s, * FROM unnest(%s::text[], %s::bytea[], %s::text[]))
"""


def record(
    actor: Actor,
    action: str,
    obj: models.Model | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one line. Its time is real time, whatever `now` a verb was given.

    Personal data stays out: people appear as member ids, and what people wrote lies beside the chain.
    """
    at = timezone.now()
    aside = Aside(type(obj) if obj is not None else None)
    body: dict[str, Any] = {
        "at": at.isoformat(),
        "actor": actor.label,
        "roles": sorted(actor.roles),
        "request": actor.request_id,
        "action": action,
    }
    if actor.client:
        body["client"] = actor.client
    if actor.stands_for:
        body["acting_for"] = sorted(actor.stands_for)
    if obj is not None:
        body["object"] = {"type": obj._meta.label_lower, "id": obj.pk, "label": _label(obj)}
    if before:
        body["before"] = aside.values(before)
    if after:
        body["after"] = aside.values(after)
    if reason:
        body["reason"] = aside.text(reason)
    line: list[Any] = [
        *(actor.organization_id, canonical_json(body), at, actor.label, action),
        *((obj._meta.label_lower, obj.pk) if obj is not None else ("", None)),
    ]
    with _as_writer(actor), transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if aside.rows:
            texts: list[Any] = [actor.organization_id, actor.label, *map(list, zip(*aside.rows, strict=True))]
            cursor.execute(INSERT_TEXTS + INSERT_LINE, [*texts, *line])
        else:
            cursor.execute(INSERT_LINE, line)


@contextmanager
def _as_writer(actor: Actor) -> Iterator[None]:
    """An operator, and who looks as an auditor would, writes nothing: the portal writes it down for them."""
    if not actor.is_operator and not actor.is_preview:
        yield
        return
    with acting_as(system_actor(actor.organization_id)):
        yield


def number_of(value: Any) -> Any:
    """A record by its number where the name of the value says what it is; anything else as it is."""
    return getattr(value, "pk", value)


def _label(obj: models.Model) -> str:
    return str(getattr(obj, "reference", "") or "")


def head() -> TrailHead | None:
    """The end of the chain of the organization acted in, as committed."""
    return TrailHead.objects.first()
