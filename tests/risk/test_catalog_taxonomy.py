from __future__ import annotations

import pytest

from aims.core.catalogs import ANNEX_A, ANNEX_C, TAXONOMY, catalog
from inventory.enums import AIType

CATALOG = catalog(TAXONOMY)
META = CATALOG["meta"]
EXTERNAL = CATALOG["external_catalogues"]
CATEGORIES = CATALOG["categories"]
SCENARIOS = [scenario for category in CATEGORIES for scenario in category["scenarios"]]
CONTROLS = {row["id"] for row in catalog(ANNEX_A)["controls"]}
OWASP_2026_BY_2025 = {row["id_2025"]: row["id_2026"] for row in EXTERNAL["owasp_llm"]}

each_category = pytest.mark.parametrize("category", CATEGORIES, ids=lambda row: row["id"])
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda row: row["id"])


def referred(kind: str) -> set[str]:
    return {ref for category in CATEGORIES for ref in category["external_refs"][kind]}


def test_there_are_as_many_categories_and_scenarios_as_said():
    assert len(CATEGORIES) == META["category_count"] == 17
    assert len({row["id"] for row in SCENARIOS}) == len(SCENARIOS) == META["scenario_count"] == 111


def test_the_kinds_of_ai_are_those_of_the_inventory():
    assert META["ai_types"] == AIType.values


@each_category
def test_a_category_holds_five_to_ten_scenarios(category: dict):
    assert 5 <= len(category["scenarios"]) <= 10


@each_category
def test_a_category_refers_to_annex_c_and_to_listed_external_entries(category: dict):
    annex_c = {row["id"] for kind in ("objectives", "risk_sources") for row in catalog(ANNEX_C)[kind]}
    refs = category["external_refs"]

    assert set(category["annex_c"]) <= annex_c
    assert set(refs["mit_risk_repository"]) <= set(EXTERNAL["mit_subdomains"])
    assert set(refs["owasp_llm_2025"]) <= set(OWASP_2026_BY_2025)
    assert set(refs["owasp_llm_2026"]) <= set(OWASP_2026_BY_2025.values())
    assert set(refs["owasp_agentic_2026"]) <= set(EXTERNAL["owasp_agentic_2026"])
    assert set(refs["mitre_atlas"]) <= set(EXTERNAL["mitre_atlas_tactics"])
    assert set(refs["nist_ai_600_1"]) <= set(EXTERNAL["nist_ai_600_1"])


@each_category
def test_both_editions_of_owasp_agree(category: dict):
    refs = category["external_refs"]

    assert {OWASP_2026_BY_2025[ref] for ref in refs["owasp_llm_2025"]} <= set(refs["owasp_llm_2026"])


@each_scenario
def test_a_scenario_is_complete_and_uses_known_words(scenario: dict):
    for field in ("cause", "event", "consequence", "early_warning", "affected"):
        assert scenario[field], field
    assert scenario["suggested_controls"] and set(scenario["suggested_controls"]) <= CONTROLS
    assert scenario["ai_types"] and set(scenario["ai_types"]) <= set(META["ai_types"])
    assert scenario["lifecycle_stages"]
    assert set(scenario["lifecycle_stages"]) <= set(META["lifecycle_stages"])
    assert scenario["default_likelihood"] in range(1, 6)
    assert scenario["default_severity"] in range(1, 6)


def test_every_control_but_the_alignment_of_policies_is_suggested_somewhere():
    suggested = {ref for scenario in SCENARIOS for ref in scenario["suggested_controls"]}

    assert CONTROLS - suggested <= {"A.2.3"}


def test_the_external_catalogues_are_covered():
    assert referred("owasp_llm_2026") == set(OWASP_2026_BY_2025.values())
    assert referred("nist_ai_600_1") == set(EXTERNAL["nist_ai_600_1"])
    assert referred("mit_risk_repository") == set(EXTERNAL["mit_subdomains"]) - {"7.5"}
