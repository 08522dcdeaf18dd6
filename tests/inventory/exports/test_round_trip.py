"""What an export writes, an import reads back equal, save what the list of losses names."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from inventory.exports.cyclonedx import cyclonedx
from inventory.exports.files import KINDS
from inventory.exports.losses import LABELS, LOSSES, WHOLE_FILE, losses
from inventory.exports.record import ExportedSystem
from inventory.exports.spdx import spdx
from inventory.imports.cyclonedx import read_cyclonedx
from inventory.imports.details import texts_of
from inventory.imports.limits import Limits
from inventory.imports.record import ParsedSystem, Reading
from inventory.imports.spdx import read_spdx
from tests.inventory.exports.conftest import PARTS, TOLD, register_of

NAMES = {"in_scope": "is_in_scope", "owner_email": "owner"}
NOT_OF_A_RECORD = {"id"}


def lost(written: ExportedSystem, read: ParsedSystem) -> set[str]:
    """The fields of the record that did not come back as they were."""
    came: dict[str, Any] = {NAMES.get(key, key): value for key, value in read.fields.items()}
    fields = {field.name for field in dataclasses.fields(written)} - NOT_OF_A_RECORD - {"components"}
    return {key for key in fields if _plain(getattr(written, key)) != _plain(came.get(key))}


def _plain(value: object) -> object:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def parts(reading: Reading) -> list[tuple[Any, ...]]:
    return [_facts(part, part.hashes) for part in reading.components]


def _facts(part: Any, hashes: tuple[str, ...]) -> tuple[Any, ...]:
    return (part.kind, part.name, part.version, part.supplier, part.licence, hashes, part.description)


@pytest.mark.parametrize("is_one", [True, False])
def test_cyclonedx_comes_back_equal_save_what_is_named(full, is_one):
    reading = read_cyclonedx(cyclonedx(register_of(full, is_one=is_one)), limits=Limits())
    (system,) = reading.systems

    assert (system.problems, system.notices, reading.problems) == ((), (), ())
    assert lost(full, system) == set(LOSSES["cyclonedx"])
    assert parts(reading) == [
        _facts(part, tuple(f"{name}:{value}" for name, value in part.hashes.items())) for part in PARTS
    ]


@pytest.mark.parametrize("is_one", [True, False])
def test_what_files_said_of_the_parts_comes_back_by_cyclonedx(told, is_one):
    told = dataclasses.replace(told, model_name="chest-net")
    document = cyclonedx(register_of(told, is_one=is_one))

    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(json.dumps(document)) is None
    reading = read_cyclonedx(document, limits=Limits())
    for read, written in zip(reading.components, TOLD, strict=True):
        assert read.measures == written.measures
        assert {key: texts_of(value) for key, value in read.details.items()} == {
            key: texts_of(value) for key, value in written.details.items()
        }


def test_what_files_said_of_the_parts_comes_back_by_spdx_where_it_has_a_property(told):
    reading = read_spdx(spdx(register_of(told)), limits=Limits())

    parts = {part.name: part for part in reading.components}
    model = parts["chest-net"]
    assert [(each.metric, each.value) for each in model.measures] == [
        ("AUC on women over 60 (0.89 to 0.93)", "0.91"),
        ("AUC", "0.935"),
        ("Reading time", "below 2 s"),
    ]
    assert model.details["limitations"] == "Not tried on children\nLarge images only"
    assert (model.details["application"], model.details["safety_risk"]) == ("Marks areas\nTeaches", "high")
    assert (model.details["trained_on"], model.details["hyperparameters"]) == (
        ["Chest images"],
        ["layers: 5"],
    )
    assert model.details["package_url"] == "pkg:huggingface/acme/chest-net@3.1"
    data = parts["Chest images"].details
    assert data["known_bias"] == ["One hospital", "Fewer nights"]
    assert (data["size"], data["confidentiality"], data["sensors"]) == ("2689", "red", ["scanner: two"])


def test_several_systems_come_back_each_with_its_own_parts(full, bare):
    other = dataclasses.replace(
        full, reference="SYS-003", external_id="CMDB-3", name="Second", components=PARTS[:2]
    )

    reading = read_cyclonedx(cyclonedx(register_of(full, bare, other)), limits=Limits())

    assert [system.name for system in reading.systems] == ["Invoice *sorter*", "Idea", "Second"]
    positions = [system.position for system in reading.systems]
    used = [component.used_by for component in reading.components]
    assert used == [(positions[0],)] * 5 + [(positions[2],)] * 2
    assert lost(other, reading.systems[2]) == set(LOSSES["cyclonedx"])


def test_a_system_of_which_only_the_name_is_known_comes_back(bare):
    reading = read_cyclonedx(cyclonedx(register_of(bare, is_one=True)), limits=Limits())
    (system,) = reading.systems

    assert {key: value for key, value in system.fields.items() if key != "external_id"} == {
        "name": "Idea",
        "stage": "proposed",
    }
    assert system.external_id.endswith("#SYS-002")
    assert reading.components == ()


def test_a_second_trip_is_the_first(full):
    """Exporting what was read gives the same document but for what the portal numbers by itself."""
    first = cyclonedx(register_of(full, is_one=True))
    text = json.dumps(first)

    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(text) is None
    reading = read_cyclonedx(json.loads(text), limits=Limits())
    came = {NAMES.get(key, key): value for key, value in reading.systems[0].fields.items()}
    again = dataclasses.replace(full, **{k: tuple(v) if isinstance(v, list) else v for k, v in came.items()})
    assert cyclonedx(register_of(again, is_one=True)) == first


def test_spdx_loses_what_is_named_and_nothing_else(full):
    (system,) = read_spdx(spdx(register_of(full)), limits=Limits()).systems

    assert lost(full, system) == set(LOSSES["spdx"]) - {"components"}


def test_properties_of_others_and_hostile_ones_of_our_own_do_no_harm(full):
    document = cyclonedx(register_of(full, is_one=True))
    document["metadata"]["component"]["properties"] += [
        {"name": "other:thing", "value": "kept in the report"},
        {"name": "aims-portal:ai_type", "value": "nonsense"},
        {"name": "aims-portal:unheard_of", "value": "x"},
        {"name": ["a"], "value": {"b": 1}},
        "text",
    ]
    document["components"][1]["properties"] = [{"name": "aims-portal:kind", "value": "wish"}]

    reading = read_cyclonedx(document, limits=Limits())

    assert "kept in the report" in json.dumps([left.value_excerpt for left in reading.systems[0].unmapped])
    assert reading.systems[0].fields["ai_type"] == "nlp_classifier"
    assert reading.components[0].kind == "model"

    document["metadata"]["component"]["properties"] = [
        {"name": "aims-portal:reference", "value": "SYS-1"},
        {"name": "aims-portal:ai_type", "value": "nonsense"},
    ]
    (system,) = read_cyclonedx(document, limits=Limits()).systems
    assert [problem.field for problem in system.problems] == ["ai_type"]


def test_every_format_says_what_it_loses():
    for key in KINDS:
        assert bool(list(losses(key))) != (key in WHOLE_FILE), key
    for kind in LOSSES:
        assert [loss.field for loss in losses(kind)] == [key for key in LABELS if key in LOSSES[kind]]
