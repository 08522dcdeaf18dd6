"""What the context of the AIMS (clause 4) asks of its records, and what is missing in it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aims.core.exceptions import RuleBroken

SITE_FIELDS = ("name", "place", "activities")
EXCLUSION_FIELDS = ("what", "reason")
MOST_ROWS = 100
LONGEST = 2000
CLOSED = "closed"


def sites_of(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The sites of a scope, without empty rows; each needs a name."""
    return _rows(rows, SITE_FIELDS, "sites", "Give each site a name.", needed=("name",))


def exclusions_of(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """What a scope leaves out; without a reason nothing is left out."""
    sentence = "Say of each exclusion what is left out and why."
    return _rows(rows, EXCLUSION_FIELDS, "exclusions", sentence, needed=EXCLUSION_FIELDS)


def _rows(
    rows: Iterable[Mapping[str, str]],
    fields: tuple[str, ...],
    field: str,
    sentence: str,
    *,
    needed: tuple[str, ...],
) -> list[dict[str, str]]:
    kept = []
    for row in rows:
        values = {name: str(row.get(name, "")).strip() for name in fields}
        if not any(values.values()):
            continue
        if not all(values[name] for name in needed):
            raise RuleBroken(sentence, field=field)
        if any(len(value) > LONGEST for value in values.values()):
            raise RuleBroken(f"Keep each entry below {LONGEST} characters.", field=field)
        kept.append(values)
    if len(kept) > MOST_ROWS:
        raise RuleBroken(f"A scope takes up to {MOST_ROWS} entries of a kind.", field=field)
    return kept


def require_issue(*, title: str, standing: str, closed_reason: str) -> None:
    if not title.strip():
        raise RuleBroken("Say in a few words what the issue is.", field="title")
    if standing == CLOSED and not closed_reason.strip():
        raise RuleBroken("Say why this no longer matters.", field="closed_reason")


def require_review(*, note: str, next_review_date: datetime.date | None, today: datetime.date) -> None:
    if not note.strip():
        raise RuleBroken("Say what the review came to.", field="note")
    if next_review_date is not None and next_review_date <= today:
        raise RuleBroken("The next review lies after today.", field="next_review_date")


@dataclass(frozen=True)
class ContextFacts:
    """How clause 4 stands, in numbers."""

    scope_approved: bool
    scope_waits: bool
    scope_has_sites: bool
    systems_undecided: int
    systems_without_role: int
    internal_issues: int
    external_issues: int
    issues_without_owner: int
    issues_overdue: int
    climate_decided: bool
    parties: int
    affected_among_parties: bool
    parties_without_needs: int
    parties_overdue: int
    needs_undecided: int
    bodies: int
    bodies_without_chair: int
    bodies_quiet: int
    decisions_overdue: int


@dataclass(frozen=True)
class Missing:
    """What an auditor would ask for and not find; `place` names the part of the context it belongs to."""

    clause: str
    sentence: str
    place: str


def missing(facts: ContextFacts) -> list[Missing]:
    return [
        *_missing_issues(facts),
        *_missing_parties(facts),
        *_missing_scope(facts),
        *_missing_governance(facts),
    ]


def _missing_issues(facts: ContextFacts) -> Iterator[Missing]:
    if not facts.internal_issues:
        yield Missing("4.1", "No internal issue is recorded.", "issues")
    if not facts.external_issues:
        yield Missing("4.1", "No external issue is recorded.", "issues")
    if facts.issues_without_owner:
        yield Missing("4.1", f"{counted(facts.issues_without_owner, 'issue')} without an owner.", "issues")
    if facts.issues_overdue:
        yield Missing("4.1", f"{counted(facts.issues_overdue, 'issue')} with an overdue review.", "issues")
    if not facts.climate_decided:
        yield Missing("4.1", "It is not decided whether climate change is relevant.", "climate")
    if facts.systems_without_role:
        count = counted(facts.systems_without_role, "AI system")
        yield Missing("4.1", f"{count} without a recorded role of the organization.", "roles")


def _missing_parties(facts: ContextFacts) -> Iterator[Missing]:
    if not facts.parties:
        yield Missing("4.2", "No interested party is recorded.", "parties")
    elif not facts.affected_among_parties:
        yield Missing("4.2", "People affected by AI are not among the interested parties.", "parties")
    if facts.parties_without_needs:
        count = counted(facts.parties_without_needs, "interested party", "interested parties")
        yield Missing("4.2", f"{count} without a recorded requirement.", "parties_without_needs")
    if facts.needs_undecided:
        count = counted(facts.needs_undecided, "requirement")
        yield Missing("4.2", f"{count} of interested parties neither taken on nor declined.", "needs")
    if facts.parties_overdue:
        count = counted(facts.parties_overdue, "interested party", "interested parties")
        yield Missing("4.2", f"{count} with an overdue review.", "parties_overdue")


def _missing_scope(facts: ContextFacts) -> Iterator[Missing]:
    if not facts.scope_approved:
        waits = "The scope waits for approval." if facts.scope_waits else "No scope statement was approved."
        yield Missing("4.3", waits, "scope")
    elif not facts.scope_has_sites:
        yield Missing("4.3", "The scope names no site.", "scope")
    if facts.systems_undecided:
        count = counted(facts.systems_undecided, "AI system")
        yield Missing("4.3", f"{count} neither in scope nor left out.", "systems")


def _missing_governance(facts: ContextFacts) -> Iterator[Missing]:
    if not facts.bodies:
        yield Missing("5.3", "No governance body is recorded.", "bodies")
    if facts.bodies_without_chair:
        count = counted(facts.bodies_without_chair, "governance body", "governance bodies")
        yield Missing("5.3", f"{count} without a chair.", "bodies")
    if facts.bodies_quiet:
        count = counted(facts.bodies_quiet, "governance body", "governance bodies")
        yield Missing("5.1", f"{count} without a meeting in twelve months.", "bodies")
    if facts.decisions_overdue:
        count = counted(facts.decisions_overdue, "decision")
        yield Missing("5.1", f"{count} of governance bodies overdue.", "decisions")


def counted(count: int, noun: str, many: str = "") -> str:
    return f"1 {noun}" if count == 1 else f"{count} {many or noun + 's'}"
