"""A workbook that takes longer than a request: asked for, written by a worker, fetched by whoever asked.

It is a copy for a day and no record: no row tells of the file, so that `aims.core.orphans` takes it away.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from aims.core import blobs, jobs, permissions, trail
from aims.core.actor import Actor
from aims.core.canonical import canonical_json
from aims.core.days import local_today
from aims.core.enums import JobState
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.messages import tell
from aims.core.models import Blob, Job, Member
from aims.core.registry import registry
from aims.core.tenancy.context import acting_as, current_organization
from inventory.exports.sheet import MEDIA_TYPE, file_name, workbook_of
from inventory.importing import requester_of
from inventory.queries import resources, sheets, suppliers, systems
from inventory.queries.sheets import Register

KIND = "write_sheet"
BATCH = 500
#: Of one person; a workbook takes a worker some seconds, and nobody fills the queue for everybody.
MOST_UNFINISHED = 3


@transaction.atomic
def request_sheet(
    *, actor: Actor, register: Register, asked: Mapping[str, Any], now: datetime.datetime
) -> Job:
    """`asked` is what the filters of the register said. Pressing twice within a minute asks once."""
    permissions.require(actor, register.view)
    if actor.member_id is None or not actor.may_download:
        raise NotAllowed("Your access does not include such a file.")
    digest = hashlib.sha256(canonical_json(asked).encode()).hexdigest()[:12]
    key = f"{KIND}:{actor.member_id}:{register.shape.key}:{digest}:{now:%Y%m%d%H%M}"
    unfinished = Job.objects.filter(kind=KIND, requested_by_id=actor.member_id).exclude(
        state__in=[JobState.DONE, JobState.FAILED]
    )
    if unfinished.exclude(idempotency_key=key).count() >= MOST_UNFINISHED:
        raise RuleBroken(f"{MOST_UNFINISHED} workbooks are being written for you. Wait for one of them.")
    job = jobs.enqueue(
        actor=actor,
        kind=KIND,
        key=key,
        title=f"Workbook: {register.plural}",
        arguments={"register": register.shape.key, "asked": dict(asked)},
    )
    trail.record(actor, "job.sheet_requested", job, after={"register": register.shape.key})
    return job


@registry.job(KIND)
def write_sheet(work: jobs.Work) -> jobs.Finish:
    """With the rights that whoever asked has now."""
    register = _register(work.arguments)
    work.progress(1, "Looking up the records")
    actor = requester_of(work)
    with acting_as(actor):
        permissions.require(actor, register.view)
        found = records(register, work.arguments["asked"], on=local_today(timezone.now()))
        numbers = list(found.order_by("id").values_list("id", flat=True))
    content = workbook_of(_rows(work, actor, register, numbers), register.shape)
    work.progress(99, "Storing")
    _keep(content, _key(work.organization_id, work.job_id))

    def finish() -> dict[str, Any]:
        member = Member.objects.get(pk=actor.member_id or 0)
        url = reverse("sheet_file", args=[current_organization().slug, work.job_id])
        tell(
            member,
            dedupe=f"sheet:{work.job_id}",
            text=f"Your workbook of {len(numbers)} {register.plural} is ready until tomorrow.",
            url=url,
        )
        return {"url": url, "label": "Download the workbook"}

    return finish


def _rows(work: jobs.Work, actor: Actor, register: Register, numbers: list[int]) -> Iterator[dict[str, Any]]:
    """Each row carries the version it was read in: a register that changes meanwhile does no harm."""
    for start in range(0, len(numbers), BATCH):
        with acting_as(actor):
            batch = register.model.objects.filter(pk__in=numbers[start : start + BATCH])
            rows = list(sheets.sheet_rows(batch, register))
        yield from rows
        work.progress(1 + 97 * min(start + BATCH, len(numbers)) // len(numbers), "Writing the rows")


def records(register: Register, asked: Mapping[str, Any], *, on: datetime.date) -> Any:
    """What the filters of a register leave."""
    if register is sheets.SYSTEMS:
        custom = tuple(map(tuple, asked.get("custom", ())))
        return systems.systems(systems.SystemFilters(**{**asked, "custom": custom}), on=on)
    if register is sheets.SUPPLIERS:
        return suppliers.suppliers(suppliers.SupplierFilters(**asked), on=on)
    return resources.resources(register.model, resources.ResourceFilters(**asked))


def file_of(job_id: int, actor: Actor) -> Blob | None:
    """For whoever asked, and still may read the register; nothing once it was swept away."""
    if actor.member_id is None:
        return None
    mine = Job.objects.filter(pk=job_id, kind=KIND, state=JobState.DONE, requested_by_id=actor.member_id)
    job = mine.first()
    if job is None:
        return None
    shape = _register(job.arguments).shape
    permissions.require(actor, _register(job.arguments).view)
    key = _key(job.organization_id, job.pk)
    if not default_storage.exists(key):
        return None
    # Served like any stored file, and never a row.
    return Blob(storage_key=key, file_name=file_name(shape), media_type=MEDIA_TYPE)


def _register(arguments: Mapping[str, Any]) -> Register:
    return sheets.BY_KEY[arguments["register"]]


def _key(organization_id: int, job_id: int) -> str:
    return f"{blobs.folder_of(organization_id)}/sheets/{job_id}.xlsx"


def _keep(content: bytes, key: str) -> None:
    default_storage.delete(key)  # of an attempt that died
    default_storage.save(key, ContentFile(content))
