"""Public files that nobody here wrote, for whoever has them: AIMS_SAMPLES names their directory."""

import json
import os
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inventory.exports.cyclonedx import cyclonedx
from inventory.exports.record import ExportedComponent, ExportedSystem, Register
from inventory.imports.cyclonedx import read_cyclonedx
from inventory.imports.details import texts_of
from inventory.imports.limits import Limits
from inventory.imports.parse import parse

SAMPLES = os.environ.get("AIMS_SAMPLES", "")

pytestmark = pytest.mark.skipif(not SAMPLES, reason="AIMS_SAMPLES names no directory of sample files")


@pytest.mark.parametrize(
    ("name", "systems"),
    [
        ("cyclonedx-1.6-mlbom.json", ["stable-diffusion"]),
        ("spdx-3.0-ai.json", ["word-model", "line-model"]),
        ("hf-sample_simple.md", ["my-cool-model"]),
        ("hf-sample_simple_model_index.md", ["my-cool-model"]),
        ("hf-sample_datasetcard_simple.md", []),
    ],
)
def test_a_sample_is_importable(name, systems):
    parsed = parse(Path(SAMPLES) / name, name=name)

    assert [system.name for system in parsed.systems] == systems
    assert parsed.is_importable
    assert parsed.components or parsed.resources


@pytest.mark.parametrize(
    "name", ["cyclonedx-1.6-mlbom.json", "spdx-3.0-ai.json", "hf-sample_simple_model_index.md"]
)
def test_what_a_sample_says_of_its_parts_comes_back_by_cyclonedx(name):
    parsed = parse(Path(SAMPLES) / name, name=name)
    written = [part for part in parsed.components if part.used_by]
    names = [column.name for column in fields(ExportedComponent) if column.name != "hashes"]
    parts = tuple(ExportedComponent(**{key: getattr(part, key) for key in names}) for part in written)
    system = ExportedSystem(id=1, reference="SYS-001", name="Sample", components=parts)
    register = Register("Meadow", "https://portal.test/", datetime(2027, 1, 1, tzinfo=UTC), (system,), True)

    read = read_cyclonedx(json.loads(json.dumps(cyclonedx(register))), limits=Limits()).components

    assert any(part.details for part in written)
    for before, after in zip(written, read, strict=True):
        assert (after.name, after.measures) == (before.name, before.measures)
        for key, value in before.details.items():
            assert texts_of(after.details[key]) == texts_of(value)
