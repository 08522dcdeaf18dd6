"""Checks a pack with the very code that lies inside each pack: there is one truth about what is well."""

from dataclasses import dataclass
from pathlib import Path

from audits.standalone import verify


@dataclass(frozen=True)
class Verification:
    ok: bool
    problems: tuple[str, ...]
    checked: tuple[str, ...]
    not_checked: tuple[str, ...]
    summary: str


def verify_pack(path: Path, public_key: str | None) -> Verification:
    """With no key, the one inside the pack is used, and the answer says so."""
    report = verify.verify(path, public_key)
    return Verification(
        ok=report.ok,
        problems=tuple(report.problems),
        checked=tuple(report.checked),
        not_checked=tuple(report.not_checked),
        summary=report.summary,
    )
