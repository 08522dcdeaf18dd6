"""Taking over what a sheet says: the chosen cells, all of them or none, by the verb that edits one record."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import Problem, RuleBroken, StaleState
from aims.core.tracking import noted_in_history
from inventory.enums import ImportState
from inventory.imports.fields import COLUMNS
from inventory.imports.own_fields import PREFIX
from inventory.models import InventoryImport
from inventory.queries import sheets
from inventory.queries.provenance import IMPORT
from inventory.queries.sheets import Register
from inventory.rules.sheets import Verdict
from inventory.services import bulk

APPLY = "inventory.apply_import"
NOTHING = "Nothing was taken over."
#: The verb that edits one record.
EDIT = {
    sheets.SYSTEMS: bulk.SYSTEMS.edit,
    sheets.SUPPLIERS: bulk.SUPPLIERS.edit,
    **{register: bulk.OF_RESOURCES[register.model].edit for register in sheets.OF_RESOURCES},
}


@dataclass(frozen=True)
class Chosen:
    """A cell, and the version of the record that the person saw beside it."""

    record_id: int
    key: str
    row_version: int


@transaction.atomic
def take_over(
    *, actor: Actor, upload: InventoryImport, cells: Iterable[Chosen], now: datetime.datetime
) -> int:
    """How many cells were written. A record that changed since it was shown refuses, as in an edit."""
    permissions.require(actor, APPLY, upload)
    cells = list(cells)
    InventoryImport.objects.select_for_update().get(pk=upload.pk)
    upload.refresh_from_db()
    if upload.state != ImportState.PREVIEWED:
        raise RuleBroken("This file does not wait for a decision any more.")
    if not cells:
        raise RuleBroken("Tick what is to be taken over.", field="cells")
    register = sheets.register_of(upload)
    wanted, records = _wanted(upload, cells)
    problems = []
    for pk, (version, said) in wanted.items():
        try:
            edit = _as_edit(register, said)
            with noted_in_history(**{IMPORT: upload.pk}):
                EDIT[register](records[pk], actor=actor, row_version=version, now=now, **edit)
        except (RuleBroken, StaleState) as refused:
            problems.append(Problem(records[pk].reference, "", str(refused)))
    if problems:
        raise RuleBroken(NOTHING, problems=problems)
    trail.record(
        actor,
        "inventoryimport.taken_over",
        upload,
        after={"sha256": upload.sha256, "cells": len(cells), register.shape.key: len(wanted)},
    )
    return len(cells)


def _wanted(
    upload: InventoryImport, cells: Iterable[Chosen]
) -> tuple[dict[int, tuple[int, dict[str, Any]]], dict[int, Any]]:
    """By record the version that was seen and what changes; only what the comparison offers can be chosen."""
    comparison = sheets.comparison_of(upload)
    offered = {(row.record.pk, cell.key): (row.record, cell) for row in comparison.rows for cell in row.cells}
    said = {str(each.fields.get("reference")): each.fields for each in sheets.lines_of(upload)}
    changes: dict[int, dict[str, Any]] = defaultdict(dict)
    versions: dict[int, int] = {}
    records: dict[int, Any] = {}
    refused = []
    for cell in cells:
        record, found = offered.get((cell.record_id, cell.key), (None, None))
        if record is None or found is None or found.verdict == Verdict.HERE:
            raise StaleState(
                "The register changed meanwhile: one of these cells is no change any more. Look again."
            )
        if found.verdict == Verdict.REFUSED:
            refused.append(Problem(record.reference, cell.key, found.problem))
            continue
        changes[record.pk][cell.key] = said[record.reference][cell.key]
        versions[record.pk] = cell.row_version
        records[record.pk] = record
    if refused:
        raise RuleBroken(NOTHING, problems=refused)
    return {pk: (versions[pk], changes[pk]) for pk in changes}, records


def _as_edit(register: Register, said: Mapping[str, Any]) -> dict[str, Any]:
    """As the verb takes it: an address becomes the person, a name the record that has it."""
    edit: dict[str, Any] = {"changes": {}}
    for key, value in said.items():
        named = register.named.get(key)
        if key.startswith(PREFIX):
            edit.setdefault("custom", {})[key.removeprefix(PREFIX)] = value
        elif named and named.is_list:
            edit[named.column] = named.meant(value)
        elif named:
            edit["changes"][named.column] = named.meant(value)
        else:
            edit["changes"][COLUMNS.get(key, key)] = register.read(key, value)
    return edit
