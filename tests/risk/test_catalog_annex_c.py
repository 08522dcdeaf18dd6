from __future__ import annotations

from aims.core.catalogs import ANNEX_C, TAXONOMY, catalog

OBJECTIVES = catalog(ANNEX_C)["objectives"]
SOURCES = catalog(ANNEX_C)["risk_sources"]


def test_eleven_objectives_and_seven_risk_sources_are_numbered_through():
    assert [row["id"] for row in OBJECTIVES] == [f"C.2.{n}" for n in range(1, 12)]
    assert [row["id"] for row in SOURCES] == [f"C.3.{n}" for n in range(1, 8)]


def test_they_lead_to_categories_of_the_taxonomy():
    categories = {row["id"] for row in catalog(TAXONOMY)["categories"]}

    for row in [*OBJECTIVES, *SOURCES]:
        assert set(row["risk_categories"]) <= categories, row["id"]
