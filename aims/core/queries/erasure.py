"""What names a person, for the erasure of their personal data."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch
from django.utils.text import capfirst

from aims.core.history import event_model
from aims.core.models import (
    AccessGrant,
    Erasure,
    Invitation,
    KeptAnswer,
    Mail,
    Member,
    Notification,
    Reminder,
    Snapshot,
    TrailEvent,
    TrailText,
)
from aims.core.queries.trail_words import model_name
from aims.core.registry import Kept, registry
from aims.core.tenancy.context import current_organization
from aims.core.tenancy.policies import is_history, tenant_models

#: Where the erasure itself takes the place of names; and the trail, whose lines hold none.
ERASED = (
    AccessGrant,
    Invitation,
    KeptAnswer,
    Mail,
    Member,
    Notification,
    Reminder,
    TrailEvent,
    TrailText,
)
SEALED = "Approved and sealed with its SHA-256: changing it would end its proof."
WRITTEN = "Written by people in a text of the register. Change it there; row history keeps the old wording."
#: A shorter name would be found inside other words.
SHORTEST_NAME = 4


def erasures() -> QuerySet[Any]:
    return Erasure.objects.select_related("organization", "member", "requested_by", "decided_by")


def known_as(member: Member) -> list[str]:
    """Names and addresses the person went by here, the longest first."""
    events: Any = event_model(Member)
    rows = events._default_manager.filter(organization_id=member.organization_id, pgh_obj_id=member.pk)
    found = {member.name, member.email}
    for name, email in rows.values_list("name", "email").distinct():
        found |= {name, email}
    return sorted(found - {""}, key=len, reverse=True)


def kept(member: Member, names: Iterable[str]) -> list[Kept]:
    """What will still name the person: sealed documents, and texts that people wrote. One query a table."""
    words = [name for name in names if len(name) >= SHORTEST_NAME]
    return [*_sealed(member, words), *_written(words)]


def _sealed(member: Member, words: list[str]) -> Iterator[Kept]:
    snapshots = Snapshot.objects.filter(_mentions(["text"], words)) if words else Snapshot.objects.none()
    for kind, number, version in snapshots.order_by("pk").values_list("kind", "object_id", "version"):
        label = f"{capfirst(model_name(kind))} no. {number}, version {version}"
        yield Kept(label, _address(kind, number), SEALED)
    for source in registry.sealed_records:
        yield from source(member, words)


def _written(words: list[str]) -> Iterator[Kept]:
    for model in tenant_models() if words else ():
        columns = [
            column.name
            for column in model._meta.local_concrete_fields
            if isinstance(column, models.CharField | models.TextField) and not column.choices
        ]
        if not columns or is_history(model) or model in (*ERASED, Snapshot):
            continue
        found: Any = model._default_manager.filter(_mentions(columns, words))
        for number in found.order_by("pk").values_list("pk", flat=True):
            label = f"{capfirst(model._meta.verbose_name)} no. {number}"
            yield Kept(label, _address(model._meta.label, number), WRITTEN)


def _mentions(columns: list[str], words: list[str]) -> Q:
    each = (Q(**{f"{column}__icontains": word}) for column in columns for word in words)
    return functools.reduce(operator.or_, each)


def _address(label: str, number: int) -> str:
    """The record's page, without fetching the record."""
    try:
        model: Any = apps.get_model(label)
        return str(model(pk=number, organization=current_organization()).get_absolute_url())
    except (LookupError, AttributeError, NoReverseMatch, TypeError, ValueError):
        return ""
