from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims.core.catalogs import IMPACT, TAXONOMY, catalog
from aims.core.exceptions import RuleBroken
from risk.enums import Axis, Level
from risk.scoring import (
    AXES,
    DEFAULT_CRITERIA,
    LEVELS,
    Band,
    acceptance_ends_by,
    criteria_from,
    level,
    next_review,
    score,
    within_appetite,
)

BANDS = DEFAULT_CRITERIA.bands
STEP = st.integers(1, 5)


def severities(organization: int = 1, individuals: int = 1, society: int = 1) -> dict[str, int]:
    return {"organization": organization, "individuals": individuals, "society": society}


def test_the_words_of_scoring_are_those_stored():
    assert list(AXES) == Axis.values
    assert list(LEVELS) == Level.values


def test_the_default_scales_and_bands_are_those_of_the_catalogs():
    scale = catalog(TAXONOMY)["meta"]["scale"]
    bands = catalog(IMPACT)["scoring"]["impact_row"]["bands"]

    assert DEFAULT_CRITERIA.likelihood == scale["likelihood"]
    assert DEFAULT_CRITERIA.severity == scale["severity"]
    assert {band.level: f"{band.lowest}-{band.highest}" for band in BANDS} == bands


@given(STEP, STEP, STEP, STEP)
def test_the_worst_axis_decides(likelihood: int, organization: int, individuals: int, society: int):
    points = score(likelihood, severities(organization, individuals, society))

    assert points == likelihood * max(organization, individuals, society)


@given(STEP, STEP, STEP)
def test_a_worse_risk_never_gets_a_lower_level(likelihood: int, severity: int, other: int):
    better, worse = sorted((severity, other))
    levels = [level(score(likelihood, severities(society=each)), BANDS) for each in (better, worse)]

    assert LEVELS.index(levels[0]) <= LEVELS.index(levels[1])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (1, "low"),
        (4, "low"),
        (5, "medium"),
        (9, "medium"),
        (10, "high"),
        (16, "high"),
        (17, "critical"),
        (25, "critical"),
    ],
)
def test_levels_change_at_the_edges_of_the_bands(points: int, expected: str):
    assert level(points, BANDS) == expected


def test_an_axis_that_is_not_rated_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        score(3, {"organization": 2, "society": 1})

    assert refusal.value.sentence == "Rate the severity for individuals."
    assert refusal.value.field == "severity_individuals"


@pytest.mark.parametrize(
    ("likelihood", "rated", "sentence"),
    [
        (0, severities(), "Choose a likelihood from 1 to 5."),
        (6, severities(), "Choose a likelihood from 1 to 5."),
        (3, severities(society=9), "Choose a severity for society from 1 to 5."),
    ],
)
def test_a_step_off_the_scale_is_refused(likelihood: int, rated: dict, sentence: str):
    with pytest.raises(RuleBroken) as refusal:
        score(likelihood, rated)

    assert refusal.value.sentence == sentence


@given(st.lists(st.integers(1, 24), min_size=3, max_size=3, unique=True).map(sorted))
def test_any_three_cuts_make_bands_in_which_each_score_has_one_level(cuts: list[int]):
    first, second, third = cuts
    bands = (
        Band("low", 1, first),
        Band("medium", first + 1, second),
        Band("high", second + 1, third),
        Band("critical", third + 1, 25),
    )

    criteria = replace(DEFAULT_CRITERIA, bands=bands)

    for points in range(1, 26):
        assert sum(band.lowest <= points <= band.highest for band in criteria.bands) == 1


def banded(*edges: tuple[int, int]) -> tuple[Band, ...]:
    return tuple(Band(name, *edge) for name, edge in zip(LEVELS, edges, strict=True))


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        (
            banded((1, 4), (6, 9), (10, 16), (17, 25)),
            "The band medium must start at 5: each score belongs to one band.",
        ),
        (
            banded((1, 4), (4, 9), (10, 16), (17, 25)),
            "The band medium must start at 5: each score belongs to one band.",
        ),
        (
            banded((0, 4), (5, 9), (10, 16), (17, 25)),
            "The band low must start at 1: each score belongs to one band.",
        ),
        (banded((1, 4), (5, 9), (10, 16), (17, 24)), "The last band must end at 25."),
        (
            banded((1, 4), (5, 3), (4, 16), (17, 25)),
            "The band medium ends at 3, before it starts at 5.",
        ),
        (BANDS[:3], "Give the bands in the order low, medium, high, critical, each once."),
        (BANDS[::-1], "Give the bands in the order low, medium, high, critical, each once."),
    ],
)
def test_bands_with_a_gap_an_overlap_or_a_missing_level_are_refused(bands: tuple, sentence: str):
    with pytest.raises(RuleBroken) as refusal:
        replace(DEFAULT_CRITERIA, bands=bands)

    assert refusal.value.sentence == sentence
    assert refusal.value.field == "bands"


def test_a_scale_without_a_name_for_a_step_is_refused():
    with pytest.raises(RuleBroken) as refusal:
        replace(DEFAULT_CRITERIA, severity={1: "small", 2: "middling", 3: "large", 4: "huge", 5: " "})

    assert refusal.value.sentence == "The severity scale needs a name for each step from 1 to 5."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"appetite": "none"}, "appetite"),
        ({"acceptance_months": {"high": 6}}, "acceptance_months"),
        ({"review_months": 0}, "review_months"),
    ],
)
def test_an_appetite_or_duration_that_makes_no_sense_is_refused(change: dict, field: str):
    with pytest.raises(RuleBroken) as refusal:
        replace(DEFAULT_CRITERIA, **change)

    assert refusal.value.field == field


def test_criteria_survive_being_stored_as_json():
    stored = json.loads(json.dumps(DEFAULT_CRITERIA.as_dict()))

    assert criteria_from(stored) == DEFAULT_CRITERIA


def test_the_appetite_names_the_highest_level_within_it():
    moderate = replace(DEFAULT_CRITERIA, appetite="medium")

    assert [within_appetite(each, moderate) for each in LEVELS] == [True, True, False, False]
    assert [within_appetite(each, DEFAULT_CRITERIA) for each in LEVELS] == [True, False, False, False]


@pytest.mark.parametrize(
    ("of_level", "latest"),
    [("medium", date(2027, 8, 31)), ("high", date(2027, 2, 28)), ("critical", date(2027, 2, 28))],
)
def test_the_worse_the_risk_the_sooner_its_acceptance_ends(of_level: str, latest: date):
    ends = acceptance_ends_by(of_level, accepted_on=date(2026, 8, 31), criteria=DEFAULT_CRITERIA)

    assert ends == latest


def test_risks_are_reviewed_after_a_year_by_default():
    assert next_review(date(2026, 11, 22), criteria=DEFAULT_CRITERIA) == date(2027, 11, 22)
