"""Editing many AI systems at once: each by the verb that edits one, all of them or none."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core.actor import Actor
from aims.core.exceptions import Problem, RuleBroken, StaleState
from aims.core.versions import only_known
from inventory.models import AISystem
from inventory.services.systems import EDITABLE, edit_system

MOST = 200
#: What is one system's own is not said of many.
OF_ONE = {"name", "external_id"}
OF_MANY = (*(key for key in EDITABLE if key not in OF_ONE), "owner")


@transaction.atomic
def edit_many(
    *,
    actor: Actor,
    chosen: Mapping[int, int],
    changes: Mapping[str, Any],
    custom: Mapping[str, Any] | None = None,
    now: datetime.datetime,
) -> list[AISystem]:
    """`chosen` is the `row_version` that was looked at, by the number of the system.

    Raises RuleBroken with a problem for each system that refuses; NotAllowed where one may not be edited.
    """
    if not 1 <= len(chosen) <= MOST:
        raise RuleBroken(f"Choose at least one and at most {MOST} systems.", field="systems")
    values = only_known(changes, OF_MANY)
    if not values and not custom:
        raise RuleBroken("Say what is to be changed.", field="changes")
    found = AISystem.objects.select_related("owner", "risk_owner").filter(pk__in=chosen).order_by("id")
    systems = list(found)
    if len(systems) < len(chosen):
        gone = min(set(chosen) - {system.pk for system in systems})
        raise RuleBroken(f"There is no system {gone}.", field="systems")
    problems = []
    for system in systems:
        try:
            edit_system(
                actor=actor,
                system=system,
                row_version=chosen[system.pk],
                changes=values,
                custom=custom,
                now=now,
            )
        except RuleBroken as refused:
            problems.append(Problem(system.reference, refused.field or "", refused.sentence))
        except StaleState as refused:
            problems.append(Problem(system.reference, "", str(refused)))
    if problems:
        raise RuleBroken("Nothing was changed.", problems=problems)
    return systems
