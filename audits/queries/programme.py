"""What the audit programme covers: every requirement with the audits that look at it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from audits.enums import AuditState
from audits.models import Audit
from controls import library

DONE = frozenset({AuditState.REPORT_ISSUED, AuditState.FOLLOW_UP, AuditState.CLOSED})


@dataclass(frozen=True)
class Covered:
    """One clause or control: how often audited, when last, and by which audit next."""

    ref: str
    title: str
    last: datetime.date | None
    planned: str

    @property
    def is_gap(self) -> bool:
        return self.last is None and not self.planned


@dataclass(frozen=True)
class Coverage:
    rows: list[Covered]

    @property
    def audited(self) -> int:
        return sum(row.last is not None for row in self.rows)

    @property
    def planned(self) -> int:
        return sum(row.last is None and bool(row.planned) for row in self.rows)

    @property
    def gaps(self) -> list[Covered]:
        return [row for row in self.rows if row.is_gap]

    @property
    def total(self) -> int:
        return len(self.rows)


def coverage() -> Coverage:
    """In one query, over the 32 clauses and 38 controls."""
    audits = list(Audit.objects.exclude(state=AuditState.CANCELLED).order_by("start_date", "id"))
    titles = {clause.ref: clause.title for clause in library.clauses()}
    titles |= {control.ref: control.title for control in library.controls()}
    return Coverage([_covered(ref, title, audits) for ref, title in titles.items()])


def _covered(ref: str, title: str, audits: list[Audit]) -> Covered:
    looking = [audit for audit in audits if ref in audit.criteria]
    ended = [audit.end_date for audit in looking if audit.state in DONE and audit.end_date]
    ahead = [audit.reference for audit in looking if audit.state not in DONE]
    return Covered(ref, title, max(ended, default=None), ahead[0] if ahead else "")
