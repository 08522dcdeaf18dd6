"""The zip file of an evidence pack: the same inputs give the same bytes, and every byte is accounted for."""

import hashlib
import io
import json
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from django.template.loader import render_to_string
from django.utils import translation

from aims.core import stamping
from aims.core.canonical import canonical_json, sha256_of
from aims.core.documents import Gap, Section, display, section_files
from aims.core.signing import Signer
from audits.standalone import verify

STANDALONE_DIR = Path(verify.__file__).parent
CHUNK = 1024 * 1024
NOTE, TOKEN = "trail/checkpoint.note", "trail/checkpoint.tsr"

# A zip file cannot say "no time"; this is its earliest.
NO_TIME = (1980, 1, 1, 0, 0, 0)
LONGEST_NAME = 80

DOES_NOT_PROVE = (
    "that what the records and files say is true",
    "that a record or file existed before it was first entered or uploaded",
    "that the list of records is complete: it shows what was in the portal",
    "the time of building: it is read from the portal's clock, not given by a time stamp authority",
    "who held the signing key: compare its fingerprint with the one shown in the portal",
)


class FileChanged(Exception):
    """A stored file is no longer what was recorded when it was uploaded; no pack is made from it."""


class PathTaken(ValueError):
    """Two items of a pack would have the same path."""


@dataclass(frozen=True)
class PackFacts:
    id: str
    title: str
    kind: str
    organization_name: str
    organization_slug: str
    scope: str
    as_of: date
    built_at: datetime
    portal_version: str
    history_begins: date | None = None


@dataclass(frozen=True)
class TrailHead:
    """The head of the organization's trail, the signed note about it, and its time stamp if there is one."""

    seq: int
    head_hash: bytes
    checkpoint: str
    stamp: bytes | None = None
    stamped_at: datetime | None = None

    def as_json(self) -> dict[str, object]:
        told: dict[str, object] = {
            "seq": self.seq,
            "hash": self.head_hash.hex(),
            "checkpoint": self.checkpoint,
        }
        if self.stamp is not None:
            told["time_stamp"] = {"kind": stamping.KIND, "at": self.stamped_at, "of": NOTE, "token": TOKEN}
        return told


@dataclass(frozen=True)
class Provenance:
    """Where an item comes from, as far as it is known."""

    source: str
    version: str = ""
    approver: str = ""
    approved_on: date | None = None


@dataclass(frozen=True)
class PackFile:
    """A stored evidence file; opened only when its turn comes."""

    name: str
    sha256: str
    size: int
    open: Callable[[], BinaryIO]
    provenance: Provenance


@dataclass(frozen=True)
class PackResult:
    path: Path
    sha256: str
    size: int
    manifest: Mapping[str, object]


@dataclass(frozen=True)
class Member:
    path: str
    sha256: str
    size: int
    open: Callable[[], BinaryIO]
    provenance: Provenance

    @classmethod
    def of(cls, path: str, content: bytes, provenance: Provenance) -> "Member":
        return cls(path, sha256_of(content), len(content), lambda: io.BytesIO(content), provenance)

    def as_json(self) -> dict[str, object]:
        known = {
            "path": self.path,
            "sha256": self.sha256,
            "size": self.size,
            "source": self.provenance.source,
            "version": self.provenance.version,
            "approver": self.provenance.approver,
            "date": self.provenance.approved_on,
        }
        return {name: value for name, value in known.items() if value not in ("", None)}


def assemble(
    destination: Path,
    *,
    pack: PackFacts,
    pdf: bytes,
    sections: Sequence[Section],
    gaps: Sequence[Gap],
    files: Iterable[PackFile],
    trail: TrailHead,
    signer: Signer,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PackResult:
    """Writes the pack beside its destination and renames it, so that a half pack is never seen."""
    members = _planned(pack, pdf, sections, gaps, evidence_paths(files), signer, trail)
    manifest = _manifest(pack, members, sections, gaps, trail, signer)
    manifest_bytes = canonical_json(manifest).encode()
    signature = verify.signature_text(signer.public_key_text(), signer.sign_bytes(manifest_bytes))
    own = Provenance(source="portal")
    sealed = [
        *members,
        Member.of(verify.MANIFEST, manifest_bytes, own),
        Member.of(verify.SIGNATURE, signature.encode(), own),
    ]
    _write_safely(destination, sorted(sealed, key=lambda member: member.path), progress)
    return PackResult(
        path=destination,
        sha256=_file_hash(destination),
        size=destination.stat().st_size,
        manifest=json.loads(manifest_bytes),
    )


def evidence_paths(files: Iterable[PackFile]) -> list[tuple[str, PackFile]]:
    """Each file with its path in the pack; a section that lists evidence prints the same paths."""
    ordered = sorted(files, key=lambda file: (file.provenance.source, file.name, file.sha256))
    width = max(3, len(str(len(ordered))))
    return [
        (f"evidence/{number:0{width}}-{safe_name(file.name)}", file)
        for number, file in enumerate(ordered, start=1)
    ]


def safe_name(name: str) -> str:
    """A file name that every system can store and that leads nowhere: ASCII, no path, no leading dot."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, suffix = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip(".-_").rpartition(".")
    if not dot:
        return suffix[:LONGEST_NAME] or "file"
    return f"{stem[:LONGEST_NAME]}.{suffix[:10]}"


def _planned(
    pack: PackFacts,
    pdf: bytes,
    sections: Sequence[Section],
    gaps: Sequence[Gap],
    evidence: Sequence[tuple[str, PackFile]],
    signer: Signer,
    trail: TrailHead,
) -> list[Member]:
    portal = Provenance(source="portal", version=pack.portal_version)
    data = {section.key: _data_members(section, pack) for section in sections}
    evidence_members = [
        Member(path, file.sha256, file.size, file.open, file.provenance) for path, file in evidence
    ]
    members = [
        Member.of("pack.pdf", pdf, Provenance(source=f"pack {pack.id}", approved_on=pack.as_of)),
        *(member for group in data.values() for member in group),
        *evidence_members,
        *(_standalone_member(name, portal) for name in ("verify.py", "README.txt", "index.css")),
        *_stamp_members(trail, portal),
    ]
    index = _index_page(pack, sections, data, evidence_members, gaps, signer)
    members.append(Member.of("index.html", index, portal))
    _refuse_taken_paths(members)
    return sorted(members, key=lambda member: member.path)


def _data_members(section: Section, pack: PackFacts) -> list[Member]:
    provenance = Provenance(source=f"section {section.number} {section.title}", approved_on=pack.as_of)
    return [
        Member.of(f"data/{name}", content, provenance) for name, content in section_files(section).items()
    ]


def _standalone_member(name: str, provenance: Provenance) -> Member:
    return Member.of(name, (STANDALONE_DIR / name).read_bytes(), provenance)


def _stamp_members(trail: TrailHead, provenance: Provenance) -> list[Member]:
    """The checkpoint as a file of its own and its time stamp, as `openssl ts -verify` takes them."""
    if trail.stamp is None:
        return []
    return [Member.of(NOTE, trail.checkpoint.encode(), provenance), Member.of(TOKEN, trail.stamp, provenance)]


def _refuse_taken_paths(members: Sequence[Member]) -> None:
    seen: set[str] = {verify.MANIFEST, verify.SIGNATURE}
    for member in members:
        # Two names that differ only in case overwrite each other when unpacked on many desktops.
        folded = member.path.casefold()
        if folded in seen:
            raise PathTaken(f"two items of the pack have the path {member.path}")
        seen.add(folded)


def _index_page(
    pack: PackFacts,
    sections: Sequence[Section],
    data: Mapping[str, Sequence[Member]],
    evidence: Sequence[Member],
    gaps: Sequence[Gap],
    signer: Signer,
) -> bytes:
    context = {
        "pack": pack,
        "facts": [
            ("Organization", pack.organization_name),
            ("Scope", pack.scope),
            ("As of", display(pack.as_of)),
            ("Pack", pack.id),
            ("Built", display(pack.built_at)),
            ("Signing key", signer.public_key_text()),
            ("Key fingerprint", signer.fingerprint()),
        ],
        "sections": [
            {
                "number": section.number,
                "title": section.title,
                "clauses": section.clause_refs,
                "files": [member.path for member in data[section.key]],
            }
            for section in sections
        ],
        # As text: a template would group the digits of a number by the language of the server.
        "evidence": [
            {
                "path": member.path,
                "source": member.provenance.source,
                "size": str(member.size),
                "sha256": member.sha256,
            }
            for member in evidence
        ],
        "gaps": gaps,
        "does_not_prove": DOES_NOT_PROVE,
    }
    with translation.override("en"):
        return render_to_string("documents/pack_index.html", context).encode()


def _manifest(
    pack: PackFacts,
    members: Sequence[Member],
    sections: Sequence[Section],
    gaps: Sequence[Gap],
    trail: TrailHead,
    signer: Signer,
) -> dict[str, object]:
    return {
        "format": verify.FORMAT,
        "pack": {
            "id": pack.id,
            "title": pack.title,
            "kind": pack.kind,
            "organization": {"name": pack.organization_name, "slug": pack.organization_slug},
            "scope": pack.scope,
            "as_of": pack.as_of,
            "built_at": pack.built_at,
            "portal_version": pack.portal_version,
        },
        "items": [member.as_json() for member in members],
        "counts": {
            "items": len(members),
            "bytes": sum(member.size for member in members),
            "sections": len(sections),
            "evidence": sum(member.path.startswith("evidence/") for member in members),
            "gaps": len(gaps),
        },
        "gaps": [{"section": gap.section, "text": gap.text, "clauses": gap.clause_refs} for gap in gaps],
        "trail": trail.as_json(),
        "key": {
            "algorithm": "Ed25519",
            "public_key": signer.public_key_text(),
            "fingerprint": signer.fingerprint(),
        },
        "does_not_prove": list(DOES_NOT_PROVE),
    }


def _write_safely(destination: Path, members: Sequence[Member], progress: Callable[[int, int], None]) -> None:
    handle, name = tempfile.mkstemp(dir=destination.parent, prefix=f".{destination.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            _write_zip(stream, members, progress)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(destination)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(destination.parent)


def _write_zip(stream: BinaryIO, members: Sequence[Member], progress: Callable[[int, int], None]) -> None:
    total = sum(member.size for member in members)
    done = 0
    # Stored, not deflated: compressed bytes differ between versions of zlib, and evidence hardly shrinks.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for member in members:
            _write_member(archive, member)
            done += member.size
            progress(done, total)


def _write_member(archive: zipfile.ZipFile, member: Member) -> None:
    info = zipfile.ZipInfo(member.path, NO_TIME)
    info.create_system = 3
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = member.size
    digest = hashlib.sha256()
    size = 0
    with member.open() as source, archive.open(info, "w") as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > member.size:
                break
            target.write(chunk)
    if size != member.size or digest.hexdigest() != member.sha256:
        raise FileChanged(
            f"{member.path} ({member.provenance.source}) is not the file recorded when it was uploaded."
            " The pack was not built; restore the file from a backup or withdraw the evidence."
        )


def _file_hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
