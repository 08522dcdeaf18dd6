"""What imported files name as parts becomes records, and is found again by later imports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed
from aims.core.models import TrailEvent
from inventory import importing
from inventory.exports.cyclonedx import cyclonedx
from inventory.exports.model_card_json import model_card_json
from inventory.imports.cyclonedx import read_cyclonedx
from inventory.imports.limits import Limits
from inventory.models import AIModel, AISystem, DataSet, DataSetSystem, ModelSystem, SystemComponent
from inventory.queries.components import parsed_part
from inventory.queries.exports import register_of
from inventory.queries.resource_exports import exported
from inventory.rules.resources import what_holds
from inventory.services import components as services
from inventory.services import resources
from inventory.services.suppliers import register_supplier
from tests.cast import NOW, House
from tests.inventory.imports import test_spdx as spdx_files
from tests.inventory.mlbom import CARD, DATA, MLBOM
from tests.inventory.test_api import Api
from tests.inventory.test_importing import uploaded

HASHES = [{"alg": "SHA-256", "content": "AB" * 32}, {"alg": "BLAKE3", "content": "cd" * 32}]


def a_file(system: str, *, model: str = "writer-base", version: str = "3") -> str:
    """An application of a model and a data set, as a tool would write it."""
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": system, "bom-ref": "app"}},
            "components": [
                {
                    "type": "machine-learning-model",
                    "name": model,
                    "version": version,
                    "bom-ref": "model",
                    "hashes": HASHES,
                    "licenses": [{"expression": "MIT OR"}],
                },
                {"type": "data", "name": "Letters", "bom-ref": "data"},
                {"type": "library", "name": "parser", "version": "1", "bom-ref": "library"},
            ],
            "dependencies": [{"ref": "app", "dependsOn": ["model", "data", "library"]}],
        }
    )


def imported(house: House, system: str, **values: Any) -> AISystem:
    upload = uploaded(house, a_file(system, **values), name=f"{system}.cdx.json")
    importing.apply_import(actor=house.lead, upload=upload, now=NOW)
    return AISystem.objects.get(name=system)


def taken_over(house: House, document: dict[str, Any], name: str) -> AISystem:
    """Imported, and its parts made records."""
    upload = uploaded(house, json.dumps(document), name=name)
    importing.apply_import(actor=house.lead, upload=upload, now=NOW)
    services.adopt_components(actor=house.lead, now=NOW)
    return AISystem.objects.get(source__startswith=name)


def words_of_files() -> list[Any]:
    """Everything a file said, without the records that stand for it."""
    said = (
        "kind",
        "name",
        "version",
        "supplier",
        "licence",
        "hashes",
        "description",
        "details",
        "measures",
        "source",
    )
    return list(SystemComponent.objects.order_by("pk").values("system_id", *said))


def test_what_files_name_becomes_one_record_for_each_version_and_the_words_of_the_files_stay(acting):
    first, second = imported(acting, "Letter writer"), imported(acting, "Letter reader")
    before = words_of_files()

    done = services.adopt_components(actor=acting.lead, now=NOW)

    assert (done.registered, done.recognized, done.left) == (2, 0, 0)
    model, data = AIModel.objects.get(), DataSet.objects.get()
    assert (model.name, model.version, model.reference) == ("writer-base", "3", "MOD-001")
    assert model.hashes == [{"algorithm": "sha256", "value": "ab" * 32}]
    for said in (
        f"Named by Letter writer.cdx.json, metadata.component (components[0]) as a part of {first}.",
        "Letter reader.cdx.json",
        "Licence: MIT OR",
        "Hashes: blake3 " + "cd" * 32,
    ):
        assert said in model.provenance
    assert model.licence == ""
    assert set(ModelSystem.objects.values_list("resource_id", "system_id")) == {
        (model.pk, first.pk),
        (model.pk, second.pk),
    }
    assert set(DataSetSystem.objects.values_list("resource_id", "role")) == {(data.pk, "not_said")}
    assert words_of_files() == before
    assert SystemComponent.objects.filter(ai_model=model).count() == 2
    library = SystemComponent.objects.filter(kind="library").first()
    assert (library.ai_model_id, library.data_set_id) == (None, None)
    assert services.adopt_components(actor=acting.lead, now=NOW).registered == 0


def test_a_later_import_finds_the_record_and_a_newer_version_does_not_pass_for_it(acting):
    imported(acting, "Letter writer")
    services.adopt_components(actor=acting.lead, now=NOW)
    model = AIModel.objects.get()
    row = AIModel.objects.values().get()

    again = imported(acting, "Letter reader", model="Writer-Base")
    imported(acting, "Letter sender", version="4")

    assert AIModel.objects.values().get() == row
    assert ModelSystem.objects.filter(resource=model, system=again).count() == 1
    waiting = SystemComponent.objects.filter(kind="model", ai_model=None)
    assert list(waiting.values_list("version", flat=True)) == ["4"]
    done = services.adopt_components(actor=acting.lead, now=NOW)
    assert (done.registered, sorted(AIModel.objects.values_list("version", flat=True))) == (1, ["3", "4"])


def test_a_record_that_was_typed_is_found_and_a_known_role_takes_the_place_of_one_not_said(acting):
    typed = resources.register_resource(
        actor=acting.lead, model=AIModel, name="WRITER-BASE", version="3", licence="MIT", now=NOW
    )
    system = imported(acting, "Letter writer")

    done = services.adopt_components(actor=acting.lead, now=NOW)
    letters = DataSet.objects.get()
    resources.link_resource(actor=acting.lead, resource=letters, system=system, role="training", now=NOW)

    # Found when the file came in; the data set alone is new.
    assert (done.registered, AIModel.objects.get(), typed.licence) == (1, typed, "MIT")
    # The system's own record names the model, so that it is in operation there.
    assert list(ModelSystem.objects.values_list("role", flat=True)) == ["operation"]
    assert list(DataSetSystem.objects.values_list("role", flat=True)) == ["training"]


def test_an_owner_adopts_the_parts_of_their_own_systems_and_a_reader_none(acting):
    mine = imported(acting, "Letter writer")
    imported(acting, "Letter reader", version="4")
    AISystem.objects.filter(pk=mine.pk).update(owner=acting.member["owner"])
    lines = TrailEvent.objects.count()
    with pytest.raises(NotAllowed):
        services.adopt_components(actor=acting.actor("risk_owner"), now=NOW)
    assert (AIModel.objects.count(), TrailEvent.objects.count()) == (0, lines)

    services.adopt_components(actor=acting.actor("owner"), now=NOW)

    model = AIModel.objects.get()
    assert (model.version, model.owner) == ("3", acting.member["owner"])


def test_page_and_api_say_what_waits_and_take_it_over(acting, lead):
    system = imported(acting, "Letter writer")
    api = Api(acting, "resources:read", "resources:write", "systems:read")
    named = [
        (part["name"], part["record_id"], part["system_ids"]) for part in api.get("models/components").json()
    ]
    assert named == [("writer-base", None, [system.pk]), ("Letters", None, [system.pk])]
    assert "Named by files (1)" in lead.get(acting.url("models/")).content.decode()
    page = lead.get(acting.url("models/components/")).content.decode()
    assert "writer-base" in page and "A new record" in page

    assert lead.post(acting.url("models/components/")).status_code == 302

    model = AIModel.objects.get()
    assert "Nothing waits" in lead.get(acting.url("models/components/")).content.decode()
    assert "Letter writer.cdx.json" in lead.get(acting.url(f"models/{model.pk}/")).content.decode()
    assert f"models/{model.pk}/" in lead.get(acting.url(f"systems/{system.pk}/")).content.decode()
    answer = api.post("models/adopt-components", {})
    assert answer.json() == {"registered": 0, "recognized": 0, "left": 0}
    components = api.get(f"systems/{system.pk}").json()["components"]
    assert [each["ai_model_id"] for each in components if each["kind"] == "model"] == [model.pk]


def test_the_card_of_a_model_fills_the_record_and_what_has_no_field_stands_under_a_word(acting):
    system = taken_over(acting, MLBOM, "room.cdx.json")

    model, data = AIModel.objects.get(), DataSet.objects.get()
    assert model.measures == [
        {"metric": "AUC", "slice": "women over 60", "value": 0.91},
        {"metric": "AUC", "slice": "", "value": 0.935},
        {"metric": "recall", "slice": "site B", "value": 0.87},
    ]
    assert model.licence == "Apache-2.0"
    assert model.hashes == [{"algorithm": "sha256", "value": "ab" * 32}]
    assert model.intended_use == (
        "Marks suspicious areas before a person reads the image\n"
        "For: Radiologists\nFor: Trainees under supervision"
    )
    assert model.limitations == (
        "Not tried on children\nImages of at least 1,024 pixels\nTrade-off: Fewer misses, more false alarms\n"
        "Ethical risk: Automation bias. Mitigated by: Training twice a year\n"
        "Fairness: Women over 60 · Harms: Missed findings · Mitigated by: Second reader"
    )
    assert model.training_data == "Data set: Chest images"
    assert model.provenance == (
        f"Named by room.cdx.json, metadata.component (components[0]) as a part of {system}.\n"
        "Task: object-detection\nLearning approach: supervised\n"
        "Architecture: RetinaNet with ResNet-50\nArchitecture family: convolutional neural network\n"
        "Package URL: pkg:huggingface/acme/chest-net@3.1\nInput: image/dicom\nOutput: bounding boxes\n"
        "Interval: AUC for women over 60: 0.89 to 0.93\nMetric: Reading time: below 2 s\n"
        "Supplier: Acme Imaging"
    )
    assert (data.source, data.categories) == (
        "https://data.example/chest",
        ["confidential", "health data", "age"],
    )
    assert data.provenance.endswith(
        "\nDescription: Images of three hospitals.\nData type: dataset\nOwners: Radiology"
    )


def test_an_spdx_document_fills_the_records_of_its_models_and_data_sets(acting):
    package = {**spdx_files.MODEL, "software_packageVersion": "2"}
    document = spdx_files.document(
        package,
        {
            **spdx_files.DATASET,
            "dataset_knownBias": ["Fewer nights", "One hospital"],
            "dataset_dataPreprocessing": ["Names removed"],
            "dataset_hasSensitivePersonalInformation": "no",
        },
        spdx_files.link("trainedOn", "model", "data"),
    )

    taken_over(acting, document, "wards.spdx.json")

    model, data = AIModel.objects.get(), DataSet.objects.get()
    assert model.measures == [{"metric": "MAE", "slice": "", "value": 1.4}]
    assert model.limitations == "Not for intensive care."
    assert f"Training: {data.name}" in model.training_data
    assert data.bias_checks == "Biases the file names: Fewer nights\nBiases the file names: One hospital"
    assert data.preparation == "Preprocessing: Names removed"
    assert "Has sensitive personal information: no" in data.provenance
    assert "_" not in model.provenance + data.provenance.replace(data.name, "")


def test_a_supplier_who_is_not_ours_is_named_in_the_provenance_and_ours_is_linked(acting):
    alone = {**MLBOM, "metadata": {}, "components": [{**DATA, "supplier": {"name": "Image House"}}]}
    upload = uploaded(acting, json.dumps(alone), name="images.cdx.json")
    importing.apply_import(actor=acting.lead, upload=upload, now=NOW)
    ours = register_supplier(actor=acting.lead, name="acme imaging", now=NOW)
    taken_over(acting, MLBOM, "room.cdx.json")

    data, model = DataSet.objects.get(), AIModel.objects.get()
    assert (data.supplier, data.provenance.splitlines()[-1]) == (None, "Supplier: Image House")
    assert (model.supplier, "Supplier" in model.provenance) == (ours, False)


def test_several_files_about_one_model_fill_one_record_the_first_that_speaks_of_a_field(acting):
    imported(acting, "Letter writer", model="chest-net", version="3.1")
    taken_over(acting, MLBOM, "room.cdx.json")

    model = AIModel.objects.get()
    assert (len(model.measures), model.licence) == (3, "Apache-2.0")
    for said in ("Letter writer.cdx.json", "room.cdx.json", "Licence: MIT OR", "Task: object-detection"):
        assert said in model.provenance


def test_a_component_of_before_without_data_becomes_a_record_with_its_text(acting):
    system = imported(acting, "Letter writer")
    SystemComponent.objects.filter(kind="model").update(
        description="Writes letters.\ntask: text-generation", details={}, measures=[]
    )

    services.adopt_components(actor=acting.lead, now=NOW)

    model = AIModel.objects.get()
    assert "Description: Writes letters.\ntask: text-generation" in model.provenance
    assert (model.measures, model.limitations) == ([], "")
    assert system.name in model.provenance


def test_the_details_are_kept_in_the_history_and_told_on_the_page_and_by_the_api(acting, lead):
    system = taken_over(acting, MLBOM, "room.cdx.json")

    row = SystemComponent.objects.get(kind="model")
    assert row.description == ""
    assert row.details["limitations"] == ["Not tried on children", "Images of at least 1,024 pixels"]
    kept = row.events.first()
    assert (kept.details, kept.measures) == (row.details, row.measures)
    page = lead.get(acting.url(f"systems/{system.pk}/")).content.decode()
    assert "Measures: AUC: 0.91 on women over 60 (0.89 to 0.93)" in page
    told = Api(acting, "systems:read").get(f"systems/{system.pk}").json()["components"]
    (model,) = [each for each in told if each["kind"] == "model"]
    assert model["measures"][2] == {
        "metric": "recall",
        "value": "0.87",
        "slice": "site B",
        "lower": "",
        "upper": "",
    }
    assert model["details"]["architecture"] == "RetinaNet with ResNet-50"


def test_an_export_of_the_system_carries_the_metrics_as_metrics_and_comes_back(acting):
    system = taken_over(acting, MLBOM, "room.cdx.json")

    register = register_of(AISystem.objects.filter(pk=system.pk), now=NOW, is_one=True)
    document = cyclonedx(register)

    (card,) = [each["modelCard"] for each in document["components"] if "modelCard" in each]
    assert card["quantitativeAnalysis"] == CARD["quantitativeAnalysis"]
    assert card["considerations"] == CARD["considerations"]
    named = {each["name"]: each for each in document["components"]}
    assert card["modelParameters"] == {
        **CARD["modelParameters"],
        "datasets": [{"ref": named["Chest images"]["bom-ref"]}],
    }
    assert named["Chest images"]["data"] == DATA["data"]
    again = read_cyclonedx(document, limits=Limits())
    assert {each.name: (each.details, each.measures) for each in again.components} == {
        each.name: (each.details, parsed_part(each).measures) for each in system.components.all()
    }


def test_the_record_of_a_model_goes_out_as_a_model_card_with_its_metrics(acting):
    taken_over(acting, MLBOM, "room.cdx.json")

    card = model_card_json(exported(AIModel.objects.get()))

    assert card["quantitative_analysis"]["performance_metrics"] == [
        {"type": "AUC", "value": 0.91, "slice": "women over 60"},
        {"type": "AUC", "value": 0.935},
        {"type": "recall", "value": 0.87, "slice": "site B"},
    ]
    assert card["considerations"]["users"] == [
        {"description": "Radiologists"},
        {"description": "Trainees under supervision"},
    ]
    assert card["considerations"]["ethical_considerations"] == [
        {"name": "Automation bias", "mitigation_strategy": "Training twice a year"}
    ]
    assert card["considerations"]["limitations"][1]["description"].startswith("Fairness: Women over 60")
    assert card["model_parameters"]["model_architecture"] == "RetinaNet with ResNet-50"


def test_of_what_does_not_hold_together_no_field_is_filled_so_that_another_file_can():
    said = {"hashes": [{"algorithm": "blake3", "value": "00"}], "name": "Reader"}

    kept, left = what_holds(said)

    assert kept == {"name": "Reader"} and "blake3" in left["hashes"]
