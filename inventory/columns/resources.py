"""The columns of the registers of AI models, data sets and prompts."""

from __future__ import annotations

from typing import Any

from aims.core.columns import Column, Link, Tag
from inventory.columns import NAME, REFERENCE, SUPPLIER, also, day, owner

VIEW = "inventory.view_resources"
REPLACED = Tag("Replaced")
NO_LICENCE = Tag("Not recorded", "warn")
#: What only some of the registers have, by the column of the record.
OWN = {
    "categories": also("categories", "Categories of data", kind="list"),
    "special_categories": Column(
        "special_categories",
        "Special categories",
        lambda row: row.special,
        tag=lambda row: Tag(row.special, "warn") if row.special else None,
    ),
    "collected_from": day("collected_from", "Collected from"),
    "collected_until": day("collected_until", "Collected until"),
    "preparation": also("preparation", "Preparation"),
    "bias_checks": also("bias_checks", "Checks for bias"),
    "retention": also("retention", "Retention"),
    "training_data": also("training_data", "Training data in summary"),
    "intended_use": also("intended_use", "Intended use"),
    "ai_model": also("ai_model", "AI model", reads="ai_model__name", link=Link("model", VIEW, "ai_model_id")),
    "tools": also("tools", "Tools", kind="list"),
    "limits": also("limits", "Limits"),
}


def columns_of(model: Any, *, about: str) -> list[Column]:
    """`about` is the heading of what a row says beside its name: its kind, or where it comes from."""
    return [
        REFERENCE,
        NAME,
        Column(
            "version",
            "Version",
            lambda row: row.version,
            sort="version",
            is_shown=True,
            beside="is_superseded",
        ),
        _about(model, about),
        Column("supplier", "Supplier", lambda row: row.supplier, is_shown=True, link=SUPPLIER),
        Column(
            "licence",
            "Licence",
            lambda row: row.licence,
            sort="licence",
            is_shown=True,
            tag=lambda row: None if row.licence or "licence" not in model.expects else NO_LICENCE,
        ),
        owner("Answers for it"),
        Column("system_count", "AI systems", lambda row: row.systems, kind="number", is_shown=True),
        *(column for key, column in OWN.items() if key in model.written),
        also("provenance", "Provenance"),
        also("limitations", "Limitations"),
        Column(
            "is_superseded",
            "Replaced",
            lambda row: "Yes" if row.is_superseded else "No",
            tag=lambda row: REPLACED if row.is_superseded else None,
        ),
        also(
            "supersedes",
            "Replaces",
            reads="supersedes__reference",
            link=Link(model.route, VIEW, "supersedes_id"),
        ),
        day("registered_at", "Registered"),
    ]


def _about(model: Any, label: str) -> Column:
    key = "kind" if model.kinds else "source"
    beside = "special_categories" if "special_categories" in model.written else ""
    return Column(key, label, lambda row: row.about, is_shown=True, beside=beside)
