"""The context of the AIMS in an evidence pack: issues, climate decision, interested parties (4.1, 4.2)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.days import end_of_day, local_today
from aims.core.documents import Column, Facts, Section, Table
from aims.core.models import Member
from inventory.enums import IssueKind, IssueStanding, IssueTheme, NeedKind, PartyKind
from inventory.models import ClimateDecision, ContextIssue, InterestedParty, PartyNeed
from inventory.queries.parties import ANSWERS
from inventory.queries.systems import label_of

NO_CLIMATE = "It was not decided whether climate change is relevant (4.1)."


def sections(as_of: datetime.date) -> Iterable[Section]:
    issues: list[Any] = list(ContextIssue.objects.order_by("reference"))
    decided = ClimateDecision.objects.filter(decided_at__lte=end_of_day(as_of))
    climate: Any = decided.order_by("-pk").first()
    names = dict(Member.objects.values_list("id", "name"))
    yield Section(
        key="context",
        number="2",
        title="Context: issues and climate decision",
        clause_refs=("4.1",),
        data={"climate": climate_facts(climate, names), "issues": _issues_table(issues, names)},
        gaps=tuple(_gaps(issues, climate, as_of)),
    )
    yield parties_section(names, as_of)


def parties_section(names: dict[int, str], as_of: datetime.date) -> Section:
    parties: list[Any] = list(InterestedParty.objects.order_by("reference"))
    by_party: dict[int, list[Any]] = {}
    for need in PartyNeed.objects.order_by("pk"):
        by_party.setdefault(need.party_id, []).append(need)
    kept = [row for row in parties if row.matters]
    return Section(
        key="interested-parties",
        number="3",
        title="Interested parties and obligations",
        clause_refs=("4.2",),
        data={"parties": _parties_table(kept, by_party, names), "needs": _needs_table(kept, by_party)},
        gaps=tuple(_party_gaps(kept, by_party, as_of)),
    )


def _parties_table(parties: list[Any], by_party: dict[int, list[Any]], names: dict[int, str]) -> Table:
    return Table(
        title="Interested parties",
        columns=(
            Column("Ref", 9, "code"),
            Column("Interested party", 24),
            Column("Who they are", 18),
            Column("Requirements", 11, "number"),
            Column("How changes are learnt of", 18),
            Column("Owner", 11),
            Column("Review", 9),
        ),
        rows=[
            (
                row.reference,
                row.name,
                label_of(PartyKind, row.kind),
                len(by_party.get(row.pk, ())),
                row.watch,
                names.get(row.owner_id),
                row.next_review_date,
            )
            for row in parties
        ],
    )


def _needs_table(parties: list[Any], by_party: dict[int, list[Any]]) -> Table:
    return Table(
        title="Requirements, and which of them are obligations of the AIMS",
        columns=(
            Column("Party", 10, "code"),
            Column("Requirement", 28),
            Column("Rests on", 12),
            Column("Where it stands", 18),
            Column("Taken on", 14),
            Column("Why, or how", 18),
        ),
        rows=[
            (
                row.reference,
                need.text,
                label_of(NeedKind, need.kind),
                need.where,
                ANSWERS[need.is_obligation],
                need.reason,
            )
            for row in parties
            for need in by_party.get(row.pk, ())
        ],
    )


def _party_gaps(parties: list[Any], by_party: dict[int, list[Any]], as_of: datetime.date) -> Iterator[str]:
    if not parties:
        yield "No interested party is recorded."
        return
    if not any(row.kind == PartyKind.AFFECTED for row in parties):
        yield "People affected by AI are not among the interested parties."
    for lacking, what in (
        ([row for row in parties if row.pk not in by_party], "no requirement is recorded"),
        (
            [row for row in parties if any(n.is_obligation is None for n in by_party.get(row.pk, ()))],
            "it is not decided which requirements are taken on",
        ),
        (
            [row for row in parties if row.next_review_date and row.next_review_date < as_of],
            "the review is overdue",
        ),
    ):
        if lacking:
            yield f"{', '.join(str(row) for row in lacking[:5])}: {what}."


def climate_facts(climate: Any, names: dict[int, str]) -> Facts:
    if climate is None:
        return Facts(title="Climate change", rows=(("Relevant to the AIMS", "Not decided"),))
    return Facts(
        title="Climate change",
        rows=(
            ("Relevant to the AIMS", "Yes" if climate.is_relevant else "No"),
            ("Grounds", climate.reason),
            ("Decided by", names.get(climate.decided_by_id)),
            ("Decided on", local_today(climate.decided_at)),
        ),
    )


def _issues_table(issues: list[Any], names: dict[int, str]) -> Table:
    return Table(
        title="Internal and external issues",
        columns=(
            Column("Ref", 8, "code"),
            Column("Issue", 20),
            Column("Comes from", 9),
            Column("Theme", 13),
            Column("Effect on the AIMS", 22),
            Column("Owner", 11),
            Column("Status", 8),
            Column("Review", 9),
        ),
        rows=[
            (
                row.reference,
                row.title,
                label_of(IssueKind, row.kind),
                label_of(IssueTheme, row.theme),
                row.effect,
                names.get(row.owner_id),
                label_of(IssueStanding, row.standing),
                row.next_review_date,
            )
            for row in issues
        ],
    )


def _gaps(issues: list[Any], climate: Any, as_of: datetime.date) -> Iterator[str]:
    kept = [row for row in issues if row.standing != IssueStanding.CLOSED]
    for kind, label in IssueKind.choices:
        if not any(row.kind == kind for row in kept):
            yield f"No {label.lower()} issue is recorded."
    if climate is None:
        yield NO_CLIMATE
    for lacking, what in (
        ([row for row in kept if row.owner_id is None], "nobody answers for it"),
        (
            [row for row in kept if row.next_review_date and row.next_review_date < as_of],
            "the review is overdue",
        ),
    ):
        if lacking:
            yield f"{', '.join(str(row) for row in lacking[:5])}: {what}."
