from __future__ import annotations

import dataclasses
import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from inventory.exports.cyclonedx import ELSEWHERE, PREFIX, cyclonedx
from inventory.exports.record import ExportedComponent
from tests.inventory.exports.conftest import FULL, register_of


def fault(document: object) -> object:
    return JsonStrictValidator(SchemaVersion.V1_7).validate_str(json.dumps(document))


def test_the_validator_would_find_a_fault(full):
    document = cyclonedx(register_of(full))
    document["components"][0]["type"] = "wish"

    assert fault(document) is not None


@pytest.mark.parametrize("is_one", [True, False])
def test_a_full_and_a_bare_system_are_valid_by_the_published_schema(full, bare, is_one):
    for system in (full, bare):
        assert fault(cyclonedx(register_of(system, is_one=is_one))) is None


def test_an_empty_register_and_many_systems_are_valid(full):
    many = [dataclasses.replace(full, reference=f"SYS-{number:03}") for number in range(1, 31)]

    assert fault(cyclonedx(register_of())) is None
    assert fault(cyclonedx(register_of(*many))) is None


def test_one_system_is_the_subject_and_its_parts_are_listed(full):
    document = cyclonedx(register_of(full, is_one=True))

    assert document["metadata"]["component"]["bom-ref"] == "SYS-001"
    assert [(part["type"], part["name"]) for part in document["components"]] == [
        ("machine-learning-model", "other-net"),
        ("machine-learning-model", "doc-net"),
        ("data", "Invoices 2024"),
        ("platform", "Inference"),
        ("library", "torch"),
        ("file", "Weights on disk"),
    ]


def test_every_value_of_the_record_is_in_the_document(full):
    text = json.dumps(cyclonedx(register_of(full)))
    entry = cyclonedx(register_of(full))["components"][0]
    said: dict[str, list[str]] = {}
    for item in entry["properties"]:
        said.setdefault(item["name"], []).append(item["value"])

    for key in set(FULL) - ELSEWHERE:
        value = FULL[key]
        words = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        expected = [str(item) for item in words] if isinstance(words, tuple) else [str(words)]
        assert said[f"{PREFIX}{key}"] == expected, key
    for name in ("Invoice *sorter*", "2.3", "Example & Sons", "doc-net", "Apache-2.0", "ab" * 32):
        assert name in text


def test_what_is_not_recorded_is_not_said(bare):
    entry = cyclonedx(register_of(bare))["components"][0]

    assert entry["properties"] == [
        {"name": "aims-portal:reference", "value": "SYS-002"},
        {"name": "aims-portal:stage", "value": "proposed"},
    ]
    assert "modelCard" not in entry
    assert "supplier" not in entry


def test_a_hash_that_cyclonedx_does_not_know_travels_as_a_property(full):
    model = cyclonedx(register_of(full, is_one=True))["components"][1]

    assert model["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert model["properties"] == [{"name": "aims-portal:hash:CRC", "value": "12"}]


def test_a_hash_of_the_wrong_length_is_not_written_as_one(bare):
    part = ExportedComponent("model", "m", hashes={"SHA-256": "ab12"})
    document = cyclonedx(register_of(dataclasses.replace(bare, components=(part,)), is_one=True))

    assert fault(document) is None
    assert "hashes" not in document["components"][0]


def test_the_same_export_is_the_same_document_and_a_changed_one_another(full):
    first = cyclonedx(register_of(full))
    again = cyclonedx(register_of(full))
    changed = cyclonedx(register_of(dataclasses.replace(full, row_version=4)))

    assert first == again
    assert first["serialNumber"] != changed["serialNumber"]
