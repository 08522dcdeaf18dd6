"""The legal classification of AI systems in an evidence pack: so far whether a use is prohibited."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from aims.core.days import local_today
from aims.core.documents import Column, Section, Table
from inventory.queries.systems import label_of
from inventory.rules.systems import OUT_OF_USE
from risk.enums import ClassificationState, ProhibitedResult
from risk.models import LegalClassification

NO_RISK_CLASS = (
    "The portal keeps whether a use is a prohibited practice (EU AI Act, Article 5). Other classes, such as"
    " high-risk, are not kept: show them from where they are."
)


def classification_section(
    systems: Mapping[int, Any], people: Mapping[int, str], *, as_of: datetime.date
) -> Section:
    rows: list[Any] = list(LegalClassification.objects.order_by("system_id"))
    return Section(
        key="legal-classification",
        number="23",
        title="Legal classification",
        clause_refs=("4.2", "A.9.4"),
        data={"prohibited-practices": _table(rows, systems, people)},
        gaps=(NO_RISK_CLASS, *_gaps(rows, systems, as_of)),
    )


def _table(rows: list[Any], systems: Mapping[int, Any], people: Mapping[int, str]) -> Table:
    return Table(
        title="Prohibited practices",
        columns=(
            Column("AI system", 26),
            Column("Version", 12),
            Column("Result", 16),
            Column("State", 14),
            Column("Approved by", 14),
            Column("Approved", 9),
            Column("Valid until", 9),
        ),
        rows=[
            (
                _named(systems[row.system_id]),
                row.system_version or None,
                label_of(ProhibitedResult, row.result) or None,
                label_of(ClassificationState, row.state),
                people.get(row.approved_by_id),
                local_today(row.approved_at) if row.approved_at else None,
                row.valid_until,
            )
            for row in rows
            if row.system_id in systems
        ],
    )


def _gaps(rows: list[Any], systems: Mapping[int, Any], as_of: datetime.date) -> Iterator[str]:
    approved = {row.system_id: row for row in rows if row.state == ClassificationState.APPROVED}
    kept = {pk: each for pk, each in systems.items() if each.is_in_scope and each.stage not in OUT_OF_USE}
    for found, what in (
        ([pk for pk in kept if pk not in approved], "Not checked for prohibited practices, or not approved"),
        (
            [pk for pk in kept if pk in approved and _has_ended(approved[pk], as_of)],
            "The check for prohibited practices is no longer valid",
        ),
        (
            [pk for pk in kept if pk in approved and approved[pk].result != ProhibitedResult.NOT_PROHIBITED],
            "In scope, although the use was found prohibited or unclear",
        ),
    ):
        if found:
            yield f"{what}: {', '.join(sorted(kept[pk].reference for pk in found))}."


def _has_ended(row: Any, as_of: datetime.date) -> bool:
    return row.valid_until is not None and row.valid_until < as_of


def _named(system: Any) -> str:
    return f"{system.reference} {system.name}"
