"""Evidence packs (SM-26): asked for, built by a worker, verified offline, released to an audit."""

from __future__ import annotations

import datetime
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

import aims
from aims.core import blobs, checkpoints, jobs, permissions, trail, transitions
from aims.core.actor import Actor, system_actor
from aims.core.canonical import sha256_of
from aims.core.days import end_of_day, local_today
from aims.core.documents import Column, Cover, Gap, Section, Table, gaps_of, render_document
from aims.core.enums import EvidenceState
from aims.core.exceptions import RuleBroken
from aims.core.history import day_looked_back_to, history_begins
from aims.core.messages import tell
from aims.core.models import Blob, Evidence, GrantedObject, Job, Member, Organization
from aims.core.pdf import inspect_pdf, render_pdf
from aims.core.references import next_reference
from aims.core.registry import registry
from aims.core.signing import Signer
from aims.core.tenancy.context import acting_in
from aims.core.transitions import Facts
from audits import rules
from audits.container import PackFacts, PackFile, Provenance, TrailHead, assemble, evidence_paths
from audits.enums import PackKind, PackState
from audits.models import Engagement, EvidencePack
from audits.pack_contents import arranged
from audits.pack_trail import head_of, history_fact, stamp_fact, stamped
from inventory.models import ScopeStatement

EVIDENCE_NUMBER = "25"
#: a pack takes a worker the better part of a minute: nobody fills the queue for everybody
MOST_UNFINISHED = 5
NO_SCOPE = "The scope of the AI management system is not approved yet"
ZIP_TYPE = "application/zip"

Progress = Callable[[int, str], None]


@transaction.atomic
def request_pack(
    *, actor: Actor, kind: str = PackKind.STAGE1, as_of: datetime.date, now: datetime.datetime
) -> EvidencePack:
    """Ask for a pack as of a day; a worker builds it and tells who asked."""
    permissions.require(actor, "audits.request_pack")
    unfinished = EvidencePack.objects.filter(state__in=[PackState.REQUESTED, PackState.BUILDING]).count()
    if unfinished >= MOST_UNFINISHED:
        raise RuleBroken(f"{unfinished} packs are being built. Wait until one of them is ready.")
    rules.require_pack_date(as_of, today=local_today(now))
    pack = EvidencePack.objects.create(
        reference=next_reference("PK"),
        kind=kind,
        as_of=as_of,
        requested_by_id=actor.member_id,
        requested_at=now,
    )
    pack.job = jobs.enqueue(
        actor=actor,
        kind="build_pack",
        key=f"pack:{pack.pk}",
        title=f"Evidence pack {pack.reference}",
        arguments={"pack": pack.pk},
    )
    pack.save(update_fields=["job"])
    trail.record(actor, "evidencepack.request", pack, after={"kind": kind, "as_of": as_of})
    return pack


@transaction.atomic
def retry_pack(*, actor: Actor, pack: EvidencePack, now: datetime.datetime) -> None:
    """Build a failed pack again."""
    permissions.require(actor, "audits.request_pack")
    transitions.move(rules.PACK, pack, "retry", actor=actor, now=now, changes={"failure": ""})
    jobs.retry(actor=actor, job=Job.objects.get(pk=pack.job_id))


@transaction.atomic
def release_pack(
    *, actor: Actor, pack: EvidencePack, engagement: Engagement, until: datetime.date, now: datetime.datetime
) -> None:
    """Let the auditor of one engagement read the pack until a day."""
    permissions.require(actor, "audits.release_pack")
    transitions.move(
        rules.PACK,
        pack,
        "release",
        actor=actor,
        now=now,
        given={"recipient": engagement.title, "until": until},
        changes={"released_to": engagement, "released_until": until},
    )


@transaction.atomic
def revoke_pack(*, actor: Actor, pack: EvidencePack, reason: str, now: datetime.datetime) -> None:
    permissions.require(actor, "audits.revoke_pack")
    transitions.move(rules.PACK, pack, "revoke", actor=actor, now=now, given={"reason": reason})
    close_access(pack)


@dataclass(frozen=True)
class Contents:
    """Everything a pack shows, read in one transaction."""

    facts: PackFacts
    sections: tuple[Section, ...]
    gaps: tuple[Gap, ...]
    files: tuple[PackFile, ...]
    trail: TrailHead


def build(work: jobs.Work) -> jobs.Finish:
    """The job: read, lay out, sign, store. What it wrote before a crash is never seen."""
    now, signer = timezone.now(), Signer.from_settings()
    pack_id = work.arguments["pack"]
    actor = system_actor(work.organization_id)
    with acting_in(work.organization_id, actor=actor):
        pack = EvidencePack.objects.select_for_update().get(pk=pack_id)
        if pack.state != PackState.BUILDING:  # a worker that died may have come this far
            transitions.move(rules.PACK, pack, "build", actor=actor, now=now)
        contents = read_contents(pack, signer=signer, now=now)
    contents = replace(contents, trail=stamped(contents.trail, work.organization_id))
    directory = tempfile.TemporaryDirectory(prefix="pack-")
    path = Path(directory.name) / file_name(contents.facts)
    made = write(contents, path, signer=signer, progress=work.progress)
    work.progress(99, "Storing")

    def finish() -> dict[str, Any]:
        with directory, path.open("rb") as file:
            blob = blobs.store(file, name=path.name, trusted_type=ZIP_TYPE, locked=True)
            _finish(pack_id, blob, made, contents, actor=actor, now=timezone.now())
        return {"pack": pack_id, "sha256": blob.sha256}

    return finish


def build_failed(job: Job, sentence: str) -> None:
    """The pack shows why, and can be tried again."""
    pack = EvidencePack.objects.filter(job_id=job.pk).first()
    if pack is not None and pack.state == PackState.REQUESTED:
        actor = system_actor(job.organization_id)
        transitions.move(rules.PACK, pack, "build", actor=actor, now=timezone.now())
    if pack is not None and pack.state == PackState.BUILDING:
        transitions.move(
            rules.PACK,
            pack,
            "fail",
            actor=system_actor(job.organization_id),
            now=timezone.now(),
            changes={"failure": sentence[:2000]},
        )


def read_contents(pack: EvidencePack, *, signer: Signer, now: datetime.datetime) -> Contents:
    """What the pack shows, for its day. Sections that no app contributes stand as gaps."""
    organization = Organization.objects.get(pk=pack.organization_id)
    with day_looked_back_to(pack.as_of):
        files = tuple(evidence_files(pack.as_of))
        sections = tuple(
            arranged(
                [
                    *(section for source in registry.pack_sections for section in source(pack.as_of)),
                    evidence_index(files, withheld=_withheld_count()),
                ]
            )
        )
        scope = _scope_text(pack.as_of, organization)
    facts = PackFacts(
        id=pack.reference,
        title="Evidence pack, Stage 1",
        kind=pack.kind,
        organization_name=organization.name,
        organization_slug=organization.slug,
        scope=scope,
        history_begins=history_begins(),
        as_of=pack.as_of,
        built_at=now,
        portal_version=aims.VERSION,
    )
    made = checkpoints.make_for_pack(signer=signer, now=now)
    if made is None:
        raise RuleBroken("The trail of the organization is empty.")
    head = head_of(made)
    return Contents(facts, sections, gaps_of(sections), files, head)


@dataclass(frozen=True)
class Made:
    path: Path
    sha256: str
    manifest_sha256: str
    page_count: int
    item_count: int


def write(contents: Contents, path: Path, *, signer: Signer, progress: Progress) -> Made:
    """Lay the document out and assemble the signed zip at `path`."""
    facts = contents.facts
    progress(10, "Laying out the document")
    pdf = render_pdf(
        render_document(_cover(contents, signer), contents.sections, contents.gaps),
        title=f"{facts.title} {facts.id}",
        created=facts.built_at,
        identifier=f"{facts.organization_slug}/{facts.id}/{facts.as_of}".encode(),
    )
    progress(70, "Adding evidence")
    result = assemble(
        path,
        pack=facts,
        pdf=pdf,
        sections=contents.sections,
        gaps=contents.gaps,
        files=contents.files,
        trail=contents.trail,
        signer=signer,
        progress=lambda done, total: progress(70 + int(28 * done / max(total, 1)), "Adding evidence"),
    )
    items: Any = result.manifest["items"]
    return Made(path, result.sha256, _manifest_hash(path), inspect_pdf(pdf).pages, len(items))


def evidence_files(as_of: datetime.date) -> Sequence[PackFile]:
    """Accepted evidence with a file that was on record that day; confidential items stay out."""
    found = (
        Evidence.objects.filter(
            state__in=[EvidenceState.ACCEPTED, EvidenceState.EXPIRING, EvidenceState.EXPIRED],
            is_confidential=False,
            blob__isnull=False,
            submitted_at__lte=end_of_day(as_of),
        )
        .select_related("blob", "reviewed_by")
        .order_by("reference")
    )
    return [_pack_file(evidence) for evidence in found]


def evidence_index(files: Sequence[PackFile], *, withheld: int) -> Section:
    """The list of files with their hashes and where each lies in the pack."""
    rows = [
        (file.provenance.source, file.name, path, file.provenance.approved_on, file.sha256)
        for path, file in evidence_paths(files)
    ]
    columns = (
        Column("Evidence", 12, "code"),
        Column("File", 26),
        Column("In the pack", 24, "code"),
        Column("Accepted", 12),
        Column("SHA-256", 26, "hash"),
    )
    gaps: tuple[str, ...] = ()
    if withheld:
        gaps += (f"{withheld} confidential items are on record and not included.",)
    if not files:
        gaps += ("No accepted evidence file is on record for this day.",)
    return Section(
        key="evidence",
        number=EVIDENCE_NUMBER,
        title="Evidence index",
        clause_refs=("7.5.3",),
        data={"evidence": Table(columns=columns, rows=rows)},
        gaps=gaps,
    )


def file_name(facts: PackFacts) -> str:
    return f"{facts.organization_slug}-{facts.id}-{facts.as_of}.zip".lower()


def _pack_file(evidence: Evidence) -> PackFile:
    blob: Any = evidence.blob
    return PackFile(
        name=blob.file_name,
        sha256=blob.sha256,
        size=blob.size,
        open=lambda: blobs.open_blob(blob),  # type: ignore[arg-type,return-value]
        provenance=Provenance(
            source=f"{evidence.reference} {evidence.title}"[:120],
            approver=evidence.reviewed_by.name if evidence.reviewed_by else "",
            approved_on=local_today(evidence.reviewed_at) if evidence.reviewed_at else None,
        ),
    )


def _withheld_count() -> int:
    return Evidence.objects.filter(is_confidential=True, blob__isnull=False).count()


def _scope_text(as_of: datetime.date, organization: Organization) -> str:
    moment = end_of_day(as_of)
    scope = ScopeStatement.objects.filter(approved_at__lte=moment).order_by("-version").first()
    return scope.statement if scope else NO_SCOPE


def _cover(contents: Contents, signer: Signer) -> Cover:
    facts = contents.facts
    return Cover(
        title=facts.title,
        organization=facts.organization_name,
        scope=facts.scope,
        as_of=facts.as_of,
        pack_id=facts.id,
        facts=(
            ("Built", facts.built_at),
            ("History", history_fact(facts)),
            ("Gaps listed", len(contents.gaps)),
            ("Evidence files", len(contents.files)),
            ("Trail", f"line {contents.trail.seq}, {contents.trail.head_hash.hex()[:16]}…"),
            ("Time stamp", stamp_fact(contents.trail)),
            ("Signing key", signer.public_key_text()),
            ("Portal version", facts.portal_version),
        ),
    )


def _manifest_hash(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return sha256_of(archive.read("manifest.json"))


def _finish(
    pack_id: int, blob: Blob, made: Made, contents: Contents, *, actor: Actor, now: datetime.datetime
) -> None:
    transitions.move(
        rules.PACK,
        EvidencePack.objects.get(pk=pack_id),
        "finish",
        actor=actor,
        now=now,
        given={"manifest_sha256": made.manifest_sha256, "gaps": contents.gaps},
        changes={
            "blob": blob,
            "manifest_sha256": made.manifest_sha256,
            "page_count": made.page_count,
            "item_count": made.item_count,
            "gaps": [{"section": gap.section, "text": gap.text} for gap in contents.gaps],
            "built_at": now,
        },
    )


# Guards and effects of SM-26, registered in audits.registration.


def everything_is_pinned(facts: Facts) -> None:
    if facts.obj.as_of is None or not facts.obj.kind:
        raise RuleBroken("A pack needs its kind and its day before it is built.", field="as_of")


def manifest_is_there(facts: Facts) -> None:
    if not facts.given.get("manifest_sha256") or "gaps" not in facts.given:
        raise RuleBroken("A pack is ready only with its manifest and the list of its gaps.")


def recipient_and_end_date(facts: Facts) -> None:
    rules.require_release(
        recipient=str(facts.given.get("recipient", "")),
        until_date=facts.given.get("until"),
        today=local_today(facts.now),
    )


def end_date_reached(facts: Facts) -> None:
    until = facts.obj.released_until
    if until is None or until >= local_today(facts.now):
        raise RuleBroken("The pack may be read until its end date.")


def tell_requester(facts: Facts) -> None:
    member = _requester(facts.obj)
    if member:
        text = f"Evidence pack {facts.obj.reference} is ready."
        tell(member, dedupe=f"pack-ready:{facts.obj.pk}", text=text, url=_url(facts.obj), mail_subject=text)


def tell_failure(facts: Facts) -> None:
    member = _requester(facts.obj)
    if member:
        text = f"Evidence pack {facts.obj.reference} could not be built: {facts.obj.failure}"
        key = f"pack-failed:{facts.obj.pk}:{facts.now.isoformat()}"
        tell(member, dedupe=key, text=text, url=_url(facts.obj))


def open_access(facts: Facts) -> None:
    """The auditor of the engagement sees the pack from now on, and each download is logged."""
    pack = facts.obj
    for object_type, object_id in (("audits.evidencepack", pack.pk), ("core.blob", pack.blob_id)):
        GrantedObject.objects.get_or_create(
            organization_id=pack.organization_id,
            grant_id=pack.released_to.grant_id,
            object_type=object_type,
            object_id=object_id,
        )


def close_access(pack: EvidencePack) -> None:
    GrantedObject.objects.filter(object_type="audits.evidencepack", object_id=pack.pk).delete()
    GrantedObject.objects.filter(object_type="core.blob", object_id=pack.blob_id).delete()


def end_released_packs(actor: Actor, today: datetime.date) -> None:
    """Daily: packs whose end date has passed are no longer readable for the auditor."""
    for pack in EvidencePack.objects.filter(state=PackState.RELEASED, released_until__lt=today):
        transitions.move(rules.PACK, pack, "end", actor=actor, now=timezone.now())
        close_access(pack)


def _requester(pack: EvidencePack) -> Member | None:
    return Member.objects.active().filter(pk=pack.requested_by_id).first()


def _url(pack: EvidencePack) -> str:
    return pack.get_absolute_url()
