import pytest

from inventory.imports.formats import Format, ImportRefused
from inventory.imports.record import ComponentKind, Problem

OLD = {
    "schema_version": "0.0.1",
    "model_details": {
        "name": "Letter sorter",
        "overview": "Sorts letters.",
        "owners": [{"name": "Post room", "contact": "post@meadow.test"}],
        "version": {"name": "v2", "date": "2026-01-05"},
        "license": "Apache-2.0",
        "references": ["https://sorter.example"],
    },
    "model_parameters": {
        "model_architecture": "Transformer",
        "data": {"train": {"name": "Letters", "link": "https://data.example", "sensitive": True}, "eval": {}},
    },
    "quantitative_analysis": {
        "performance_metrics": [
            {"type": "recall", "value": 0.91, "slice": "women", "threshold": 0.5},
            {
                "type": "recall",
                "value": "0.93",
                "confidence_interval": {"lower_bound": 0.9, "upper_bound": 1},
            },
            {"type": "speed", "value": "fast"},
        ],
        "graphics": {"collection": [{"name": "curve", "image": "aWk="}]},
    },
    "considerations": {
        "users": ["The post room"],
        "use_cases": ["Sorting"],
        "limitations": ["Adults only"],
        "tradeoffs": ["Fast, less exact"],
        "ethical_considerations": [{"name": "Wrong desk", "mitigation_strategy": "A person looks"}],
    },
}


def test_a_card_becomes_a_model_with_its_measures_by_slice(read):
    parsed = read("card.json", OLD)

    assert (parsed.format, parsed.spec_version, parsed.systems) == (Format.MODEL_CARD, "0.0.1", ())
    (model,) = parsed.resources
    assert (model.kind, model.problems) == (ComponentKind.MODEL, ())
    assert model.fields == {
        "name": "Letter sorter",
        "version": "v2",
        "licence": "Apache-2.0",
        "measures": [
            {"metric": "recall at threshold 0.5", "slice": "women", "value": 0.91},
            {"metric": "recall", "slice": "", "value": 0.93},
        ],
        "training_data": "Training: Letters (https://data.example), sensitive data: yes",
        "intended_use": "For: The post room\nSorting",
        "limitations": "Adults only\nTrade-off: Fast, less exact\n"
        "Ethical risk: Wrong desk. Mitigated by: A person looks",
        "provenance": "Overview: Sorts letters.\nOwner: Post room (post@meadow.test)\nReleased: 2026-01-05\n"
        "Reference: https://sorter.example\nArchitecture: Transformer\nInterval: recall: 0.9 to 1\n"
        "Metric: speed: fast",
    }
    assert {each.path for each in model.unmapped} == {"quantitative_analysis.graphics"}


def test_the_second_schema_says_the_same_in_objects(read):
    said = {
        "schema_version": "0.0.2",
        "model_details": {
            "name": "Letter sorter",
            "documentation": "At length.",
            "licenses": [{"identifier": "MIT"}, {"custom_text": "Ask us first. " * 20}],
            "references": [{"reference": "https://sorter.example"}],
            "citations": [{"style": "MLA", "citation": "Sorter, 2026"}],
        },
        "model_parameters": {
            "data": [{"name": "Letters", "sensitive": {"sensitive_data": ["age"]}, "description": "Old"}],
            "output_format_map": [{"key": "topic", "value": "text"}],
        },
        "considerations": {"limitations": [{"description": "Adults only"}], "users": [{"description": "Us"}]},
    }

    (model,) = read("card.json", said).resources

    assert (model.fields["licence"], model.fields["limitations"]) == ("MIT", "Adults only")
    assert model.fields["training_data"] == "Letters, Old, sensitive data: age"
    assert model.fields["intended_use"] == "For: Us"
    for line in ("Licence: Ask us first.", "Cite as: Sorter, 2026", "Output: topic: text"):
        assert line in model.fields["provenance"]
    assert model.unmapped == ()


def test_another_schema_is_refused_and_a_missing_name_is_told(read):
    with pytest.raises(ImportRefused, match=r"schema 3\.0 cannot be read"):
        read("card.json", {**OLD, "schema_version": "3.0"})

    parsed = read("card.json", {"model_details": {"overview": "Nothing else"}})
    assert parsed.resources[0].problems == (Problem("name", "The model has no name."),)
    assert "does not say in “schema_version”" in parsed.notices[0].sentence
