"""An inventory file on its way in: uploaded, read in a limited process, previewed, applied or discarded.

Applied as a whole or not at all: one transaction, however many rows.
"""

from __future__ import annotations

import datetime
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from aims.core import blobs, jobs, messages, permissions, trail
from aims.core.actor import Actor
from aims.core.enums import JobState
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Job, Member
from aims.core.registry import registry
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tracking import noted_in_history
from inventory.enums import ImportState
from inventory.import_plan import ImportPlan, KnownResource, KnownSystem, Nameable, plan
from inventory.imports.formats import Format, ImportRefused
from inventory.imports.limits import MEGABYTE
from inventory.imports.record import ParsedComponent, ParsedFile, ParsedResource, ParsedSystem
from inventory.imports.sandbox import DEFAULT_LIMITS, parse_in_subprocess
from inventory.models import AISystem, InventoryImport, SystemComponent
from inventory.queries import sheets
from inventory.queries.components import RECORDS, key_of, known_records
from inventory.queries.own_columns import own_columns
from inventory.queries.provenance import IMPORT
from inventory.services import new_rows
from inventory.services.components import create_components
from inventory.services.imported import create_resources, create_systems

AT_ONCE = 500
KNOWN = "known"
#: What a new system has not, where nobody here has the address that the file names.
WITHOUT = {
    "owner_email": "an owner",
    "risk_owner_email": "a risk owner",
    "oversight_emails": "this person to watch over it",
}
#: The parser, in its limited process, is the judge of what a file is; it is stored unopened and never served.
UNOPENED = "application/octet-stream"


@transaction.atomic
def upload_import(
    *, actor: Actor, file: Any, name: str, format: Format | None = None, now: datetime.datetime
) -> InventoryImport:
    """Keep the file and let a worker read it; nothing enters the inventory yet."""
    permissions.require(actor, "inventory.import_systems")
    upload = _kept(actor, file, name, now=now)
    upload.job = jobs.enqueue(
        actor=actor,
        kind="read_import",
        key=f"read_import:{upload.pk}",
        title=f"Reading {upload.file_name}"[:200],
        arguments={"import": upload.pk, "format": format},
    )
    upload.save(update_fields=["job"])
    trail.record(actor, "inventoryimport.uploaded", upload, after={"sha256": upload.sha256})
    return upload


@transaction.atomic
def apply_import(
    *, actor: Actor, upload: InventoryImport, expected: int | None = None, now: datetime.datetime
) -> InventoryImport:
    """Create every new record of the preview. `expected` is the number that the person was shown."""
    permissions.require(actor, "inventory.apply_import", upload)
    _claim(actor, upload, now=now)
    intended = plan_of(upload)
    _check(intended, expected)
    register = sheets.BY_KEY[intended.parsed.register]
    is_of_systems = register is sheets.SYSTEMS
    rows = intended.to_create
    with noted_in_history(**{IMPORT: upload.pk}):
        systems = create_systems(actor=actor, upload=upload, rows=rows if is_of_systems else (), now=now)
        if not is_of_systems:
            new_rows.register_rows(actor=actor, register=register, rows=rows, now=now)
        resources = create_resources(actor=actor, planned=intended.new_resources, now=now)
    parts = _components(intended.parsed.components, systems)
    counts = {
        "systems": len(systems),
        "known": intended.known_count,
        "components": create_components(actor=actor, components=parts, now=now),
        "resources": resources,
    }
    if not is_of_systems:
        counts[register.shape.key] = len(rows)
    _tell_owners(actor, upload, systems.values())
    trail.record(actor, "inventoryimport.applied", upload, after={"sha256": upload.sha256, **counts})
    return upload


@transaction.atomic
def start_apply(
    *, actor: Actor, upload: InventoryImport, expected: int | None = None, now: datetime.datetime
) -> InventoryImport:
    """Apply at once, or through a worker when there are many rows."""
    if upload.system_count + upload.resource_count <= AT_ONCE:
        return apply_import(actor=actor, upload=upload, expected=expected, now=now)
    permissions.require(actor, "inventory.apply_import", upload)
    if upload.state != ImportState.PREVIEWED:
        raise _no_longer_waiting(upload)
    _check(plan_of(upload), expected)
    job = jobs.enqueue(
        actor=actor,
        kind="apply_import",
        key=f"apply_import:{upload.pk}",
        title=f"Importing {upload.file_name}"[:200],
        arguments={"import": upload.pk, "key": actor.key_id},
    )
    if job.state == JobState.FAILED:
        jobs.retry(actor=actor, job=job)
    upload.job = job
    upload.save(update_fields=["job"])
    return upload


@transaction.atomic
def discard_import(*, actor: Actor, upload: InventoryImport, now: datetime.datetime) -> InventoryImport:
    """Throw the preview away; that the file was uploaded stays on record."""
    permissions.require(actor, "inventory.discard_import", upload)
    waiting = (ImportState.UPLOADED, ImportState.PREVIEWED, ImportState.REFUSED)
    discarded = InventoryImport.objects.filter(pk=upload.pk, state__in=waiting).update(
        state=ImportState.DISCARDED, preview={}
    )
    if not discarded:
        raise _no_longer_waiting(upload)
    before = {"state": upload.state}
    upload.state, upload.preview = ImportState.DISCARDED, {}
    trail.record(
        actor, "inventoryimport.discarded", upload, before=before, after={"state": ImportState.DISCARDED}
    )
    return upload


@transaction.atomic
def import_file(
    *, actor: Actor, path: Path, format: Format | None = None, now: datetime.datetime
) -> tuple[InventoryImport, ImportPlan]:
    """The whole way in the foreground, for commands and sample data. Refused files change nothing."""
    permissions.require(actor, "inventory.import_systems")
    with path.open("rb") as file:
        upload = _kept(actor, file, path.name, now=now)
    note_preview(upload.pk, parse_in_subprocess(path, upload.file_name, format, own=own_columns().fields))
    upload.refresh_from_db()
    intended = plan_of(upload)
    return apply_import(actor=actor, upload=upload, now=now), intended


def plan_file(path: Path, *, format: Format | None = None) -> ImportPlan:
    """What importing the file would do, with nothing stored."""
    own = own_columns().fields
    return _planned(parse_in_subprocess(path, blobs.clean_name(path.name), format, own=own))


def plan_of(upload: InventoryImport) -> ImportPlan:
    """The preview against the inventory as it stands now, which may have grown since the upload."""
    return _planned(ParsedFile.from_data(upload.preview))


def _planned(parsed: ParsedFile) -> ImportPlan:
    own = own_columns()
    parsed = own.fields.settled(parsed)
    known = AISystem.objects.order_by("id").values_list("id", "reference", "name", "external_id")
    return plan(
        parsed,
        known=[KnownSystem(*row) for row in known],
        people={key: _nameable(key, named) for key, named in sheets.SYSTEMS.named.items()},
        own=own.asked,
        known_resources=_known_resources(parsed.resources),
        lines=new_rows.planned_rows(parsed),
    )


def _nameable(key: str, named: sheets.Named) -> Nameable:
    numbers = {email: member.pk for email, member in named.everything().items()}
    return Nameable(numbers, named.unknown, WITHOUT[key])


def _known_resources(resources: Iterable[ParsedResource]) -> dict[str, KnownResource]:
    """By position in the file, what is on record with that name and version."""
    found = {}
    for kind in RECORDS:
        keys = {each.position: key_of(each.name, each.version) for each in resources if each.kind == kind}
        known = known_records(kind, keys.values())
        for position, key in keys.items():
            if key in known:
                found[position] = KnownResource(known[key].pk, known[key].reference)
    return found


@registry.job("read_import")
def read_import(work: jobs.Work) -> jobs.Finish:
    import_id, format = work.arguments["import"], work.arguments["format"]
    work.progress(5, "Opening the file")
    with tempfile.TemporaryDirectory() as directory:
        with acting_in(work.organization_id):
            upload = InventoryImport.objects.select_related("blob").defer("preview").get(pk=import_id)
            path, own = _copied(upload, Path(directory)), own_columns().fields
        work.progress(30, "Reading the rows")
        try:
            chosen = Format(format) if format else None
            parsed = parse_in_subprocess(path, upload.file_name, chosen, own=own)
        except ImportRefused as refused:
            return partial(note_refusal, import_id, str(refused))
    work.progress(90, "Storing the preview")
    return partial(note_preview, import_id, parsed)


@registry.job("read_import:failed")
def note_failed_reading(job: Job, sentence: str) -> None:
    note_refusal(job.arguments["import"], "The file could not be read. Upload it again.")


def _copied(upload: InventoryImport, directory: Path) -> Path:
    """The stored bytes may live in a bucket; the limited process reads a plain file."""
    path = directory / "upload"
    blob: Any = upload.blob
    with blobs.open_blob(blob) as stored, path.open("wb") as copy:
        shutil.copyfileobj(stored, copy)
    return path


def note_preview(import_id: int, parsed: ParsedFile) -> dict[str, Any]:
    parts: tuple[ParsedSystem | ParsedResource, ...] = (*parsed.systems, *parsed.lines, *parsed.resources)
    problems = len(parsed.problems) + sum(len(part.problems) for part in parts)
    InventoryImport.objects.filter(pk=import_id, state=ImportState.UPLOADED).update(
        state=ImportState.PREVIEWED,
        format=parsed.format,
        spec_version=parsed.spec_version[:20],
        preview=json.loads(parsed.to_json()),
        system_count=len(parsed.systems),
        resource_count=len(parsed.resources) + len(parsed.lines),
        problem_count=problems,
    )
    return {"import": import_id, "systems": len(parsed.systems), "problems": problems}


def note_refusal(import_id: int, sentence: str) -> dict[str, Any]:
    InventoryImport.objects.filter(pk=import_id, state=ImportState.UPLOADED).update(
        state=ImportState.REFUSED, refusal=sentence
    )
    return {"import": import_id, "refused": sentence}


def _kept(actor: Actor, file: Any, name: str, *, now: datetime.datetime) -> InventoryImport:
    file.seek(0, 2)
    size = file.tell()
    if not size:
        raise RuleBroken("The file is empty.", field="file")
    if size > DEFAULT_LIMITS.max_bytes:
        limit = DEFAULT_LIMITS.max_bytes // MEGABYTE
        raise RuleBroken(f"The file is larger than {limit} MB: split it.", field="file")
    blob = blobs.store(file, name=name, trusted_type=UNOPENED)
    upload: InventoryImport = InventoryImport.objects.create(
        organization_id=actor.organization_id,
        file_name=blobs.clean_name(name),
        blob=blob,
        sha256=blob.sha256,
        uploaded_by_id=actor.member_id,
        uploaded_at=now,
    )
    return upload


@registry.job("apply_import")
def apply_import_job(work: jobs.Work) -> jobs.Finish:
    work.progress(20, "Writing the systems")

    def finish() -> dict[str, Any]:
        actor = jobs.requester_of(work)
        with acting_as(actor):
            upload = InventoryImport.objects.get(pk=work.arguments["import"])
            apply_import(actor=actor, upload=upload, now=timezone.now())
        return {"import": upload.pk}

    return finish


def _claim(actor: Actor, upload: InventoryImport, *, now: datetime.datetime) -> None:
    """Two people who press the button at once apply the file once."""
    claimed = InventoryImport.objects.filter(pk=upload.pk, state=ImportState.PREVIEWED).update(
        state=ImportState.APPLIED, applied_by_id=actor.member_id, applied_at=now
    )
    if not claimed:
        raise _no_longer_waiting(upload)
    upload.state, upload.applied_by_id, upload.applied_at = ImportState.APPLIED, actor.member_id, now


def _no_longer_waiting(upload: InventoryImport) -> RuleBroken:
    state = InventoryImport.objects.values_list("state", flat=True).get(pk=upload.pk)
    return RuleBroken(f"This import does not wait for a decision: {ImportState(state).label.lower()}.")


def _check(intended: ImportPlan, expected: int | None) -> None:
    if intended.obstacle:
        raise RuleBroken(intended.obstacle, code=KNOWN if intended.is_all_known else "rule")
    new = intended.new_count
    if expected is not None and expected != new:
        raise StaleState(
            f"The inventory changed meanwhile: {new} would be created now, not {expected}. Look again.",
            yours=expected,
            theirs=new,
        )


def _components(components: Iterable[ParsedComponent], systems: dict[str, AISystem]) -> list[SystemComponent]:
    return [
        SystemComponent(
            system=systems[position],
            kind=component.kind,
            name=component.name[:200],
            version=component.version[:100],
            supplier=component.supplier[:200],
            licence=component.licence[:200],
            hashes=dict(text.partition(":")[::2] for text in component.hashes),
            description=component.description,
            details=component.details,
            measures=[asdict(measure) for measure in component.measures],
            source=component.source_path[:250],
        )
        for component in components
        for position in component.used_by
        if position in systems
    ]


def _tell_owners(actor: Actor, upload: InventoryImport, systems: Iterable[AISystem]) -> None:
    owned = Counter(system.owner_id for system in systems if system.owner_id)
    owned.pop(actor.member_id or 0, None)
    for member in Member.objects.filter(pk__in=owned):
        count = owned[member.pk]
        what = "an AI system" if count == 1 else f"{count} AI systems"
        messages.tell(
            member,
            dedupe=f"import-owner:{upload.pk}",
            text=f"You are the owner of {what}, imported from {upload.file_name}.",
        )
