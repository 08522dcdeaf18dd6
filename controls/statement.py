"""What a Statement of Applicability says: the content that is frozen, printed, exported and compared."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aims.core.canonical import canonical_json
from aims.core.catalogs import ANNEX_A, catalog
from aims.core.models import Organization
from controls import rules
from controls.enums import ImplementationState, ReasonKind
from controls.models import StatementOfApplicability
from controls.queries import StatementRow

Content = Mapping[str, Any]


def content(
    soa: StatementOfApplicability, rows: Iterable[StatementRow], *, approver: str = ""
) -> dict[str, Any]:
    """Plain values only, so that the canonical text and its hash depend on nothing else."""
    return {
        "organization": Organization.objects.get(pk=soa.organization_id).name,
        "version": soa.version,
        "state": soa.state,
        "scope": soa.scope,
        "author": soa.author.name,
        "submitted_by": soa.submitted_by.name if soa.submitted_by else "",
        "submitted_at": _iso(soa.submitted_at),
        "approved_by": approver,
        "approved_at": _iso(soa.approved_at),
        "library": {"annex": "ISO/IEC 42001 Annex A", "version": catalog(ANNEX_A)["meta"]["version"]},
        "rows": [_row(row) for row in rows],
    }


def _row(row: StatementRow) -> dict[str, Any]:
    control, decided = row.control, row.as_decided()
    return {
        "ref": control.reference,
        "title": control.title,
        "origin": control.origin,
        "included": decided.included,
        "reasons": [
            {"kind": reason.kind, "link": reason.link, "text": stored.text}
            for reason, stored in zip(decided.reasons, row.reasons, strict=True)
        ],
        "justification": "" if decided.included is False else row.entry.justification,
        "exclusion_text": decided.exclusion_text,
        "exclusion_link": decided.exclusion_link,
        "necessary_because": list(decided.necessary_because),
        "implementation_state": control.state,
        "how": decided.how,
        "owner": decided.owner,
        "applies_to": control.applies_to,
        "target_date": _iso(control.target_date),
        "last_review_date": _iso(control.last_review_date),
        "next_review_date": _iso(control.next_review_date),
        "evidence": [
            {
                "reference": item.reference,
                "title": "" if item.is_confidential else item.title,
                "light": item.light,
                "valid_until": _iso(item.valid_until),
            }
            for item in row.evidence
        ],
    }


def _iso(value: datetime.date | None) -> str:
    return value.isoformat() if value else ""


def frozen(soa: StatementOfApplicability) -> Content | None:
    """What was approved, or None for what never was (or whose copy the reader may not see)."""
    snapshot = soa.snapshot
    if snapshot is None or snapshot.kind != soa._meta.label_lower:
        return None
    content: Content = json.loads(snapshot.text)
    return content


def json_text(soa: StatementOfApplicability, current: Content) -> str:
    """The frozen text byte for byte, so that its SHA-256 can be checked; a draft is written out."""
    return str(soa.snapshot.text) if soa.snapshot else canonical_json(current)


def is_draft(statement: Content) -> bool:
    return not statement["approved_at"]


def included_word(row: Content) -> str:
    return {True: "Yes", False: "No", None: "Undecided"}[row["included"]]


def status_word(row: Content) -> str:
    state = row["implementation_state"]
    return ImplementationState(state).label if state else ""


def reason_words(row: Content) -> str:
    """Why a control is in or out, as one text: each reason with its link and its words."""
    if row["included"] is False:
        return _joined([row["exclusion_text"], row["exclusion_link"]])
    reasons = [_reason_words(reason) for reason in row["reasons"]]
    return _joined([*reasons, row["justification"]])


def _reason_words(reason: Content) -> str:
    said = ", ".join(part for part in (reason["link"], reason["text"]) if part)
    label = ReasonKind(reason["kind"]).label
    return f"{label}: {said}" if said else label


def _joined(parts: Sequence[str]) -> str:
    return "; ".join(part.strip().rstrip(".;") for part in parts if part.strip())


def open_target(row: Content) -> datetime.date | None:
    """The day by which an included control is to be implemented, while it is not."""
    is_open = row["included"] and row["implementation_state"] in rules.UNFINISHED
    return datetime.date.fromisoformat(row["target_date"]) if is_open and row["target_date"] else None


def evidence_words(row: Content) -> str:
    return ", ".join(
        item["reference"] + ("" if item["light"] == "current" else f" ({item['light']})")
        for item in row["evidence"]
    )


def changes(old: Content | None, new: Content) -> rules.Comparison:
    return rules.compare(old or {"rows": []}, new)


def changed_references(old: Content | None, new: Content) -> frozenset[str]:
    """The controls whose row differs in any way from the earlier version; none when there was no earlier."""
    if old is None:
        return frozenset()
    found = changes(old, new)
    groups = (found.added, found.left_out, found.status_changed, found.wording_changed)
    return frozenset(change.ref for group in groups for change in group)
