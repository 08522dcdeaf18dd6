import copy

import pytest

from inventory.imports.formats import Format
from inventory.imports.record import ComponentKind, Problem

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
ID = "https://example.org/spdx/"


def element(kind, key, **rest):
    return {"type": kind, "spdxId": f"{ID}{key}", "creationInfo": "_:c", **rest}


def link(kind, source, *targets):
    to = [f"{ID}{target}" for target in targets]
    return element(
        "Relationship", f"{source}-{kind}", **{"from": f"{ID}{source}", "relationshipType": kind, "to": to}
    )


MODEL = element(
    "ai_AIPackage",
    "model",
    name="ward-forecast",
    software_packageVersion="1.2",
    suppliedBy=f"{ID}acme",
    description="Forecasts occupied beds per ward.",
    software_primaryPurpose="model",
    verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": "ab12"}],
    ai_autonomyType="yes",
    ai_domain=["time series forecasting"],
    ai_typeOfModel=["gradient boosting"],
    ai_limitation="Not for intensive care.",
    ai_metric=[{"type": "DictionaryEntry", "key": "MAE", "value": "1.4"}],
    ai_informationAboutApplication="Planning of beds for the next week.",
    ai_useSensitivePersonalInformation="no",
    software_copyrightText="Acme",
)
DATASET = element(
    "dataset_DatasetPackage",
    "data",
    name="Admissions",
    dataset_datasetType=["timeseries"],
    dataset_hasSensitivePersonalInformation="no",
)
OTHERS = [
    {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2025-01-01T00:00:00Z"},
    element("Organization", "acme", name="Acme Planning"),
    element("simplelicensing_LicenseExpression", "mit", simplelicensing_licenseExpression="MIT"),
    element("software_Package", "lib", name="lightgbm", software_packageVersion="4"),
    element("software_File", "file", name="train.py"),
    link("hasDeclaredLicense", "model", "mit"),
    link("trainedOn", "model", "data"),
    link("dependsOn", "model", "lib"),
]


def document(*elements):
    return copy.deepcopy({"@context": CONTEXT, "@graph": [*elements, *OTHERS]})


def test_an_ai_package_becomes_a_system_and_a_component(read):
    parsed = read("ai.spdx.json", document(MODEL, DATASET))

    assert (parsed.format, parsed.spec_version) == (Format.SPDX, "3.0.1")
    assert [(system.position, system.fields) for system in parsed.systems] == [
        (
            "@graph[0]",
            {
                "external_id": f"{ID}model",
                "name": "ward-forecast",
                "version": "1.2",
                "supplier": "Acme Planning",
                "purpose": "Forecasts occupied beds per ward.",
                "intended_use": "Planning of beds for the next week.",
                "model_name": "ward-forecast",
                "model_version": "1.2",
                "ai_type": "predictive_ml",
                "automation_degree": "full",
                "special_categories": [],
            },
        )
    ]
    assert [(part.kind, part.name, part.used_by) for part in parsed.components] == [
        (ComponentKind.MODEL, "ward-forecast", ("@graph[0]",)),
        (ComponentKind.DATASET, "Admissions", ("@graph[0]",)),
        (ComponentKind.LIBRARY, "lightgbm", ("@graph[0]",)),
    ]
    assert parsed.is_importable


def test_what_the_ai_profile_says_is_kept_with_the_component(read):
    model = read("ai.spdx.json", document(MODEL, DATASET)).components[0]

    assert (model.supplier, model.licence, model.hashes) == ("Acme Planning", "MIT", ("SHA256:ab12",))
    assert model.details["limitations"] == "Not for intensive care."
    assert [(each.metric, each.value) for each in model.measures] == [("MAE", "1.4")]


def test_a_list_of_values_is_kept_whole_and_a_value_beyond_a_page_is_said_to_be_cut(read):
    epochs = ", ".join(f"0.{number:03}" for number in range(200))
    metrics = [
        {"type": "DictionaryEntry", "key": "error by epoch", "value": f"[{epochs}]"},
        {"type": "DictionaryEntry", "key": "log", "value": "x" * 6_000},
    ]
    parsed = read("ai.spdx.json", document({**MODEL, "ai_metric": metrics}, DATASET))

    listed, cut = parsed.components[0].measures
    assert (listed.value, len(cut.value)) == (f"[{epochs}]", 5_000)
    assert "The measure is too long to be kept whole." in [left.reason for left in parsed.systems[0].unmapped]


def test_files_other_relationships_and_unknown_properties_are_reported(read):
    parsed = read("ai.spdx.json", document(MODEL, DATASET))

    assert [left.path for left in parsed.systems[0].unmapped] == ["@graph[0].software_copyrightText"]
    assert [left.path for left in parsed.unmapped] == [
        "@graph: 1 × software_File",
        "@graph: 1 × Relationship dependsOn",
        "@graph",
    ]


def test_sensitive_data_in_a_training_set_is_a_data_class(read):
    data = {**DATASET, "dataset_hasSensitivePersonalInformation": "yes"}

    fields = read("ai.spdx.json", document(MODEL, data)).systems[0].fields

    assert fields["data_classes"] == ["sensitive personal information"]
    assert "special_categories" not in fields


def test_an_application_is_the_system_when_there_is_one(read):
    app = element("ai_AIPackage", "app", name="Bed planner", software_primaryPurpose="application")
    parsed = read("ai.spdx.json", document(MODEL, app))

    assert [system.name for system in parsed.systems] == ["Bed planner"]
    assert [part.name for part in parsed.components if part.kind is ComponentKind.MODEL] == [
        "Bed planner",
        "ward-forecast",
    ]


def test_a_human_in_the_decision_is_noted_but_not_guessed(read):
    system = read("ai.spdx.json", document({**MODEL, "ai_autonomyType": "no"})).systems[0]

    assert "automation_degree" in system.missing
    sentence = "The file says that a person is involved, but not how."
    assert Problem("automation_degree", sentence) in system.notices


def test_an_identifier_used_twice_stops_the_import(read):
    parsed = read("ai.spdx.json", document(MODEL, {**DATASET, "spdxId": f"{ID}model"}))

    assert parsed.problems == (Problem("spdxId", f"The identifier “{ID}model” is used 2 times."),)
    assert not parsed.is_importable


def test_a_document_of_a_single_element_is_read(read):
    parsed = read("ai.spdx.json", {"@context": CONTEXT, **MODEL})

    assert [system.name for system in parsed.systems] == ["ward-forecast"]


def test_a_document_of_data_sets_alone_becomes_their_records(read):
    emissions = {
        **DATASET,
        "name": "Emissions",
        "originatedBy": [f"{ID}acme"],
        "software_downloadLocation": "https://data.example/co2",
        "dataset_datasetSize": 2689,
        "dataset_intendedUse": "Research",
        "dataset_knownBias": "Some places are more complete than others.",
        "dataset_hasSensitivePersonalInformation": "yes",
    }
    nameless = {**DATASET, "spdxId": f"{ID}other", "name": " "}
    parsed = read("data.spdx.json", document(emissions, nameless, link("hasConcludedLicense", "data", "mit")))

    record, other = parsed.resources
    assert (parsed.systems, record.kind) == ((), ComponentKind.DATASET)
    assert record.fields == {
        "name": "Emissions",
        "supplier": "Acme Planning",
        "licence": "MIT",
        "source": "https://data.example/co2",
        "limitations": "Made for: Research",
        "bias_checks": "Biases the file names: Some places are more complete than others.",
        "provenance": "Data types: timeseries\nHas sensitive personal information: yes\nSize: 2689",
    }
    assert [each.field for each in record.notices] == ["special_categories"]
    assert other.problems == (Problem("name", "The data set has no name."),)
    assert [each.name for each in parsed.components] == ["lightgbm"]
    assert parsed.notices[-1].sentence == "The file names no AI system: only its data sets are taken over."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"@context": "spdx.org/rdf", "@graph": [', "The JSON is broken at line 1, column 41: "),
        ({"spdxVersion": "SPDX-2.3"}, "SPDX-2.3 has no AI profile: export the document as SPDX 3.0."),
        (
            {"@context": "https://spdx.org/rdf/3.1.0/spdx-context.jsonld", "@graph": [MODEL]},
            "SPDX 3.1.0 cannot be read: export the document as SPDX 3.0.",
        ),
        ({"@graph": [MODEL]}, "The JSON does not state an SPDX version, so it cannot be read as SPDX 3.0."),
        (
            document(),
            "The SPDX document has no AI package (ai_AIPackage) and no data set.",
        ),
    ],
)
def test_a_document_that_cannot_be_meant_is_refused_with_a_sentence(refusal, content, sentence):
    assert refusal("ai.spdx.json", content).startswith(sentence)
