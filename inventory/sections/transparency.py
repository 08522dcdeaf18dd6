"""Disclosures in an evidence pack, read as of a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.documents import Column, Section, Table
from aims.core.models import Evidence
from inventory.enums import DisclosureAudience, DisclosureKind
from inventory.models import AISystem, Disclosure, DisclosureEvidence
from inventory.queries.systems import label_of


def sections(as_of: datetime.date) -> Iterable[Section]:
    """What people were told, in which words and where, and what proves it."""
    found = list(Disclosure.objects.order_by("reference"))
    proofs = list(DisclosureEvidence.objects.order_by("shown_on", "pk"))
    yield Section(
        key="disclosures",
        number="8",
        title="Information for interested parties",
        clause_refs=("A.8.2", "A.8.5"),
        data={
            "disclosures": Table(
                title="Disclosures",
                columns=(
                    Column("Ref", 8, "code"),
                    Column("AI system", 9, "code"),
                    Column("What", 15),
                    Column("Whom", 13),
                    Column("Words", 24),
                    Column("Where", 13),
                    Column("Review", 9),
                    Column("Ended", 9),
                ),
                rows=_rows(found),
            ),
            "proofs": Table(
                title="Proofs that they were shown",
                columns=(Column("Ref", 20, "code"), Column("Shown on", 30), Column("Evidence", 50)),
                rows=_proofs(found, proofs),
            ),
        },
        gaps=tuple(_gaps(found, proofs, as_of)),
    )


def _rows(found: list[Any]) -> list[tuple[Any, ...]]:
    references = dict(AISystem.objects.values_list("id", "reference"))
    return [
        (
            row.reference,
            references.get(row.system_id),
            label_of(DisclosureKind, row.kind),
            f"{label_of(DisclosureAudience, row.audience)} ({row.language})",
            row.text,
            row.shown_where or None,
            row.review_date,
            row.ended_on,
        )
        for row in found
    ]


def _proofs(found: list[Any], proofs: list[Any]) -> list[tuple[Any, ...]]:
    references = {row.pk: row.reference for row in found}
    items = dict(Evidence.objects.values_list("id", "reference"))
    return [
        (references.get(link.disclosure_id), link.shown_on, items.get(link.evidence_id)) for link in proofs
    ]


def _gaps(found: list[Any], proofs: list[Any], as_of: datetime.date) -> Iterator[str]:
    if not found:
        yield "No disclosure was on record on this day, as far as the history here reaches back."
        return
    proven = {link.disclosure_id for link in proofs}
    shown = [row for row in found if row.ended_on is None]
    unproven = [row.reference for row in shown if row.pk not in proven]
    if unproven:
        yield f"{', '.join(unproven[:5])}: nothing proves that it was shown."
    overdue = [row.reference for row in shown if row.review_date and row.review_date < as_of]
    if overdue:
        yield f"{', '.join(overdue[:5])}: the review is overdue."
