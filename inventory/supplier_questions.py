"""The published questions to suppliers, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from aims.core import catalogs
from inventory.rules.questionnaires import Question


@cache
def supplier_questions() -> tuple[Question, ...]:
    published = catalogs.catalog(catalogs.SUPPLIER_QUESTIONS)
    titles = {row["id"]: row["title"] for row in published["sections"]}
    return tuple(_question(row, titles) for row in published["questions"])


def version() -> str:
    return catalogs.version(catalogs.SUPPLIER_QUESTIONS)


def _question(row: Mapping[str, Any], titles: Mapping[str, str]) -> Question:
    return Question(
        id=row["id"],
        section=row["section"],
        section_title=titles[row["section"]],
        kind=row["kind"],
        text=row["text"],
        help=row.get("help", ""),
        required=row.get("required", False),
        choices=tuple((each["id"], each["label"]) for each in row.get("choices", ())),
        flags=tuple((each["answer"], each["why"]) for each in row.get("flags", ())),
        kinds=frozenset(row.get("kinds", ())),
        tiers=frozenset(row.get("tiers", ())),
    )
