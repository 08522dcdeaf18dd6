from __future__ import annotations

from collections import defaultdict

import pytest

from aims.core.catalogs import ANNEX_A, CLAUSES, CROSSWALKS, catalog

CATALOG = catalog(CROSSWALKS)
MAPPINGS = CATALOG["mappings"]
ELEMENTS = {row["id"]: {each["id"] for each in row["elements"]} for row in CATALOG["frameworks"]}
SOURCES = {row["id"] for row in catalog(CLAUSES)["clauses"] if row["auditable"]} | {
    row["id"] for row in catalog(ANNEX_A)["controls"]
}
RELATIONSHIPS = {"equal", "subset-of", "superset-of", "intersects-with", "no-relationship"}
AI_ACT_ARTICLES = [
    "4",
    "5",
    "9",
    "10",
    "11",
    "12",
    "13",
    "14",
    "15",
    "16",
    "17",
    "26",
    "27",
    "43",
    "49",
    "50",
    "72",
    "73",
]
SUBSTANTIAL = 0.4


def name_of(mapping: dict) -> tuple:
    return (mapping["source"], mapping["framework"], mapping["target"])


def weight(mapping: dict) -> float:
    strength = f"/{mapping['strength']}" if "strength" in mapping else ""
    return CATALOG["meta"]["overlap_method"]["weights"][mapping["relationship"] + strength]


def best_weights(framework: str) -> dict[str, float]:
    best: dict[str, float] = defaultdict(float)
    for mapping in MAPPINGS:
        if mapping["framework"] == framework:
            best[mapping["source"]] = max(best[mapping["source"]], weight(mapping))
    return best


def test_there_are_as_many_mappings_as_said_and_none_twice():
    assert len(MAPPINGS) == len({name_of(row) for row in MAPPINGS}) == CATALOG["meta"]["mapping_count"] == 563


def test_every_clause_and_control_is_compared_with_every_framework():
    compared = defaultdict(set)
    for row in MAPPINGS:
        compared[row["source"]].add(row["framework"])

    assert set(compared) == SOURCES
    assert all(frameworks == set(ELEMENTS) for frameworks in compared.values())


def test_relationships_are_of_the_known_kinds():
    assert {row["relationship"] for row in MAPPINGS} == RELATIONSHIPS


def test_a_target_is_an_element_of_its_framework():
    astray = [name_of(m) for m in MAPPINGS if m["target"] and m["target"] not in ELEMENTS[m["framework"]]]

    assert astray == []


def test_only_a_mapping_without_relationship_lacks_a_target():
    for row in MAPPINGS:
        assert (row["target"] is None) == (row["relationship"] == "no-relationship"), name_of(row)


def test_only_an_intersection_has_a_strength():
    for row in MAPPINGS:
        assert ("strength" in row) == (row["relationship"] == "intersects-with"), name_of(row)


def test_the_nist_framework_is_complete():
    assert len(ELEMENTS["nist-ai-rmf-1.0"]) == 72


def test_the_duties_of_the_ai_act_that_touch_an_aims_are_mapped():
    mapped = {row["target"] for row in MAPPINGS if row["framework"] == "eu-ai-act"}

    assert {f"Art {number}" for number in AI_ACT_ARTICLES} - mapped == set()


@pytest.mark.parametrize("summary", CATALOG["overlap_summary"], ids=lambda row: row["framework"])
def test_the_overlap_figures_follow_from_the_mappings(summary: dict):
    best = best_weights(summary["framework"])
    substantial = sum(value >= SUBSTANTIAL for value in best.values())

    assert summary["weighted_reuse_percent"]["all"] == round(100 * sum(best.values()) / len(SOURCES), 1)
    assert summary["substantial_rate_percent"] == round(100 * substantial / len(SOURCES), 1)
