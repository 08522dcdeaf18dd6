"""Editing many records of a register at once: each by the verb that edits one, all of them or none."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed, Problem, RuleBroken, StaleState
from aims.core.versions import only_known
from inventory.models import AIModel, AISystem, DataSet, Prompt, Supplier
from inventory.services import resources, suppliers, systems

MOST = 200


@dataclass(frozen=True)
class Register:
    """`of_many` is what can be said of several records; the rest is each one's own."""

    noun: str
    plural: str
    #: What a body of the API calls the chosen ones.
    field: str
    model: Any
    of_many: tuple[str, ...]
    edit: Callable[..., Any]


def _edit_system(record: AISystem, **said: Any) -> None:
    systems.edit_system(system=record, **said)


def _edit_supplier(record: Supplier, **said: Any) -> None:
    suppliers.edit_supplier(supplier=record, **said)


def _edit_resource(record: Any, **said: Any) -> None:
    resources.edit_resource(resource=record, **said)


def _without(keys: tuple[str, ...], own: set[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if key not in own)


def _of_resource(noun: str, plural: str, field: str, model: Any) -> Register:
    own = {"hashes", "measures", "provenance", "text", "text_sha256"}
    return Register(noun, plural, field, model, _without(model.written, own), _edit_resource)


SYSTEMS = Register(
    "system",
    "systems",
    "systems",
    AISystem,
    (*_without(systems.EDITABLE, {"name", "external_id"}), "owner"),
    _edit_system,
)
SUPPLIERS = Register(
    "supplier",
    "suppliers",
    "suppliers",
    Supplier,
    _without(suppliers.EDITABLE, {"name", "contact", "contact_email", "contract"}),
    _edit_supplier,
)
MODELS = _of_resource("AI model", "AI models", "models", AIModel)
DATA_SETS = _of_resource("data set", "data sets", "data_sets", DataSet)
PROMPTS = _of_resource("prompt or agent", "prompts or agents", "prompts", Prompt)
OF_RESOURCES: Mapping[Any, Register] = {each.model: each for each in (MODELS, DATA_SETS, PROMPTS)}


@transaction.atomic
def edit_many(
    *,
    actor: Actor,
    chosen: Mapping[int, int],
    changes: Mapping[str, Any],
    now: datetime.datetime,
    register: Register = SYSTEMS,
    custom: Mapping[str, Any] | None = None,
) -> list[Any]:
    """`chosen` is the `row_version` that was looked at, by the number of the record; `custom` are own fields.

    Raises RuleBroken with a problem for each record that refuses; NotAllowed naming those that may not be
    edited.
    """
    if not 1 <= len(chosen) <= MOST:
        raise RuleBroken(f"Choose at least one and at most {MOST} {register.plural}.", field=register.field)
    values = only_known(changes, register.of_many)
    if not values and not custom:
        raise RuleBroken("Say what is to be changed.", field="changes")
    records = list(register.model.objects.select_related("owner").filter(pk__in=chosen).order_by("id"))
    if len(records) < len(chosen):
        gone = min(set(chosen) - {record.pk for record in records})
        raise RuleBroken(f"There is no {register.noun} {gone}.", field=register.field)
    said: dict[str, Any] = {"actor": actor, "changes": values, "now": now}
    if custom:
        said["custom"] = custom
    problems, forbidden = [], {}
    for record in records:
        try:
            register.edit(record, row_version=chosen[record.pk], **said)
        except RuleBroken as refused:
            problems.append(Problem(record.reference, refused.field or "", refused.sentence))
        except StaleState as refused:
            problems.append(Problem(record.reference, "", str(refused)))
        except NotAllowed as refused:
            forbidden[record.reference] = str(refused)
    if forbidden:
        raise NotAllowed(f"Nothing was changed. {', '.join(forbidden)}: {next(iter(forbidden.values()))}")
    if problems:
        raise RuleBroken("Nothing was changed.", problems=problems)
    return records
