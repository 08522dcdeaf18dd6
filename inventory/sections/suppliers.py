"""The suppliers of AI in an evidence pack, read as of a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.days import local_today
from aims.core.documents import Column, Section, Table
from aims.core.models import Member
from inventory.enums import QuestionnaireState, SupplierKind, SupplierState, SupplierTier
from inventory.models import AISystem, Supplier, SupplierCondition, SupplierQuestionnaire, SupplierSystem
from inventory.models.suppliers import ENDED
from inventory.queries.systems import label_of


def sections(as_of: datetime.date) -> Iterable[Section]:
    """Beside the inventory: which systems are bought, from whom, and how far that was looked into."""
    suppliers: list[Any] = list(Supplier.objects.order_by("reference"))
    yield Section(
        key="suppliers",
        number="8",
        title="Suppliers of AI",
        clause_refs=("8.1", "A.10.2", "A.10.3"),
        data={
            "suppliers": _register(suppliers),
            "conditions": _open_conditions(suppliers),
            "questionnaires": _questionnaires(suppliers),
        },
        gaps=tuple(_gaps(suppliers, as_of)),
    )


def _register(suppliers: list[Any]) -> Table:
    names, served = dict(Member.objects.values_list("id", "name")), _served()
    return Table(
        title="Suppliers",
        columns=(
            Column("Ref", 9, "code"),
            Column("Supplier", 19),
            Column("Delivers", 15),
            Column("Tier", 7),
            Column("State", 12),
            Column("Answers for it", 13),
            Column("AI systems", 15),
            Column("Review", 10),
        ),
        rows=[
            (
                row.reference,
                row.name,
                label_of(SupplierKind, row.kind),
                label_of(SupplierTier, row.tier) or None,
                label_of(SupplierState, row.state),
                names.get(row.owner_id),
                served.get(row.pk, []),
                row.next_review_date,
            )
            for row in suppliers
        ],
    )


def _served() -> dict[int, list[str]]:
    references = dict(AISystem.objects.values_list("pk", "reference"))
    served: dict[int, list[str]] = {}
    for link in SupplierSystem.objects.order_by("pk"):
        pinned = f" ({link.model_name} {link.model_version})" if link.model_version else ""
        served.setdefault(link.supplier_id, []).append(f"{references.get(link.system_id, '')}{pinned}")
    return served


def _open_conditions(suppliers: list[Any]) -> Table:
    names = _names(suppliers)
    return Table(
        title="Open conditions",
        columns=(
            Column("Supplier", 20),
            Column("Condition", 50),
            Column("Blocks use", 12),
            Column("Due", 18),
        ),
        rows=[
            (names.get(row.supplier_id), row.text, "Yes" if row.is_blocking else "No", row.due_date)
            for row in SupplierCondition.objects.filter(met_on=None).order_by("pk")
        ],
    )


def _questionnaires(suppliers: list[Any]) -> Table:
    names = _names(suppliers)
    return Table(
        title="Questionnaires",
        columns=(
            Column("Ref", 9, "code"),
            Column("Supplier", 21),
            Column("State", 14),
            Column("Due", 12),
            Column("Handed in", 14),
            Column("SHA-256 of the answers", 30, "hash"),
        ),
        rows=[
            (
                row.reference,
                names.get(row.supplier_id),
                label_of(QuestionnaireState, row.state),
                row.due_date,
                row.handed_in_at and local_today(row.handed_in_at),
                row.sha256 or None,
            )
            for row in SupplierQuestionnaire.objects.order_by("pk")
        ],
    )


def _names(suppliers: list[Any]) -> dict[int, str]:
    return {row.pk: f"{row.reference} {row.name}" for row in suppliers}


def _gaps(suppliers: list[Any], as_of: datetime.date) -> Iterator[str]:
    if not suppliers:
        yield "No supplier was on record on this day, as far as the history here reaches back."
        return
    kept = [row for row in suppliers if row.state not in ENDED]
    for lacking, what in (
        ([row for row in kept if not row.tier], "no tier"),
        ([row for row in kept if row.owner_id is None], "nobody answers for it"),
        (
            [row for row in kept if row.next_review_date and row.next_review_date < as_of],
            "the review is overdue",
        ),
    ):
        if lacking:
            yield f"{', '.join(f'{row.reference} {row.name}' for row in lacking[:5])}: {what}."
