"""The terms of access that an external auditor accepts. A changed text is a new version."""

from __future__ import annotations

from dataclasses import dataclass

from aims.core.canonical import canonical_json, sha256_of

VERSION = "2026-11"


@dataclass(frozen=True)
class Terms:
    """One text, as shown and as sealed."""

    version: str
    sentences: tuple[str, ...]

    @property
    def sha256(self) -> str:
        return sha256_of(canonical_json({"version": self.version, "sentences": list(self.sentences)}))


def terms_of(organization_name: str) -> Terms:
    return Terms(
        VERSION,
        (
            "What you read is confidential and is used for this audit only.",
            "The access is yours alone. You sign in with password and second factor and pass on neither.",
            "You read records and change none. You write requests and comments, decisions on answers,"
            " samples, your own notes and drafts of findings.",
            f"What you open and download is recorded and shown to {organization_name}.",
            f"The access ends by itself, and {organization_name} can end it at any time.",
        ),
    )
