"""Separation of duties between persons and the exceptions that lift it for a time (SOD-09).

A person who acts under a delegation counts as one person with whoever delegated to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, models

from aims.core import trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import SeparationException

_asking: ContextVar[bool] = ContextVar("asking_for_obstacles", default=False)

#: Adds to what row history keeps of this transaction: under which exception this record was written.
NOTE = """SELECT set_config('pghistory.context_metadata', jsonb_set(known, '{exceptions}',
   coalesce(known -> 'exceptions', '{}') || jsonb_build_object(%s::text, %s::text))::text, true)
 FROM (SELECT coalesce(nullif(current_setting('pghistory.context_metadata', true), ''), '{}')::jsonb)
   AS context (known)"""


@contextmanager
def only_asking() -> Iterator[None]:
    """For pages that list what stands in the way: nothing is recorded as done under an exception."""
    token = _asking.set(True)
    try:
        yield
    finally:
        _asking.reset(token)


def keep_apart(
    rule: str,
    *,
    actor: Actor,
    obj: models.Model,
    hands: Iterable[int | None],
    sentence: str,
    field: str | None = None,
) -> None:
    """Refuse an act of somebody (or of whom they stand for) whose hand is in it already."""
    touched = actor.persons & {hand for hand in hands if hand is not None}
    if not touched:
        return
    if touched <= actor.stands_for:
        raise RuleBroken(
            f"You act for somebody here, and for them it holds: {sentence} ({rule}, SOD-10)",
            field=field,
            code=rule,
        )
    lifted = not touched & actor.stands_for and excepted(
        rule, member_id=actor.member_id, obj=obj, actor=actor
    )
    if not lifted:
        raise RuleBroken(f"{sentence} ({rule})", field=field, code=rule)


def excepted(rule: str, *, member_id: int | None, obj: models.Model, actor: Actor) -> bool:
    """Whether an exception runs today that lets this member act on this record; its use is recorded."""
    found = running_exception(rule, member_id=member_id, obj=obj)
    if found is None:
        return False
    if not _asking.get():
        _note(actor, found, obj)
    return True


def running_exception(rule: str, *, member_id: int | None, obj: models.Model) -> SeparationException | None:
    whole_kind, this_one = models.Q(object_id=None), models.Q(object_id=obj.pk)
    running = SeparationException.objects.running(on=local_today())
    found: SeparationException | None = (
        running.filter(whole_kind | this_one, rule=rule, member=member_id, object_type=obj._meta.label_lower)
        .order_by("pk")
        .first()
    )
    return found


def _note(actor: Actor, exception: SeparationException, obj: models.Model) -> None:
    trail.record(
        actor,
        "separation.excepted",
        obj,
        after={"rule": exception.rule, "exception": exception.reference, "person": exception.member_id},
        reason=exception.reason,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE, [f"{obj._meta.label_lower}:{obj.pk}", f"{exception.reference} ({exception.rule})"]
        )
