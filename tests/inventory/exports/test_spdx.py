from __future__ import annotations

import dataclasses
import io
import json
from typing import Any

import pytest
from spdx_python_model import v3_0_1 as model

from inventory.enums import AIType, AutomationDegree
from inventory.exports.spdx import AI_TYPES, spdx
from inventory.imports.limits import Limits
from inventory.imports.spdx import read_spdx
from tests.inventory.exports.conftest import register_of


def read(document: dict[str, Any]) -> Any:
    """By the bindings that SPDX generates from its published model: they refuse what it does not allow."""
    objects = model.SHACLObjectSet()
    model.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), objects)
    written = io.BytesIO()
    model.JSONLDSerializer().write(objects, written)  # checks that what is required is there
    missing = objects.link()
    return objects, missing


def graph(document: dict[str, Any], type_: str) -> list[dict[str, Any]]:
    return [element for element in document["@graph"] if element["type"] == type_]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda package: package.update(ai_autonomyType="perhaps"),
        lambda package: package.update(ai_wishes="many"),
        lambda package: package.pop("creationInfo"),
    ],
)
def test_the_bindings_would_find_a_fault(full, spoil):
    document = spdx(register_of(full))
    spoil(graph(document, "ai_AIPackage")[0])

    with pytest.raises((ValueError, KeyError, TypeError)):
        read(document)


def test_a_full_a_bare_and_no_system_are_read_by_the_published_model(full, bare):
    for systems in ((full,), (bare,), (full, bare), ()):
        objects, missing = read(spdx(register_of(*systems)))

        assert len(list(objects.foreach_type(model.SpdxDocument))) == 1
        packages = [p.name for p in objects.foreach_type(model.ai_AIPackage)]
        assert {system.name for system in systems} <= set(packages)
        assert {str(each) for each in missing} <= {
            "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertion"
        }


def test_what_files_said_of_the_parts_is_valid_and_what_has_no_property_is_said_beside(told):
    document = spdx(register_of(told))
    read(document)

    (package,) = [each for each in graph(document, "ai_AIPackage") if each["name"] == "chest-net"]
    said = {each["subject"]: each["statement"] for each in graph(document, "Annotation")}
    assert package["ai_metric"][1] == {"type": "DictionaryEntry", "key": "AUC", "value": "0.935"}
    assert "ai_autonomyType" not in package and "software_downloadLocation" not in package
    for words in (
        "Measures: Agreement",
        "Autonomy: perhaps",
        "Kept at: the cupboard",
        "Data sets: Chest images; Elsewhere",
        "Hyperparameters: loose words",
        "Fairness: Women · Benefits: Fewer misses · Harms: Alarms · more; Men",
    ):
        assert words in said[package["spdxId"]].split("\n")
    trained = [r for r in graph(document, "Relationship") if r["relationshipType"] == "trainedOn"]
    (data,) = graph(document, "dataset_DatasetPackage")
    assert [(each["from"], each["to"]) for each in trained] == [(package["spdxId"], [data["spdxId"]])]


def test_each_package_of_ai_and_data_has_one_declared_and_one_concluded_licence(full, bare):
    document = spdx(register_of(full, bare))
    packages = graph(document, "ai_AIPackage") + graph(document, "dataset_DatasetPackage")
    links = [(r["from"], r["relationshipType"]) for r in graph(document, "Relationship")]

    assert len(packages) == 5
    for package in packages:
        for kind in ("hasDeclaredLicense", "hasConcludedLicense"):
            assert links.count((package["spdxId"], kind)) == 1


def test_no_identifier_stands_twice_and_the_document_lists_every_element(full, bare):
    document = spdx(register_of(full, bare))
    ids = [element["spdxId"] for element in document["@graph"] if "spdxId" in element]

    assert len(set(ids)) == len(ids)
    assert set(graph(document, "SpdxDocument")[0]["element"]) == set(ids) - {
        graph(document, "SpdxDocument")[0]["spdxId"]
    }


def test_every_kind_of_ai_and_every_degree_of_automation_can_be_written(full):
    assert set(AI_TYPES) == set(AIType.values)
    said = {}
    for degree in ("", *AutomationDegree.values):
        document = spdx(register_of(dataclasses.replace(full, automation_degree=degree)))
        said[degree] = graph(document, "ai_AIPackage")[0]["ai_autonomyType"]

    assert said == {
        "": "noAssertion",
        "information": "no",
        "recommendation": "no",
        "human_approves": "no",
        "human_can_override": "no",
        "full": "yes",
    }


def test_the_portal_reads_its_own_document(full, bare):
    reading = read_spdx(spdx(register_of(full, bare)), limits=Limits())

    assert reading.problems == ()
    assert [system.name for system in reading.systems] == ["Invoice *sorter*", "Idea"]
    fields = reading.systems[0].fields
    for key in ("version", "purpose", "intended_use", "supplier", "ai_type"):
        assert fields[key] == getattr(full, key), key
