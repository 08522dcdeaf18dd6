"""Editing a record: what may be set, and of two people only the one who read the version in store writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import F, QuerySet

from aims.core import trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState

STALE = "Somebody changed this record while you were editing it. Reload and look again."


def write_version(rows: QuerySet[Any], row_version: int, **values: Any) -> bool:
    """Write when `row_version` is still in store, and count it up. False when somebody was faster."""
    return bool(rows.filter(row_version=row_version).update(**values, row_version=F("row_version") + 1))


def only_known(values: Mapping[str, Any], allowed: Iterable[str]) -> dict[str, Any]:
    """What may be set, without blanks around texts; anything else is refused by name."""
    unknown = sorted(set(values) - set(allowed))
    if unknown:
        raise RuleBroken(f"{', '.join(unknown)} cannot be set here.", field=unknown[0])
    return {key: value.strip() if isinstance(value, str) else value for key, value in values.items()}


def write_changes(
    actor: Actor,
    record: Any,
    *,
    row_version: int,
    values: Mapping[str, Any],
    action: str,
    check: Callable[[Mapping[str, Any]], None],
    shown: Callable[[Any], Any] = trail.number_of,
) -> dict[str, Any]:
    """Write what differs, with its line in the trail; the answer is what differed.

    `check` looks at the record as it is to stand, and is given what differs; `shown` is how the trail tells a
    value. Raises StaleState where somebody wrote since `row_version` was read.
    """
    differing = {key: value for key, value in values.items() if getattr(record, key) != value}
    before = {key: shown(getattr(record, key)) for key in differing}
    for key, value in differing.items():
        setattr(record, key, value)
    check(differing)
    if not differing:
        return differing
    if not write_version(type(record).objects.filter(pk=record.pk), row_version, **differing):
        raise StaleState(STALE)
    record.row_version = row_version + 1
    after = {key: shown(value) for key, value in differing.items()}
    trail.record(actor, action, record, before=before, after=after)
    return differing
