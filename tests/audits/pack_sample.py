"""A small pack for tests, with evidence files that lie in memory."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aims.core.canonical import sha256_of
from aims.core.documents import Section, gaps_of
from aims.core.signing import Signer
from audits.container import PackFacts, PackFile, PackResult, Provenance, TrailHead, assemble
from tests.core.document_sample import sections

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
STRANGER = Signer(Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))

FACTS = PackFacts(
    id="PK-0007",
    title="Stage 1 evidence pack",
    kind="stage1",
    organization_name="Meridian Health",
    organization_slug="meridian-health",
    scope="AI systems for triage and scheduling",
    as_of=date(2026, 10, 1),
    built_at=datetime(2026, 10, 2, 8, 30, tzinfo=UTC),
    portal_version="0.1.0",
)


def pack_file(name: str, content: bytes, source: str = "EV-001") -> PackFile:
    return PackFile(
        name=name,
        sha256=sha256_of(content),
        size=len(content),
        open=lambda: io.BytesIO(content),
        provenance=Provenance(
            source=source, version="2", approver="S. Lindqvist", approved_on=date(2026, 9, 1)
        ),
    )


def trail(signer: Signer = SIGNER) -> TrailHead:
    head = bytes(range(32))
    note = signer.sign_checkpoint(organization=FACTS.organization_slug, seq=41, head_hash=head)
    return TrailHead(seq=41, head_hash=head, checkpoint=note)


def build(
    destination: Path,
    *,
    files: Sequence[PackFile] | None = None,
    parts: Sequence[Section] | None = None,
    signer: Signer = SIGNER,
    pdf: bytes = b"%PDF-1.7 sample",
) -> PackResult:
    parts = sections(0.02) if parts is None else parts
    if files is None:
        files = [
            pack_file("Bias test Q3.pdf", b"bias", "EV-002"),
            pack_file("../../policy.docx", b"policy", "EV-001"),
        ]
    return assemble(
        destination,
        pack=FACTS,
        pdf=pdf,
        sections=parts,
        gaps=gaps_of(parts),
        files=files,
        trail=trail(signer),
        signer=signer,
    )
