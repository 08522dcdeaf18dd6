"""Public files that nobody here wrote, for whoever has them: AIMS_SAMPLES names their directory."""

import os
from pathlib import Path

import pytest

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
