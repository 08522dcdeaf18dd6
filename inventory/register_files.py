"""A file of a register that takes longer than a request: asked for, written by a worker, fetched by whoever
asked.

It is a copy for a day and no record: no row tells of the file, so that `aims.core.orphans` takes it away.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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
from inventory.exports.files import KINDS, ExportedFile, export
from inventory.exports.sheet import MEDIA_TYPE, file_name, workbook_of
from inventory.imports.shapes import Shape
from inventory.models import AISystem
from inventory.queries import exports, resources, sheets, suppliers, systems
from inventory.queries.sheets import Register

KIND = "write_register_file"
SHEET = "sheet"
BATCH = 500
#: Of one person or key; a file takes a worker some seconds, and nobody fills the queue for everybody.
MOST_UNFINISHED = 3


@dataclass(frozen=True)
class Format:
    """A format that a register is handed out in as a whole."""

    key: str
    label: str
    media_type: str


def formats_of(register: Register) -> dict[str, Format]:
    found = {SHEET: Format(SHEET, "Workbook", MEDIA_TYPE)}
    if register is sheets.SYSTEMS:
        kinds = (kind for kind in KINDS.values() if not kind.of_one)
        found |= {kind.key: Format(kind.key, kind.label, kind.media_type) for kind in kinds}
    return found


@transaction.atomic
def request_file(
    *, actor: Actor, register: Register, format: str, asked: Mapping[str, Any], now: datetime.datetime
) -> Job:
    """`asked` is what the filters of the register said. What is being written already is not asked for again.

    Raises RuleBroken for a format that the register is not handed out in, and for too many at once.
    """
    permissions.require(actor, register.view)
    if not (actor.may_download and (actor.member_id or actor.key_id)):
        raise NotAllowed("Your access does not include such a file.")
    if format not in formats_of(register):
        known = ", ".join(formats_of(register))
        raise RuleBroken(f"{register.plural.capitalize()} are written as one of: {known}.", field="kind")
    records(register, asked, on=local_today(now))  # refuses what the list would refuse
    digest = hashlib.sha256(canonical_json(asked).encode()).hexdigest()[:12]
    who = f"member-{actor.member_id}" if actor.member_id else f"key-{actor.key_id}"
    request = f"{KIND}:{who}:{register.shape.key}:{format}:{digest}:"
    unfinished = list(_asked_by(actor).exclude(state__in=[JobState.DONE, JobState.FAILED]))
    for job in unfinished:
        if job.idempotency_key.startswith(request):
            return job
    if len(unfinished) >= MOST_UNFINISHED:
        raise RuleBroken(f"{MOST_UNFINISHED} files are being written for you. Wait for one of them.")
    arguments = {"register": register.shape.key, "format": format, "asked": dict(asked), "key": actor.key_id}
    job = jobs.enqueue(
        actor=actor,
        kind=KIND,
        key=f"{request}{now:%Y%m%d%H%M%S%f}",
        title=f"{formats_of(register)[format].label}: {register.plural}",
        arguments=arguments,
    )
    trail.record(
        actor, "job.register_file_requested", job, after={"register": register.shape.key, "format": format}
    )
    return job


def _asked_by(actor: Actor) -> Any:
    """A key leaves no member on a job: its number stands among the arguments."""
    found = Job.objects.filter(kind=KIND)
    if actor.member_id is not None:
        return found.filter(requested_by_id=actor.member_id)
    return found.filter(requested_by=None, arguments__key=actor.key_id) if actor.key_id else found.none()


@registry.job(KIND)
def write_register_file(work: jobs.Work) -> jobs.Finish:
    """With the rights that whoever asked has now."""
    register, format = _register(work.arguments), _format(work.arguments)
    work.progress(1, "Looking up the records")
    actor = jobs.requester_of(work)
    with acting_as(actor):
        permissions.require(actor, register.view)
        found = records(register, work.arguments["asked"], on=local_today(timezone.now()))
        numbers = list(found.order_by("id").values_list("id", flat=True))
    made = _made(work, actor, register, format, numbers)
    work.progress(99, "Storing")
    _keep(made.content, _key(work.organization_id, work.job_id))

    def finish() -> dict[str, Any]:
        url = reverse("register_file", args=[current_organization().slug, work.job_id])
        what = f"{len(numbers)} {register.plural} ({format.label})"
        if actor.member_id:
            tell(
                Member.objects.get(pk=actor.member_id),
                dedupe=f"register_file:{work.job_id}",
                text=f"Your file of {what} is ready until tomorrow.",
                url=url,
            )
        return {"url": url, "label": f"Download: {format.label}", "name": made.name}

    return finish


def _made(
    work: jobs.Work, actor: Actor, register: Register, format: Format, numbers: list[int]
) -> ExportedFile:
    if format.key == SHEET:
        with acting_as(actor):
            shape = sheets.shape_of(register)
        content = workbook_of(_rows(work, actor, register, shape, numbers), shape)
        return ExportedFile(file_name(register.shape), format.media_type, content)
    now, parts = timezone.now(), []
    for batch in _batches(work, numbers):
        with acting_as(actor):
            parts.append(exports.register_of(AISystem.objects.filter(pk__in=batch), now=now))
    whole = replace(parts[0], systems=tuple(system for part in parts for system in part.systems))
    return export(KINDS[format.key], whole)


def _rows(
    work: jobs.Work, actor: Actor, register: Register, shape: Shape, numbers: list[int]
) -> Iterator[dict[str, Any]]:
    """Each row carries the version it was read in: a register that changes meanwhile does no harm."""
    for batch in _batches(work, numbers):
        with acting_as(actor):
            rows = list(sheets.sheet_rows(register.model.objects.filter(pk__in=batch), register, shape))
        yield from rows


def _batches(work: jobs.Work, numbers: list[int]) -> Iterator[list[int]]:
    """At least one, which may be empty."""
    for start in range(0, max(1, len(numbers)), BATCH):
        yield numbers[start : start + BATCH]
        read = min(start + BATCH, len(numbers))
        work.progress(1 + 97 * read // max(1, len(numbers)), "Writing the records")


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
    job = _asked_by(actor).filter(pk=job_id, state=JobState.DONE).first()
    if job is None:
        return None
    permissions.require(actor, _register(job.arguments).view)
    if not actor.may_download:
        raise NotAllowed("Your access does not include downloads.")
    key = _key(job.organization_id, job.pk)
    if not default_storage.exists(key):
        return None
    # Served like any stored file, and never a row.
    return Blob(storage_key=key, file_name=job.result["name"], media_type=_format(job.arguments).media_type)


def _register(arguments: Mapping[str, Any]) -> Register:
    return sheets.BY_KEY[arguments["register"]]


def _format(arguments: Mapping[str, Any]) -> Format:
    return formats_of(_register(arguments))[arguments["format"]]


def _key(organization_id: int, job_id: int) -> str:
    return f"{blobs.folder_of(organization_id)}/register-files/{job_id}"


def _keep(content: bytes, key: str) -> None:
    default_storage.delete(key)  # of an attempt that died
    default_storage.save(key, ContentFile(content))
