import pytest

from inventory.imports.formats import Format
from inventory.imports.record import ComponentKind, Problem

MODEL_CARD = """---
language:
- no
- en
license: apache-2.0
library_name: transformers
pipeline_tag: text-classification
base_model: example/base-small
datasets:
- letters-2024
tags:
- letters
metrics:
- f1
widget:
- text: Hello
model-index:
- name: letter-sorter
  results:
  - task:
      type: text-classification
    dataset:
      type: letters
      name: Letters
      split: test
    metrics:
    - type: f1
      value: 0.91
---

# Model Card for Letter Sorter

## Model Description
<!-- Provide a longer summary -->
Sorts letters of patients by topic.

- **Developed by:** Meridian Health

```
# not a heading
```

## Direct Use
Post room staff.

## Out-of-Scope Use
Not for complaints.

## Bias, Risks, and Limitations
Trained on letters of adults.

## Training Procedure
Three epochs.

## Citation
[More Information Needed]
"""
DATASET_CARD = """---
pretty_name: Letters 2024
license: [cc-by-4.0]
language: en
task_categories:
- text-classification
size_categories:
- 1K<n<10K
---
# Dataset Card for Letters

Letters of patients, without names.
"""


def test_a_model_card_becomes_a_system_with_its_parts(read):
    parsed = read("README.md", MODEL_CARD)

    assert parsed.format is Format.HF
    assert [(system.position, system.fields) for system in parsed.systems] == [
        (
            "the model card",
            {
                "name": "letter-sorter",
                "model_name": "letter-sorter",
                "supplier": "Meridian Health",
                "purpose": parsed.components[0].description,
                "intended_use": "Post room staff.",
                "excluded_uses": "Not for complaints.",
                "languages": ["no", "en"],
                "ai_type": "nlp_classifier",
            },
        )
    ]
    assert parsed.components[0].description.startswith("Sorts letters of patients by topic.")
    assert [(part.kind, part.name) for part in parsed.components] == [
        (ComponentKind.MODEL, "letter-sorter"),
        (ComponentKind.DATASET, "letters-2024"),
        (ComponentKind.MODEL, "example/base-small"),
        (ComponentKind.LIBRARY, "transformers"),
    ]
    assert parsed.components[0].licence == "apache-2.0"
    assert [each.words for each in parsed.components[0].measures] == [
        "f1: 0.91 on Letters test (text-classification)"
    ]
    assert parsed.components[0].details["data_sets"] == ["letters-2024"]
    assert parsed.components[0].details["excluded_uses"] == "Not for complaints."
    assert parsed.components[0].details["limitations"] == "Trained on letters of adults."
    assert parsed.is_importable


def test_what_the_inventory_does_not_take_is_reported_and_placeholders_are_not(read):
    left = read("README.md", MODEL_CARD).systems[0].unmapped

    assert [entry.path for entry in left] == ["widget", "section “Training Procedure”"]


def test_a_data_set_card_gives_a_data_set_and_no_system(read):
    parsed = read("README.md", DATASET_CARD)

    assert parsed.systems == ()
    (letters,) = parsed.resources
    assert (letters.kind, letters.name) == (ComponentKind.DATASET, "Letters 2024")
    assert letters.fields["licence"] == "cc-by-4.0"
    assert "Description: Letters of patients, without names." in letters.fields["provenance"]
    assert parsed.notices == (
        Problem("", "A data set card describes no AI system: only the data set is taken over."),
    )
    assert parsed.is_importable


def test_a_card_without_any_name_takes_that_of_its_file(read):
    parsed = read("letter-sorter.md", "---\nlicense: mit\n---\nText\n")

    assert parsed.systems[0].name == "letter-sorter"


def test_a_readme_without_any_name_is_not_importable(read):
    parsed = read("README.md", "---\nlicense: mit\n---\nText\n")

    assert parsed.systems[0].problems == (Problem("name", "The system has no name."),)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(read):
    content = MODEL_CARD.replace("\n", "\r\n").encode("utf-8-sig")

    assert read("README.md", content).systems == read("other.md", MODEL_CARD).systems


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "# Only text\n",
            "The Markdown file has no front matter between two lines of ---, so it is no card.",
        ),
        ("---\nlicense: [mit\n---\n", "The YAML front matter is broken at line "),
        ("---\n- mit\n---\n", "The front matter is no list of keys and values."),
        (
            "---\ntitle: A page\ntags: [x]\n---\n",
            "The front matter holds no key of a Hugging Face model or data set",
        ),
        ("---\nlicense: mit\nlicense: x\n---\n", "The front matter has the key “license” twice."),
        (
            "---\na: &a [x, x]\nb: &b [*a, *a]\nlicense: mit\n---\n",
            "The front matter uses YAML references (& and *): write the values out.",
        ),
        ("---\nlicense: " + "[" * 5000 + "\n---\n", "The front matter is nested too deeply."),
        ("---\nlicense: !!python/object/apply:os.system [id]\n---\n", "never run"),
        (b"---\nlicense: \xff\n---\n", "The file is not valid UTF-8 text"),
    ],
)
def test_a_card_that_cannot_be_meant_is_refused_with_a_sentence(request, content, sentence):
    if sentence == "never run":
        parsed = request.getfixturevalue("read")("card.md", content)
        assert parsed.components[0].licence == "id"
        return
    assert request.getfixturevalue("refusal")("card.md", content).startswith(sentence)
