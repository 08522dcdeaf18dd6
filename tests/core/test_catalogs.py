from __future__ import annotations

import copy
from pathlib import Path

import pytest

from aims.core import catalogs
from aims.core.catalogs import ANNEX_A, CLAUSES, TAXONOMY, CatalogError, catalog, check

NAMES = (
    "crosswalks",
    "eu-ai-act-classifier",
    "impact-assessment",
    "iso42001-annex-a",
    "iso42001-annex-c",
    "iso42001-clauses",
    "permission-matrix",
    "risk-taxonomy",
    "state-machines",
)
OTHER_PRODUCTS = ("verifywise", "comp ai", "trycomp", "ciso assistant", "ciso-assistant", "intuitem")


def changed(name: str) -> dict:
    return copy.deepcopy(dict(catalog(name)))


def test_the_nine_catalogs_are_found():
    assert catalogs.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_published_catalog_is_valid_and_versioned(name: str):
    catalogs.validate(name)

    assert catalogs.version(name) == "2026-11"
    assert len(catalogs.content_hash(name)) == 64


@pytest.mark.parametrize("name", NAMES)
def test_no_catalog_speaks_of_other_products(name: str):
    [path] = [path for path in catalogs.ROOT.glob("**/catalog/*.yaml") if path.stem == name]
    text = path.read_text().lower()

    assert [product for product in OTHER_PRODUCTS if product in text] == []


def test_an_unknown_catalog_is_refused_with_the_names_there_are():
    with pytest.raises(CatalogError, match=r"iso27001: is not a catalog; there are crosswalks, "):
        catalog("iso27001")


def test_a_file_that_is_not_yaml_is_refused_with_its_line(tmp_path: Path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("meta:\n  version: '1'\nrows: [\n")

    with pytest.raises(CatalogError, match=r"broken\.yaml: is not readable YAML: .*line 4"):
        catalogs.read(broken)


def test_a_file_without_a_version_is_refused(tmp_path: Path):
    unversioned = tmp_path / "new.yaml"
    unversioned.write_text("meta:\n  title: New\n")

    with pytest.raises(CatalogError) as refusal:
        catalogs.read(unversioned)

    assert refusal.value.place == "new.yaml meta.version"


def test_a_missing_row_is_refused():
    content = changed(ANNEX_A)
    del content["controls"][5]

    with pytest.raises(CatalogError) as refusal:
        check(ANNEX_A, content)

    assert refusal.value.place == "iso42001-annex-a controls[]"
    assert refusal.value.sentence == "holds 37 rows, not 38 rows"


def test_an_empty_field_is_refused_with_its_place():
    content = changed(ANNEX_A)
    content["controls"][3]["guidance"] = ""

    with pytest.raises(CatalogError) as refusal:
        check(ANNEX_A, content)

    assert str(refusal.value) == "iso42001-annex-a controls[3].guidance: is missing or empty"


def test_a_repeated_id_is_refused_with_both_places():
    content = changed(CLAUSES)
    content["clauses"][2]["id"] = content["clauses"][1]["id"]

    with pytest.raises(CatalogError) as refusal:
        check(CLAUSES, content)

    assert str(refusal.value) == "iso42001-clauses clauses[2].id: repeats 4.1, which clauses[1] has"


def test_a_reference_into_another_catalog_must_exist():
    content = changed(TAXONOMY)
    content["categories"][0]["scenarios"][1]["suggested_controls"] = ["A.6.2.9"]

    with pytest.raises(CatalogError) as refusal:
        check(TAXONOMY, content)

    assert refusal.value.place == "risk-taxonomy categories[0].scenarios[1].suggested_controls[0]"
    assert refusal.value.sentence == "names A.6.2.9, which is not in iso42001-annex-a controls[].id"


def test_the_hash_follows_the_content():
    other = catalogs.read(next(catalogs.ROOT.glob("risk/catalog/iso42001-annex-c.yaml")))

    assert other == catalog("iso42001-annex-c")
    assert catalogs.content_hash("iso42001-annex-c") != catalogs.content_hash("iso42001-annex-a")
