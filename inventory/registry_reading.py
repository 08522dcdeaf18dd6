"""A model registry on its way in: asked by a job, kept as a file, then previewed like an upload."""

from __future__ import annotations

import datetime
import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from aims.core import blobs, jobs, permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.fetching import FetchFailed
from aims.core.models import Job
from aims.core.registry import registry
from aims.core.sealing import SealBroken
from aims.core.tenancy.context import acting_in
from inventory.enums import ImportState
from inventory.importing import UNOPENED, note_preview, note_refusal
from inventory.imports.formats import Format, ImportRefused
from inventory.imports.sandbox import parse_in_subprocess
from inventory.mlflow import Access, read_registry
from inventory.models import InventoryImport, ModelRegistry

LONGEST_NAME = 150
LOST = "The stored token cannot be read any more. Give it again in the connection."
NOT_CONNECTED = "No model registry is connected."


@transaction.atomic
def start_reading(*, actor: Actor, now: datetime.datetime) -> InventoryImport:
    """Let a worker ask the registry; nothing enters the inventory before somebody applies the preview."""
    permissions.require(actor, "inventory.import_systems")
    # One at a time: whoever comes second waits here and then sees the first.
    connection = ModelRegistry.objects.select_for_update().first()
    if connection is None:
        raise RuleBroken(f"{NOT_CONNECTED} Connect one first.")
    under_way = InventoryImport.objects.filter(format=Format.MLFLOW, state=ImportState.UPLOADED)
    if under_way.exists():
        raise RuleBroken("The registry is being read already. Wait for that import, or discard it.")
    name = f"MLflow at {_access(connection).host}, {now:%Y-%m-%d %H.%M}.json"
    upload: InventoryImport = InventoryImport.objects.create(
        file_name=blobs.clean_name(name[-LONGEST_NAME:]),
        format=Format.MLFLOW,
        uploaded_by_id=actor.member_id,
        uploaded_at=now,
    )
    upload.job = jobs.enqueue(
        actor=actor,
        kind="read_registry",
        key=f"read_registry:{upload.pk}",
        title=f"Reading {upload.file_name}"[:200],
        arguments={"import": upload.pk},
    )
    upload.save(update_fields=["job"])
    trail.record(actor, "inventoryimport.asked", upload, after={"address": connection.address})
    return upload


@registry.job("read_registry")
def read(work: jobs.Work) -> jobs.Finish:
    import_id = work.arguments["import"]
    with acting_in(work.organization_id):
        connection = ModelRegistry.objects.first()
        upload = InventoryImport.objects.get(pk=import_id)
    if connection is None:
        return partial(note_refusal, import_id, NOT_CONNECTED)
    try:
        access = _access(connection, token=connection.token)
        document = read_registry(access, now=timezone.now(), tell=work.progress)
        work.progress(95, "Storing the preview")
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "registry.json"
            path.write_text(json.dumps(document), encoding="utf-8")
            parsed = parse_in_subprocess(path, upload.file_name, Format.MLFLOW)
            with acting_in(work.organization_id), path.open("rb") as file:
                blob = blobs.store(file, name=upload.file_name, trusted_type=UNOPENED)
    except SealBroken:
        return partial(note_refusal, import_id, LOST)
    except (FetchFailed, ImportRefused) as refused:
        return partial(note_refusal, import_id, str(refused))

    def finish() -> dict[str, Any]:
        kept = InventoryImport.objects.filter(pk=import_id, state=ImportState.UPLOADED)
        kept.update(blob=blob, sha256=blob.sha256)
        return note_preview(import_id, parsed)

    return finish


@registry.job("read_registry:failed")
def note_failed_reading(job: Job, sentence: str) -> None:
    note_refusal(job.arguments["import"], "The registry could not be read. Ask it again.")


def _access(connection: ModelRegistry, *, token: str = "") -> Access:
    return Access(
        address=connection.address,
        user_name=connection.user_name,
        token=token,
        all_versions=connection.all_versions,
    )
