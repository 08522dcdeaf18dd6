"""Likelihood times the worst severity gives a score, the score a level; both by the approved criteria."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aims.core.exceptions import Problem, RuleBroken
from aims.core.schedule import add_months

AXES = ("organization", "individuals", "society")
LEVELS = ("low", "medium", "high", "critical")
STEPS = (1, 2, 3, 4, 5)
HIGHEST_SCORE = 25
DEFAULT_REVIEW_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Band:
    level: str
    lowest: int
    highest: int


@dataclass(frozen=True)
class Criteria:
    """The risk criteria of an organization: scales, bands, appetite and how long an acceptance lasts."""

    likelihood: Mapping[int, str]
    severity: Mapping[int, str]
    bands: tuple[Band, ...]
    appetite: str = "low"
    acceptance_months: Mapping[str, int] = field(
        default_factory=lambda: {"low": 12, "medium": 12, "high": 6, "critical": 6}
    )
    review_months: int = DEFAULT_REVIEW_MONTHS

    def __post_init__(self) -> None:
        found = [*_scale_problems(self), *_band_problems(self.bands), *_duration_problems(self)]
        if found:
            raise RuleBroken(found[0].sentence, field=found[0].field, code="criteria", problems=found)

    def as_dict(self) -> dict[str, Any]:
        """A form that JSON can keep; `criteria_from` reads it back."""
        return {
            "likelihood": {str(step): text for step, text in self.likelihood.items()},
            "severity": {str(step): text for step, text in self.severity.items()},
            "bands": [{"level": b.level, "lowest": b.lowest, "highest": b.highest} for b in self.bands],
            "appetite": self.appetite,
            "acceptance_months": dict(self.acceptance_months),
            "review_months": self.review_months,
        }


def criteria_from(stored: Mapping[str, Any]) -> Criteria:
    return Criteria(
        likelihood={int(step): text for step, text in stored["likelihood"].items()},
        severity={int(step): text for step, text in stored["severity"].items()},
        bands=tuple(Band(**band) for band in stored["bands"]),
        appetite=stored["appetite"],
        acceptance_months=stored["acceptance_months"],
        review_months=stored["review_months"],
    )


def score(likelihood: int, severities: Mapping[str, int]) -> int:
    """Likelihood times the severity on the worst axis; every axis must be rated."""
    _require_step("likelihood", likelihood)
    for axis in AXES:
        if axis not in severities:
            raise RuleBroken(f"Rate the severity for {axis}.", field=f"severity_{axis}")
        _require_step(f"severity_{axis}", severities[axis])
    return likelihood * max(severities[axis] for axis in AXES)


def level(points: int, bands: tuple[Band, ...]) -> str:
    for band in bands:
        if band.lowest <= points <= band.highest:
            return band.level
    raise ValueError(f"no band holds a score of {points}")


def rank(of_level: str) -> int:
    return LEVELS.index(of_level)


def within_appetite(of_level: str, criteria: Criteria) -> bool:
    return rank(of_level) <= rank(criteria.appetite)


def acceptance_ends_by(of_level: str, *, accepted_on: date, criteria: Criteria) -> date:
    """The last day to which a risk of this level may be accepted."""
    return add_months(accepted_on, criteria.acceptance_months[of_level])


def next_review(assessed_on: date, *, criteria: Criteria) -> date:
    return add_months(assessed_on, criteria.review_months)


def _require_step(name: str, value: int) -> None:
    if value not in STEPS:
        raise RuleBroken(f"Choose a {name.replace('_', ' for ')} from 1 to 5.", field=name)


def _scale_problems(criteria: Criteria) -> list[Problem]:
    found = []
    for name, scale in (("likelihood", criteria.likelihood), ("severity", criteria.severity)):
        if tuple(sorted(scale)) != STEPS or not all(str(text).strip() for text in scale.values()):
            found.append(Problem("", name, f"The {name} scale needs a name for each step from 1 to 5."))
    return found


def _band_problems(bands: tuple[Band, ...]) -> list[Problem]:
    if tuple(band.level for band in bands) != LEVELS:
        return [Problem("", "bands", "Give the bands in the order low, medium, high, critical, each once.")]
    found, expected = [], 1
    for band in bands:
        if band.highest < band.lowest:
            sentence = f"The band {band.level} ends at {band.highest}, before it starts at {band.lowest}."
            found.append(Problem(band.level, "bands", sentence))
        elif band.lowest != expected:
            sentence = f"The band {band.level} must start at {expected}: each score belongs to one band."
            found.append(Problem(band.level, "bands", sentence))
        expected = band.highest + 1
    if bands[-1].highest != HIGHEST_SCORE:
        found.append(Problem("critical", "bands", f"The last band must end at {HIGHEST_SCORE}."))
    return found


def _duration_problems(criteria: Criteria) -> list[Problem]:
    found = []
    if criteria.appetite not in LEVELS:
        found.append(Problem("", "appetite", f"Choose the appetite from {', '.join(LEVELS)}."))
    if any(criteria.acceptance_months.get(name, 0) < 1 for name in LEVELS):
        sentence = "Say for each level how many months an acceptance may last, at least one."
        found.append(Problem("", "acceptance_months", sentence))
    if criteria.review_months < 1:
        found.append(Problem("", "review_months", "Risks are reviewed after one month at the earliest."))
    return found


DEFAULT_CRITERIA = Criteria(
    likelihood={1: "rare", 2: "unlikely", 3: "possible", 4: "likely", 5: "almost certain"},
    severity={1: "negligible", 2: "minor", 3: "moderate", 4: "major", 5: "critical"},
    bands=(Band("low", 1, 4), Band("medium", 5, 9), Band("high", 10, 16), Band("critical", 17, 25)),
)


@dataclass(frozen=True, slots=True)
class Ratings:
    """What people estimate: a likelihood, and the severity on each of the three axes."""

    likelihood: int
    organization: int
    individuals: int
    society: int

    def __post_init__(self) -> None:
        score(self.likelihood, self.severities)

    @property
    def severities(self) -> dict[str, int]:
        return {axis: getattr(self, axis) for axis in AXES}

    @property
    def worst(self) -> int:
        return max(self.severities.values())

    @property
    def score(self) -> int:
        return score(self.likelihood, self.severities)

    def level(self, criteria: Criteria) -> str:
        return level(self.score, criteria.bands)

    def explanation(self, criteria: Criteria) -> str:
        """How the level came about, for people."""
        axis = max(AXES, key=lambda each: self.severities[each])
        band = next(b for b in criteria.bands if b.lowest <= self.score <= b.highest)
        return (
            f"Likelihood {self.likelihood} ({criteria.likelihood[self.likelihood]}) × worst severity "
            f"{self.worst} ({criteria.severity[self.worst]}, for {_WHOM[axis]}) = {self.score}, which lies "
            f"in the band {band.level} ({band.lowest} to {band.highest})."
        )


_WHOM = {"organization": "the organization", "individuals": "individuals and groups", "society": "society"}
