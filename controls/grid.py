"""The Statement's grid: the rows, views and counts of one screen, in a fixed number of queries."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from controls import library, queries, rules, soa, statement
from controls.enums import ImplementationState
from controls.models import SoAEntry, StatementOfApplicability
from controls.queries import StatementRow

NOT_IN_PLACE = (*rules.UNFINISHED, ImplementationState.DEGRADED)


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row as the grid shows it."""

    row: StatementRow
    has_changed: bool

    @property
    def slug(self) -> str:
        """The anchor of the row: A.6.2.4 is #A-6-2-4."""
        return self.row.control.reference.replace(".", "-")

    @property
    def included(self) -> str:
        return {True: "yes", False: "no", None: ""}[self.row.entry.is_included]

    @property
    def is_left_out(self) -> bool:
        return self.row.entry.is_included is False

    @property
    def is_undecided(self) -> bool:
        return self.row.entry.is_included is None

    @property
    def justification(self) -> str:
        return self.row.entry.justification or (self.row.proposal if self.is_undecided else "")

    @property
    def is_unfinished(self) -> bool:
        return self.row.control.state in rules.UNFINISHED

    @property
    def links(self) -> dict[str, str]:
        """The link of each reason that has one to be typed."""
        return {reason.kind: reason.link for reason in self.row.reasons}


@dataclass(frozen=True, slots=True)
class Group:
    ref: str
    title: str
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the grid, with how many rows it holds."""

    key: str
    label: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Progress:
    decided: int
    total: int

    @property
    def sentence(self) -> str:
        left = self.total - self.decided
        if not self.decided:
            return "Decide on each control, then send the Statement for approval."
        if left:
            return f"Decide the last {left} to send for approval."
        return "All controls are decided. Send the Statement for approval."


@dataclass(frozen=True, slots=True)
class Grid:
    groups: tuple[Group, ...]
    views: tuple[View, ...]
    progress: Progress

    @property
    def is_empty(self) -> bool:
        return not self.groups


VIEWS: tuple[tuple[str, str, Callable[[GridRow], bool]], ...] = (
    ("all", "All", lambda row: True),
    ("undecided", "Undecided", lambda row: row.is_undecided),
    ("left_out", "Left out", lambda row: row.is_left_out),
    (
        "not_in_place",
        "Not yet in place",
        lambda row: not row.is_left_out and row.row.control.state in NOT_IN_PLACE,
    ),
    (
        "no_evidence",
        "No evidence",
        lambda row: not row.is_left_out and row.row.standing.light in ("none", "bad"),
    ),
    ("changed", "Changed", lambda row: row.has_changed),
)


def read(version: StatementOfApplicability, *, view: str, today: datetime.date) -> Grid:
    rows = queries.statement_rows(version, today=today)
    changed = statement.changed_references(_earlier(version), statement.content(version, rows))
    shown = [GridRow(row, row.control.reference in changed) for row in rows]
    tests = {key: test for key, _, test in VIEWS}
    wanted = tests.get(view, tests["all"])
    return Grid(
        groups=_groups([row for row in shown if wanted(row)]),
        views=tuple(_view(version, view, key, label, test, shown) for key, label, test in VIEWS),
        progress=Progress(sum(1 for row in shown if not row.is_undecided), len(shown)),
    )


def _earlier(version: StatementOfApplicability) -> statement.Content | None:
    return statement.frozen(version.based_on) if version.based_on else None


def _view(
    version: StatementOfApplicability,
    current: str,
    key: str,
    label: str,
    test: Callable[[GridRow], bool],
    rows: list[GridRow],
) -> View:
    if key == "changed":
        label = f"Changed since v{version.based_on.version}" if version.based_on else "Changed"
    return View(key, label, sum(1 for row in rows if test(row)), key == current)


def _groups(rows: list[GridRow]) -> tuple[Group, ...]:
    titles = {each.ref: each for each in (*library.objectives(), queries.OWN)}
    groups: dict[str, list[GridRow]] = {}
    for row in rows:
        groups.setdefault(queries.objective_of(row.row.control.reference), []).append(row)
    return tuple(Group(ref, titles[ref].title, tuple(members)) for ref, members in groups.items())


def progress(version: StatementOfApplicability) -> Progress:
    """Two numbers, for the bar that follows each saved row."""
    entries = SoAEntry.objects.filter(soa=version)
    return Progress(entries.exclude(is_included=None).count(), entries.count())


def missing(row: StatementRow) -> str:
    """The first thing a saved row still lacks, said beside “Saved”."""
    found = soa.notes(row)
    return found[0].sentence if found else ""
