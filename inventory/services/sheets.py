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
from aims.core.ownerships import holders
from aims.core.tracking import noted_in_history
from inventory.enums import ImportState
from inventory.imports.fields import COLUMNS
from inventory.imports.record import ParsedFile
from inventory.models import AISystem, InventoryImport
from inventory.queries.provenance import IMPORT
from inventory.queries.sheets import comparison_of
from inventory.rules.sheets import Verdict
from inventory.services.systems import edit_system

APPLY = "inventory.apply_import"


@dataclass(frozen=True)
class Chosen:
    """A cell, and the version of the record that the person saw beside it."""

    system_id: int
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
    wanted, systems = _wanted(upload, cells)
    problems = []
    for pk, (version, changes) in wanted.items():
        try:
            changes = _with_owner(changes)
            with noted_in_history(**{IMPORT: upload.pk}):
                edit_system(actor=actor, system=systems[pk], row_version=version, changes=changes, now=now)
        except (RuleBroken, StaleState) as refused:
            problems.append(Problem(systems[pk].reference, "", str(refused)))
    if problems:
        raise RuleBroken("Nothing was taken over.", problems=problems)
    trail.record(
        actor,
        "inventoryimport.taken_over",
        upload,
        after={"sha256": upload.sha256, "cells": len(cells), "systems": len(wanted)},
    )
    return len(cells)


def _wanted(
    upload: InventoryImport, cells: Iterable[Chosen]
) -> tuple[dict[int, tuple[int, dict[str, Any]]], dict[int, AISystem]]:
    """By system the version that was seen and what changes; only what the comparison offers can be chosen."""
    comparison = comparison_of(upload)
    offered = {
        (row.system.pk, cell.key): row.system
        for row in comparison.rows
        for cell in row.cells
        if cell.verdict in {Verdict.CHANGED, Verdict.CONFLICT}
    }
    said = {
        str(each.fields.get("reference")): each.fields
        for each in ParsedFile.from_data(upload.preview).systems
    }
    changes: dict[int, dict[str, Any]] = defaultdict(dict)
    versions: dict[int, int] = {}
    systems: dict[int, AISystem] = {}
    for cell in cells:
        system = offered.get((cell.system_id, cell.key))
        if system is None:
            raise StaleState(
                "The register changed meanwhile: one of these cells is no change any more. Look again."
            )
        value = said[system.reference][cell.key]
        changes[system.pk][cell.key] = value
        versions[system.pk] = cell.row_version
        systems[system.pk] = system
    return {pk: (versions[pk], changes[pk]) for pk in changes}, systems


def _with_owner(changes: Mapping[str, Any]) -> dict[str, Any]:
    """As columns of the record; an address becomes the person."""
    values = {COLUMNS.get(key, key): _empty(key, value) for key, value in changes.items()}
    if "owner_email" in values:
        email = values.pop("owner_email")
        values["owner"] = None
        if email:
            values["owner"] = holders("systems").filter(email__iexact=email).first()
            if values["owner"] is None:
                raise RuleBroken(f"No AI system owner here has the address {email}.")
    return values


def _empty(key: str, value: Any) -> Any:
    """What nothing is in the column."""
    if value is not None or key == "owner_email":
        return value
    column: Any = AISystem._meta.get_field(COLUMNS.get(key, key))
    return column.get_default()
