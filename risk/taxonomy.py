"""The library of AI risk scenarios, and which of them suit a system."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from aims.core.catalogs import ANNEX_A, TAXONOMY, catalog

# Stages of a system that the taxonomy does not know, and the one whose scenarios apply to them.
STAGE_FOR_SCENARIOS = {"proposed": "inception", "suspended": "operation_monitoring"}

#: What being usual in a sector of the organization adds to the fit.
USUAL = 0.2


@dataclass(frozen=True, slots=True)
class Scenario:
    id: str
    category: str
    title: str
    cause: str
    event: str
    consequence: str
    affected: tuple[str, ...]
    ai_types: tuple[str, ...]
    lifecycle_stages: tuple[str, ...]
    default_likelihood: int
    default_severity: int
    suggested_controls: tuple[str, ...]
    early_warning: str


@dataclass(frozen=True, slots=True)
class Category:
    id: str
    code: str
    name: str
    description: str
    annex_c: tuple[str, ...]
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`fit` is between 0 and 1: how well a scenario matches what is known of the system."""

    scenario: Scenario
    fit: float


@cache
def categories() -> tuple[Category, ...]:
    return tuple(_category(row) for row in catalog(TAXONOMY)["categories"])


@cache
def scenarios() -> tuple[Scenario, ...]:
    return tuple(scenario for category in categories() for scenario in category.scenarios)


def scenario(id: str) -> Scenario:
    """Raises `KeyError` for an id that the library does not have."""
    return _by_id()[id]


def suggest(
    *,
    ai_types: Collection[str],
    stage: str,
    roles: Collection[str],
    usual: Collection[str] = (),
    limit: int = 10,
) -> tuple[Suggestion, ...]:
    """Scenarios for systems of these types, best fit first; a later stage and other roles only weigh less.

    What is usual in the organization's sectors weighs more, and stands for itself while no type is recorded.
    """
    stage, known = STAGE_FOR_SCENARIOS.get(stage, stage), any(ai_types)
    fitting = [
        each
        for each in scenarios()
        if not set(ai_types).isdisjoint(each.ai_types) or (not known and each.id in usual)
    ]
    ranked = sorted(
        (Suggestion(each, _fit(each, stage, frozenset(roles), each.id in usual)) for each in fitting),
        key=lambda suggestion: (-suggestion.fit, suggestion.scenario.id),
    )
    return tuple(ranked[:limit])


def _fit(each: Scenario, stage: str, roles: frozenset[str], is_usual: bool) -> float:
    at_this_stage = 1.0 if stage in each.lifecycle_stages else 0.0
    weight = each.default_likelihood * each.default_severity / 25
    fit = 0.3 * at_this_stage + 0.3 * _specificity(each) + 0.2 * _share_in_hand(each, roles) + 0.2 * weight
    return round(min(fit + (USUAL if is_usual else 0), 1), 3)


def _specificity(each: Scenario) -> float:
    """A scenario of one kind of AI says more about that kind than one that every kind shares."""
    return 1 / len(each.ai_types)


def _share_in_hand(each: Scenario, roles: frozenset[str]) -> float:
    """How many of the suggested controls an organization in these roles can apply itself."""
    usable = [ref for ref in each.suggested_controls if not roles.isdisjoint(_roles_of_controls()[ref])]
    return len(usable) / len(each.suggested_controls)


@cache
def _by_id() -> dict[str, Scenario]:
    return {each.id: each for each in scenarios()}


@cache
def _roles_of_controls() -> dict[str, frozenset[str]]:
    return {row["id"]: frozenset(row["roles"]) for row in catalog(ANNEX_A)["controls"]}


def _category(row: dict[str, Any]) -> Category:
    return Category(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        description=row["description"],
        annex_c=tuple(row["annex_c"]),
        scenarios=tuple(_scenario(row["id"], each) for each in row["scenarios"]),
    )


def _scenario(category: str, row: dict[str, Any]) -> Scenario:
    return Scenario(
        id=row["id"],
        category=category,
        title=row["title"],
        cause=row["cause"],
        event=row["event"],
        consequence=row["consequence"],
        affected=tuple(row["affected"]),
        ai_types=tuple(row["ai_types"]),
        lifecycle_stages=tuple(row["lifecycle_stages"]),
        default_likelihood=row["default_likelihood"],
        default_severity=row["default_severity"],
        suggested_controls=tuple(row["suggested_controls"]),
        early_warning=row["early_warning"],
    )
