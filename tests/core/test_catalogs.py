from __future__ import annotations

import copy
from pathlib import Path

import pytest

from aims.core import catalogs
from aims.core.catalogs import ANNEX_A, CLAUSES, TAXONOMY, CatalogError, catalog, check
from aims.core.models import CatalogVersion

NAMES = (
    "crosswalks",
    "eu-ai-act-classifier",
    "impact-assessment",
    "intake-questions",
    "iso42001-annex-a",
    "iso42001-annex-c",
    "iso42001-clauses",
    "known-ai-services",
    "legal-clocks",
    "metric-proposals",
    "permission-matrix",
    "risk-taxonomy",
    "sector-templates",
    "state-machines",
    "supplier-questions",
)
OTHER_PRODUCTS = ("verifywise", "comp ai", "trycomp", "ciso assistant", "ciso-assistant", "intuitem")


def changed(name: str) -> dict:
    return copy.deepcopy(dict(catalog(name)))


def test_the_catalogs_are_found():
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


#: Versions that installations hold. A change of the content is a new version with a line of its own here;
#: an installation that knows the version with other content refuses to start.
PUBLISHED = {
    ("crosswalks", "2026-11"): "d607b1e514a91f11f140cb6068c0777783ec171484c17b91c8a280401d382696",
    ("eu-ai-act-classifier", "2026-11"): "76a8765094dbf547ea7b38c35262ef433e0d1c94d93d93f5171b136a885ea0eb",
    ("impact-assessment", "2026-11"): "b6917dfee920a39a379bb22978df9fc0dbe2fca40852e6e1c406eaeb0cc4347a",
    ("intake-questions", "2026-11"): "050dcb12028b80fcbee98d4a6e65b6463d5094ef2a186c61fb27290b220bec96",
    ("iso42001-annex-a", "2026-11"): "b2b12bafd492f3b7ebd3479ef3ac24cbe52527dd6b13f39bf2746f3aba4440ed",
    ("iso42001-annex-c", "2026-11"): "d9d1cb647e835917cb73af0e3ce9f4cde996026ef4581cfc7120e73319440735",
    ("iso42001-clauses", "2026-11"): "7d653594f33795d6ea0d68c698f3f0e0e81619a08d796cc5a1607fd769cfe20b",
    ("known-ai-services", "2026-11"): "9c82e7c5c8f8b273d695ae5ed6de372b306b053436e75d34361a2814371be697",
    ("legal-clocks", "2026-11"): "93638c0cacd3fb402b9db07b75fd57c023adac46402fa1ce66d255ce52c4c467",
    ("risk-taxonomy", "2026-11"): "d7428ec4fb56dff06ef293a7955bf12a6c0c66fe7991acdf22e1b7ee67eb8412",
    ("sector-templates", "2026-11"): "b53f3e461584c4d4d22c2250719a71b6823d7822ba37b3eb41f4175a6943020e",
    ("state-machines", "2026-11"): "4e97c347425f9bc9ec89309058016d1e277f717ee30e2095f28a272bda3771a9",
    ("supplier-questions", "2026-11"): "e0223f6bff3b28367f7dbc472385cc92175bc556a253654a46cf82ed4d5ea889",
}


def test_a_published_version_keeps_its_content() -> None:
    now = {(name, catalogs.version(name)): catalogs.content_hash(name) for name in catalogs.published()}

    assert now.items() <= PUBLISHED.items()


@pytest.mark.django_db
def test_what_belongs_to_the_program_may_change_without_a_new_version() -> None:
    recorded = set(CatalogVersion.objects.values_list("name", flat=True))

    assert recorded == set(catalogs.published()) == set(catalogs.names()) - catalogs.OF_THE_PROGRAM
