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
from functools import partial
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from aims.core import blobs, jobs, messages, permissions, references, trail
from aims.core.actor import Actor, ActorKind, member_actor, system_actor
from aims.core.days import local_today
from aims.core.enums import JobState
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import ApiKey, Job, Member
from aims.core.ownerships import holders
from aims.core.registry import registry
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.models import fill_organization
from inventory.enums import ImportState, SystemStage
from inventory.import_plan import ImportPlan, KnownSystem, PlannedRow, plan
from inventory.imports.formats import Format, ImportRefused
from inventory.imports.limits import MEGABYTE
from inventory.imports.record import ParsedComponent, ParsedFile
from inventory.imports.sandbox import DEFAULT_LIMITS, parse_in_subprocess
from inventory.models import AISystem, InventoryImport, SystemComponent

AT_ONCE = 500
KNOWN = "known"
BATCH = 1000
#: The parser, in its limited process, is the judge of what a file is; it is stored unopened and never served.
UNOPENED = "application/octet-stream"
#: Where the name of a field in files differs from the column it fills.
COLUMNS = {"in_scope": "is_in_scope"}


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
    """Create every new system of the preview. `expected` is the number that the person was shown."""
    permissions.require(actor, "inventory.apply_import", upload)
    _claim(actor, upload, now=now)
    intended = plan_of(upload)
    _check(intended, expected)
    systems = _create_systems(actor, upload, intended.to_create, now=now)
    components = _create_components(intended.parsed.components, systems)
    _tell_owners(actor, upload, systems.values())
    counts = {"systems": len(systems), "known": len(intended.known), "components": components}
    trail.record(actor, "inventoryimport.applied", upload, after={"sha256": upload.sha256, **counts})
    return upload


@transaction.atomic
def start_apply(
    *, actor: Actor, upload: InventoryImport, expected: int | None = None, now: datetime.datetime
) -> InventoryImport:
    """Apply at once, or through a worker when there are many rows."""
    if upload.system_count <= AT_ONCE:
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
    upload.state, upload.preview = ImportState.DISCARDED, {}
    trail.record(actor, "inventoryimport.discarded", upload)
    return upload


@transaction.atomic
def import_file(
    *, actor: Actor, path: Path, format: Format | None = None, now: datetime.datetime
) -> tuple[InventoryImport, ImportPlan]:
    """The whole way in the foreground, for commands and sample data. Refused files change nothing."""
    permissions.require(actor, "inventory.import_systems")
    with path.open("rb") as file:
        upload = _kept(actor, file, path.name, now=now)
    _note_preview(upload.pk, parse_in_subprocess(path, upload.file_name, format))
    upload.refresh_from_db()
    intended = plan_of(upload)
    return apply_import(actor=actor, upload=upload, now=now), intended


def plan_file(path: Path, *, format: Format | None = None) -> ImportPlan:
    """What importing the file would do, with nothing stored."""
    return _planned(parse_in_subprocess(path, blobs.clean_name(path.name), format))


def plan_of(upload: InventoryImport) -> ImportPlan:
    """The preview against the inventory as it stands now, which may have grown since the upload."""
    return _planned(ParsedFile.from_data(upload.preview))


def _planned(parsed: ParsedFile) -> ImportPlan:
    known = AISystem.objects.order_by("id").values_list("id", "reference", "name", "external_id")
    members = holders("systems").values_list("email", "id")
    return plan(
        parsed,
        known=[KnownSystem(*row) for row in known],
        members={email.casefold(): pk for email, pk in members},
    )


@registry.job("read_import")
def read_import(work: jobs.Work) -> jobs.Finish:
    import_id, format = work.arguments["import"], work.arguments["format"]
    work.progress(5, "Opening the file")
    with tempfile.TemporaryDirectory() as directory:
        with acting_in(work.organization_id):
            upload = InventoryImport.objects.select_related("blob").defer("preview").get(pk=import_id)
            path = _copied(upload, Path(directory))
        work.progress(30, "Reading the rows")
        try:
            parsed = parse_in_subprocess(path, upload.file_name, Format(format) if format else None)
        except ImportRefused as refused:
            return partial(_note_refusal, import_id, str(refused))
    work.progress(90, "Storing the preview")
    return partial(_note_preview, import_id, parsed)


@registry.job("read_import:failed")
def note_failed_reading(job: Job, sentence: str) -> None:
    _note_refusal(job.arguments["import"], "The file could not be read. Upload it again.")


def _copied(upload: InventoryImport, directory: Path) -> Path:
    """The stored bytes may live in a bucket; the limited process reads a plain file."""
    path = directory / "upload"
    blob: Any = upload.blob
    with blobs.open_blob(blob) as stored, path.open("wb") as copy:
        shutil.copyfileobj(stored, copy)
    return path


def _note_preview(import_id: int, parsed: ParsedFile) -> dict[str, Any]:
    problems = len(parsed.problems) + sum(len(system.problems) for system in parsed.systems)
    InventoryImport.objects.filter(pk=import_id, state=ImportState.UPLOADED).update(
        state=ImportState.PREVIEWED,
        format=parsed.format,
        spec_version=parsed.spec_version[:20],
        preview=json.loads(parsed.to_json()),
        system_count=len(parsed.systems),
        problem_count=problems,
    )
    return {"import": import_id, "systems": len(parsed.systems), "problems": problems}


def _note_refusal(import_id: int, sentence: str) -> dict[str, Any]:
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
        actor = _requester(work)
        with acting_as(actor):
            upload = InventoryImport.objects.get(pk=work.arguments["import"])
            apply_import(actor=actor, upload=upload, now=timezone.now())
        return {"import": upload.pk}

    return finish


def _requester(work: jobs.Work) -> Actor:
    """Whoever asked, with the rights they have now."""
    organization_id = work.organization_id
    if work.requested_by_id is not None:
        member = Member.objects.active().filter(pk=work.requested_by_id).first()
        if member is None:
            raise NotAllowed("Whoever asked for this import has left.")
        return member_actor(member)
    if work.arguments.get("key"):
        key = ApiKey.objects.select_related("responsible").get(pk=work.arguments["key"])
        return Actor(
            kind=ActorKind.KEY,
            name=key.name,
            organization_id=organization_id,
            key_id=key.pk,
            scopes=frozenset(key.scopes if key.works(at=timezone.now()) else ()),
        )
    return system_actor(organization_id)


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
    new = len(intended.to_create)
    if expected is not None and expected != new:
        raise StaleState(
            f"The inventory changed meanwhile: {new} would be created now, not {expected}. Look again.",
            yours=expected,
            theirs=new,
        )


def _create_systems(
    actor: Actor, upload: InventoryImport, rows: Iterable[PlannedRow], *, now: datetime.datetime
) -> dict[str, AISystem]:
    """The new systems by their position in the file."""
    rows = list(rows)
    numbers = references.next_references("SYS", len(rows))
    systems = [
        AISystem(
            reference=reference,
            source=f"{upload.file_name}, {row.parsed.position}"[:250],
            owner_id=row.owner_id,
            registered_by_id=actor.member_id,
            registered_at=now,
            **_values(row, now=now),
        )
        for reference, row in zip(numbers, rows, strict=True)
    ]
    for start in range(0, len(systems), BATCH):
        _insert(systems[start : start + BATCH])
    return {row.parsed.position: system for row, system in zip(rows, systems, strict=True)}


def _insert(systems: list[AISystem]) -> None:
    """As bulk_create does, with the rows as one JSON parameter.

    A placeholder for each of 34 columns of each row takes longer to write than the rows to store.
    """
    columns: list[Any] = [column for column in AISystem._meta.concrete_fields if not column.primary_key]
    fill_organization(systems)
    rows = [{column.column: getattr(system, column.attname) for column in columns} for system in systems]
    names = sql.SQL(", ").join(sql.Identifier(column.column) for column in columns)
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s)"
        " RETURNING id"
    ).format(table=sql.Identifier(AISystem._meta.db_table), names=names)
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(rows, cls=DjangoJSONEncoder)])
        for system, (pk,) in zip(systems, cursor.fetchall(), strict=True):
            system.pk = pk


def _values(row: PlannedRow, *, now: datetime.datetime) -> dict[str, Any]:
    """A stage that the file names is recorded as found; since when is not known then."""
    values = {
        COLUMNS.get(key, key): value for key, value in row.parsed.fields.items() if key != "owner_email"
    }
    if values.get("stage", SystemStage.PROPOSED) == SystemStage.PROPOSED:
        values["stage_since"] = local_today(now)
    return values


def _create_components(components: Iterable[ParsedComponent], systems: dict[str, AISystem]) -> int:
    rows = [
        SystemComponent(
            system=systems[position],
            kind=component.kind,
            name=component.name[:200],
            version=component.version[:100],
            supplier=component.supplier[:200],
            licence=component.licence[:200],
            hashes=dict(text.partition(":")[::2] for text in component.hashes),
            description=_described(component),
            source=component.source_path[:250],
        )
        for component in components
        for position in component.used_by
        if position in systems
    ]
    SystemComponent.objects.bulk_create(fill_organization(rows), batch_size=BATCH)
    return len(rows)


def _described(component: ParsedComponent) -> str:
    details = [
        f"{key}: {value if isinstance(value, str) else ', '.join(value)}"
        for key, value in component.details.items()
    ]
    return "\n".join(filter(None, [component.description, *details]))


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
