"""The AI models, data sets and prompts in an evidence pack, read as of a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.documents import Column, Section, Table
from inventory.enums import DataRole, ModelKind, ModelRole, PromptKind, PromptRole
from inventory.models import (
    AIModel,
    AISystem,
    DataSet,
    DataSetSystem,
    ModelSystem,
    Prompt,
    PromptSystem,
    Supplier,
)
from inventory.queries.components import waiting_components
from inventory.queries.systems import label_of


def sections(as_of: datetime.date) -> Iterable[Section]:
    """What the systems are made of: each version with its origin, its licence and where it is used."""
    models: list[Any] = list(AIModel.objects.order_by("reference"))
    data_sets: list[Any] = list(DataSet.objects.order_by("reference"))
    prompts: list[Any] = list(Prompt.objects.order_by("reference"))
    suppliers = dict(Supplier.objects.values_list("pk", "name"))
    yield Section(
        key="models-and-data",
        number="8",
        title="AI models, data sets and prompts",
        clause_refs=("8.1", "A.4.3", "A.7.2", "A.7.5"),
        data={
            "models": _models(models, suppliers),
            "data_sets": _data_sets(data_sets, suppliers),
            "prompts": _prompts(prompts, models),
            "origins": _origins([*models, *data_sets]),
            "measures": _measures([*models, *data_sets, *prompts]),
        },
        gaps=tuple(_gaps([*models, *data_sets], waiting_components().count())),
    )


def _models(models: list[Any], suppliers: dict[int, str]) -> Table:
    return Table(
        title="AI models",
        columns=_columns("AI model", "Kind"),
        rows=_rows(
            models, lambda row: label_of(ModelKind, row.kind), _uses(ModelSystem, ModelRole), suppliers
        ),
    )


def _data_sets(data_sets: list[Any], suppliers: dict[int, str]) -> Table:
    return Table(
        title="Data sets",
        columns=_columns("Data set", "Special categories"),
        rows=_rows(
            data_sets, lambda row: list(row.special_categories), _uses(DataSetSystem, DataRole), suppliers
        ),
    )


def _prompts(prompts: list[Any], models: list[Any]) -> Table:
    names = {row.pk: f"{row.reference} {row.name} {row.version}".strip() for row in models}
    uses = _uses(PromptSystem, PromptRole)
    return Table(
        title="Prompts and agents",
        columns=(
            Column("Ref", 9, "code"),
            Column("Prompt or agent", 18),
            Column("Version", 9),
            Column("Kind", 9),
            Column("AI model", 15),
            Column("Tools", 14),
            Column("AI systems", 15),
            Column("SHA-256 of the text, its beginning", 11, "code"),
        ),
        rows=[
            (
                row.reference,
                row.name,
                row.version or None,
                label_of(PromptKind, row.kind),
                names.get(row.ai_model_id),
                list(row.tools),
                uses.get(row.pk, []),
                row.text_sha256[:12] or None,
            )
            for row in prompts
        ],
    )


def _origins(rows: list[Any]) -> Table:
    return Table(
        title="Where models and data come from",
        columns=(Column("Ref", 12, "code"), Column("Source", 28), Column("Provenance", 60)),
        rows=[
            (row.reference, getattr(row, "source", "") or None, row.provenance or None)
            for row in rows
            if row.provenance or getattr(row, "source", "")
        ],
    )


def _measures(rows: list[Any]) -> Table:
    return Table(
        title="Measures",
        columns=(
            Column("Ref", 12, "code"),
            Column("Metric", 34),
            Column("Slice", 36),
            Column("Value", 18),
        ),
        rows=[
            (row.reference, each["metric"], each["slice"] or "All", each["value"])
            for row in rows
            for each in row.measures
        ],
    )


def _columns(noun: str, about: str) -> tuple[Column, ...]:
    return (
        Column("Ref", 9, "code"),
        Column(noun, 17),
        Column("Version", 10),
        Column(about, 14),
        Column("Supplier", 13),
        Column("Licence", 12),
        Column("AI systems", 15),
        Column("Replaced by", 10, "code"),
    )


def _rows(rows: list[Any], about: Any, uses: dict[int, list[str]], suppliers: dict[int, str]) -> list[Any]:
    newer = {row.supersedes_id: row.reference for row in rows if row.supersedes_id}
    return [
        (
            row.reference,
            row.name,
            row.version or None,
            about(row),
            suppliers.get(row.supplier_id),
            row.licence or None,
            uses.get(row.pk, []),
            newer.get(row.pk, "–"),
        )
        for row in rows
    ]


def _uses(links: Any, roles: Any) -> dict[int, list[str]]:
    references = dict(AISystem.objects.values_list("pk", "reference"))
    uses: dict[int, list[str]] = {}
    for link in links.objects.order_by("pk"):
        said = f"{references.get(link.system_id, '')} ({label_of(roles, link.role).lower()})"
        uses.setdefault(link.resource_id, []).append(said)
    return uses


def _gaps(rows: list[Any], waiting: int) -> Iterator[str]:
    if waiting:
        yield f"Parts that imported files name and no record stands for: {waiting}."
    if not rows:
        yield "No AI model or data set was on record on this day, as far as the history reaches back."
        return
    replaced = {(type(row).__name__, row.supersedes_id) for row in rows if row.supersedes_id}
    kept = [row for row in rows if (type(row).__name__, row.pk) not in replaced]
    for column, what in (("licence", "no licence"), ("provenance", "no provenance")):
        lacking = [row for row in kept if not getattr(row, column)]
        if lacking:
            yield f"{', '.join(f'{row.reference} {row.name}' for row in lacking[:5])}: {what} on record."
