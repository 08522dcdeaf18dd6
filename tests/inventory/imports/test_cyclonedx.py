import copy

import pytest

from inventory.imports.formats import Format
from inventory.imports.record import ComponentKind, Problem

CARD = {
    "modelParameters": {
        "approach": {"type": "supervised"},
        "task": "image-classification",
        "architectureFamily": "convolutional network",
        "datasets": [
            {
                "type": "dataset",
                "name": "Chest images 2023",
                "classification": "confidential",
                "sensitiveData": ["health data"],
                "contents": {"url": "https://data.example/chest", "attachment": {"content": "aGk="}},
                "governance": {"owners": [{"organization": {"name": "Radiology"}}]},
            },
            {"ref": "set-b"},
        ],
        "inputs": [{"format": "dicom"}],
        "outputs": [{"format": "json"}],
    },
    "quantitativeAnalysis": {
        "performanceMetrics": [
            {
                "type": "AUC",
                "value": "0.91",
                "slice": "women over 60",
                "confidenceInterval": {"lowerBound": "0.89", "upperBound": "0.93"},
            }
        ],
        "graphics": {"collection": [{"name": "ROC"}]},
    },
    "considerations": {
        "users": ["Radiologists"],
        "useCases": ["Second reading of chest images"],
        "technicalLimitations": ["Not tried on children"],
        "performanceTradeoffs": ["Slower at full resolution"],
        "ethicalConsiderations": [{"name": "Automation bias", "mitigationStrategy": "Training"}],
        "fairnessAssessments": [{"groupAtRisk": "Women over 60", "harms": "Missed findings"}],
        "environmentalConsiderations": {"energyConsumptions": [{"activity": "training"}]},
    },
    "properties": [{"name": "x", "value": "y"}],
}
MODEL = {
    "bom-ref": "m1",
    "type": "machine-learning-model",
    "name": "chest-net",
    "version": "3.1",
    "supplier": {"name": "Acme Imaging", "url": ["https://acme.example"]},
    "licenses": [{"license": {"id": "Apache-2.0"}}],
    "hashes": [{"alg": "SHA-256", "content": "ab12"}],
    "purl": "pkg:mlflow/chest-net@3.1",
    "description": "Marks suspicious areas on chest images.",
    "modelCard": CARD,
    "pedigree": {"notes": "fine-tuned"},
}
DATA = {
    "bom-ref": "set-b",
    "type": "data",
    "name": "Follow-up images",
    "data": [{"type": "dataset", "name": "Follow-up", "classification": "restricted"}],
}
LIBRARY = {"type": "library", "name": "torch", "version": "2.4", "group": "pytorch"}


def bom(*components, version="1.6", **rest):
    return copy.deepcopy(
        {
            "bomFormat": "CycloneDX",
            "specVersion": version,
            "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b70",
            "version": 1,
            "components": list(components),
            **rest,
        }
    )


@pytest.mark.parametrize("version", ["1.5", "1.6", "1.7"])
def test_a_model_becomes_a_system_and_a_component(read, version):
    parsed = read("bom.json", bom(MODEL, DATA, LIBRARY, version=version))

    assert (parsed.format, parsed.spec_version) == (Format.CYCLONEDX, version)
    assert [(system.position, system.fields) for system in parsed.systems] == [
        (
            "components[0]",
            {
                "external_id": "pkg:mlflow/chest-net@3.1",
                "name": "chest-net",
                "version": "3.1",
                "supplier": "Acme Imaging",
                "purpose": "Marks suspicious areas on chest images.",
                "model_name": "chest-net",
                "model_version": "3.1",
                "intended_use": "Second reading of chest images\nIntended users: Radiologists",
                "affected_people": "Women over 60",
                "ai_type": "computer_vision",
                "data_classes": ["confidential", "health data", "restricted"],
            },
        )
    ]
    assert "owner_email" in parsed.systems[0].missing
    assert [(part.kind, part.name, part.used_by) for part in parsed.components] == [
        (ComponentKind.MODEL, "chest-net", ("components[0]",)),
        (ComponentKind.DATASET, "Chest images 2023", ("components[0]",)),
        (ComponentKind.DATASET, "Follow-up images", ("components[0]",)),
        (ComponentKind.LIBRARY, "torch", ("components[0]",)),
    ]
    assert parsed.is_importable


def test_the_model_card_is_kept_with_the_component(read):
    model, dataset, *_ = read("bom.json", bom(MODEL)).components

    assert (model.version, model.supplier, model.licence) == ("3.1", "Acme Imaging", "Apache-2.0")
    assert model.hashes == ("SHA-256:ab12",)
    assert [each.words for each in model.measures] == ["AUC: 0.91 on women over 60 (0.89 to 0.93)"]
    assert model.details["limitations"] == ["Not tried on children"]
    assert model.details["fairness"] == ["Women over 60 · Harms: Missed findings"]
    assert model.details["ethical_considerations"] == ["Automation bias. Mitigated by: Training"]
    assert "training" in model.details["environment"]
    assert dataset.details["owners"] == ["Radiology"]
    assert dataset.source_path == "components[0].modelCard.modelParameters.datasets[0]"


def test_what_is_not_carried_over_is_reported_with_path_and_reason(read):
    parsed = read("bom.json", bom(MODEL, dependencies=[{"ref": "m1"}], somethingNew=1))

    assert {left.path for left in parsed.systems[0].unmapped} == {
        "components[0].supplier.url",
        "components[0].modelCard.properties",
        "components[0].modelCard.quantitativeAnalysis.graphics",
        "components[0].modelCard.modelParameters.datasets[0].contents.attachment",
        "components[0].pedigree",
    }
    assert [left.path for left in parsed.unmapped] == ["dependencies", "somethingNew"]
    assert all(left.reason for left in (*parsed.unmapped, *parsed.systems[0].unmapped))


def test_a_data_set_that_is_not_in_the_file_is_noted(read):
    system = read("bom.json", bom(MODEL)).systems[0]

    assert Problem("data_classes", "The data set “set-b” is not in the file.") in system.notices


def test_an_application_is_the_system_and_its_models_are_parts(read):
    app = {"type": "application", "name": "Reading room", "version": "5", "description": "Reads images."}
    parsed = read("bom.json", bom(MODEL, DATA, metadata={"component": app}))

    assert [system.position for system in parsed.systems] == ["metadata.component"]
    fields = parsed.systems[0].fields
    assert (fields["name"], fields["model_name"], fields["purpose"]) == (
        "Reading room",
        "chest-net",
        "Reads images.",
    )
    assert fields["data_classes"] == ["confidential", "health data", "restricted"]
    assert (
        Problem("", "The uses and people come from the card of the model “chest-net”.")
        in parsed.systems[0].notices
    )
    assert {part.used_by for part in parsed.components} == {("metadata.component",)}
    assert "Reading room" not in [part.name for part in parsed.components]
    assert "components[0].pedigree" in [left.path for left in parsed.unmapped]


def test_an_application_with_several_models_names_none_of_them(read):
    app = {"type": "application", "name": "Reading room"}
    other = {"type": "machine-learning-model", "name": "lung-net"}

    system = read("bom.json", bom(MODEL, other, metadata={"component": app})).systems[0]

    assert "model_name" not in system.fields
    assert "intended_use" not in system.fields
    assert "model_name" in [notice.field for notice in system.notices]


def test_a_bom_about_a_model_has_that_model_as_its_only_system(read):
    base = {"type": "machine-learning-model", "name": "base-net"}
    parsed = read("bom.json", bom(base, metadata={"component": MODEL}))

    assert [system.name for system in parsed.systems] == ["chest-net"]
    assert {"chest-net", "base-net"} < {part.name for part in parsed.components}


def test_each_model_at_the_top_is_a_system_of_its_own(read):
    other = {"type": "machine-learning-model", "name": "lung-net"}
    parsed = read("bom.json", bom(MODEL, other, DATA, LIBRARY))

    assert [system.name for system in parsed.systems] == ["chest-net", "lung-net"]
    used_by = {part.name: part.used_by for part in parsed.components}
    assert used_by["lung-net"] == ("components[1]",)
    assert used_by["Follow-up images"] == ("components[0]",)
    assert used_by["torch"] == ()


def test_nested_components_and_services_become_components(read):
    nested = {**LIBRARY, "components": [{"type": "library", "name": "inner"}]}
    service = {"name": "Hosting", "provider": {"name": "Cloud Ltd"}, "data": [{"classification": "PII"}]}
    parsed = read("bom.json", bom(MODEL, nested, services=[service]))

    parts = {part.name: part for part in parsed.components}
    assert parts["inner"].source_path == "components[1].components[0]"
    assert (parts["Hosting"].kind, parts["Hosting"].supplier) == (ComponentKind.SERVICE, "Cloud Ltd")


def test_a_reference_used_twice_stops_the_import(read):
    parsed = read("bom.json", bom(MODEL, {**DATA, "bom-ref": "m1"}))

    sentence = "The reference “m1” is used more than once: components[0], components[1]."
    assert parsed.problems == (Problem("bom-ref", sentence),)
    assert not parsed.is_importable


def test_a_model_without_a_name_is_not_importable(read):
    parsed = read("bom.json", bom({"type": "machine-learning-model"}))

    assert parsed.systems[0].problems == (Problem("name", "The system has no name."),)
    assert not parsed.is_importable


def test_values_of_the_wrong_kind_are_reported_not_guessed(read):
    parsed = read("bom.json", bom({**MODEL, "description": {"en": "x"}, "hashes": "ab", "licenses": [7]}))

    assert {"components[0].description", "components[0].hashes", "components[0].licenses[0]"} <= {
        left.path for left in parsed.systems[0].unmapped
    }
    assert "purpose" not in parsed.systems[0].fields


def test_a_long_text_is_cut_and_said_to_be_cut(read):
    system = read("bom.json", bom({**MODEL, "description": "x" * 12_000})).systems[0]

    assert len(system.fields["purpose"]) == 10_000
    assert "components[0].description" in [left.path for left in system.unmapped]


def test_a_long_data_class_is_cut_and_said_to_be_cut(read):
    data = {**DATA, "data": [{"type": "dataset", "classification": "x" * 100}]}
    system = read("bom.json", bom(MODEL, data)).systems[0]

    assert system.fields["data_classes"][-1] == "x" * 59 + "…"
    assert (
        Problem("data_classes", "Entries of “Data classes” were cut; the file holds the whole.")
        in system.notices
    )


def test_a_flood_of_unknown_keys_is_counted_not_listed(read):
    parsed = read("bom.json", bom(MODEL, **{f"k{number}": 1 for number in range(30)}), max_unmapped=10)

    assert len(parsed.unmapped) == 11
    assert parsed.unmapped[-1].reason == "20 more parts of the file are not carried over and not listed here."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"bomFormat": "CycloneDX", ', "The JSON is broken at line 1, column 28: "),
        (bom(MODEL, version="1.4"), "CycloneDX 1.4 cannot be read: export the BOM as 1.5, 1.6 or 1.7."),
        (bom(MODEL, version="9.9"), "CycloneDX 9.9 cannot be read: export the BOM as 1.5, 1.6 or 1.7."),
        ({"specFormat": "CycloneDX", "specVersion": "2.0"}, "CycloneDX 2.0 cannot be read"),
        ({"bomFormat": "CycloneDX"}, "The CycloneDX BOM does not state its version in “specVersion”."),
        ({"bomFormat": "Other", "specVersion": "1.6"}, "The JSON is no CycloneDX BOM"),
        (bom(LIBRARY), "The BOM lists no machine-learning model and no data set."),
        (
            bom({"type": "data", "name": "a.ini", "data": [{"type": "configuration"}]}),
            "The BOM lists no machine-learning model and no data set.",
        ),
        (bom({**LIBRARY, "components": [MODEL]}), "The models of this BOM are all inside other components"),
        (
            '{"bomFormat": "CycloneDX", "bomFormat": "x"}',
            "The JSON has the name “bomFormat” twice in one object.",
        ),
        ('{"bomFormat": "CycloneDX", "a": NaN}', "The JSON holds NaN, which is not a JSON number."),
        (
            '{"bomFormat": "CycloneDX", "a": ' + "9" * 5000 + "}",
            "The JSON holds a number that is too long to read.",
        ),
        ('{"bomFormat": "CycloneDX", "a": ' + "[" * 100_000, "The file is nested too deeply to be read."),
        (b'{"bomFormat": "CycloneDX", "a": "\xff\xfe"}', "The file is not valid UTF-8 text"),
        ('[{"bomFormat": "CycloneDX"}]', "The JSON holds a list where one document was expected."),
    ],
)
def test_a_bom_that_cannot_be_meant_is_refused_with_a_sentence(refusal, content, sentence):
    assert refusal("bom.json", content).startswith(sentence)


def test_what_the_card_of_an_application_says_beyond_its_uses_is_reported(read):
    card = {
        "considerations": {"useCases": ["Reading"], "technicalLimitations": ["Adults only"]},
        "quantitativeAnalysis": {"performanceMetrics": [{"type": "AUC", "value": "0.9"}]},
    }
    app = {"type": "application", "name": "Reading room", "modelCard": card}
    parsed = read("bom.json", bom(MODEL, metadata={"component": app}))

    (system,) = parsed.systems
    assert system.fields["intended_use"] == "Reading"
    assert [(left.path, left.value_excerpt) for left in system.unmapped if "modelCard" in left.path] == [
        ("metadata.component.modelCard", "Measures: AUC: 0.9"),
        ("metadata.component.modelCard", "Limitations: Adults only"),
    ]


def test_a_bom_of_data_sets_alone_becomes_their_records(read):
    data = {
        "type": "data",
        "name": "encyclopedia",
        "version": "2024-11",
        "publisher": "Data hub",
        "licenses": [{"license": {"id": "CC-BY-SA-3.0"}}, {"license": {"name": "GFDL-1.3"}}],
        "hashes": [{"alg": "SHA-1", "content": "B04C" * 10}],
        "description": "Cleaned text",
        "data": [
            {
                "type": "dataset",
                "classification": "public",
                "contents": {"url": "https://data.example/e"},
                "governance": {"owners": [{"organization": {"name": "Editors"}}]},
            }
        ],
        "tags": ["language:en"],
    }
    parsed = read("bom.json", bom(data, {"type": "data"}, LIBRARY))

    record, nameless = parsed.resources
    assert (parsed.systems, record.kind, record.problems) == ((), ComponentKind.DATASET, ())
    assert record.fields == {
        "name": "encyclopedia",
        "version": "2024-11",
        "supplier": "Data hub",
        "licence": "CC-BY-SA-3.0, GFDL-1.3",
        "source": "https://data.example/e",
        "categories": ["public"],
        "hashes": [{"algorithm": "sha1", "value": "b04c" * 10}],
        "provenance": "Description: Cleaned text\nData type: dataset\nOwners: Editors",
    }
    assert nameless.problems == (Problem("name", "The data set has no name."),)
    assert [each.kind for each in parsed.components] == [ComponentKind.LIBRARY]
    assert "components[0].tags" in [left.path for left in parsed.unmapped]
    assert parsed.notices[-1].sentence == "The file names no AI system: only its data sets are taken over."


@pytest.mark.parametrize("levels", [2_000, 100_000])
def test_components_nested_beyond_reason_are_refused(refusal, levels):
    opening = '{"type": "library", "name": "x", "components": [' * levels
    content = (
        '{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [' + opening + "]}" * levels + "]}"
    )

    assert refusal("bom.json", content) == "The file is nested too deeply to be read."


def test_too_many_components_are_refused(refusal):
    many = [{"type": "library", "name": f"l{number}"} for number in range(10)]

    assert refusal("bom.json", bom(MODEL, *many), max_components=10) == (
        "The BOM lists more than 10 components: split it."
    )
