"""The organization a piece of work acts in, and the transaction it is bound to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

if TYPE_CHECKING:
    from aims.core.actor import Actor
    from aims.core.models import Organization

_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
#: The organization's row, once something in the scope has asked for it.
_read: ContextVar[list[Organization] | None] = ContextVar("organization read", default=None)


class NotActing(RuntimeError):
    """A tenant table was asked for outside `acting_in`: a mistake in the program, never shown to people."""


def current_actor() -> Actor:
    """The acting identity; raises NotActing outside `acting_in`."""
    actor = _acting.get()
    if actor is None:
        raise NotActing("No organization is being acted in. Open one with acting_in(organization).")
    return actor


def current_organization_id() -> int | None:
    actor = _acting.get()
    return actor.organization_id if actor else None


def actor_or_none() -> Actor | None:
    return _acting.get()


def current_organization() -> Organization:
    """The organization acted in, read at most once in a scope."""
    from aims.core.models import Organization

    organization_id, read = current_actor().organization_id, _read.get()
    if read is None:
        return Organization.objects.get(pk=organization_id)
    if not read:
        read.append(Organization.objects.get(pk=organization_id))
    return read[0]


@contextmanager
def acting_as(actor: Actor, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[Actor]:
    """Open (or join) a transaction bound to the actor's organization.

    On the way out the enclosing transaction goes on with the organization it had before.
    """
    connection: Any = connections[using]
    nested = connection.in_atomic_block
    token, read = _acting.set(actor), _read.set([])
    try:
        with transaction.atomic(using=using):
            if nested:
                connection.bind_actor()  # an outermost atomic() is bound by the backend
            yield actor
    finally:
        _read.reset(read)
        _acting.reset(token)
        if nested and connection.in_atomic_block and not connection.needs_rollback:
            connection.bind_actor()


@contextmanager
def acting_for_nobody() -> Iterator[None]:
    """As if no scope were open, for what opens its own, whoever calls it."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    token, read = _acting.set(None), _read.set(None)
    try:
        connection.bind_actor()
        yield
    finally:
        _read.reset(read)
        _acting.reset(token)
        if not connection.needs_rollback:
            connection.bind_actor()


@contextmanager
def acting_in(organization: Organization | int, *, actor: Actor | None = None) -> Iterator[Actor]:
    """Act in one organization, as the system when nobody is named. For commands and tasks."""
    from aims.core.actor import system_actor

    organization_id = organization if isinstance(organization, int) else organization.pk
    with acting_as(actor or system_actor(organization_id)) as acting:
        yield acting
