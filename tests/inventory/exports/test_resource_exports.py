"""Croissant of a data set and the toolkit's card of a model: their structure, and the way back."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Any

import pytest

from aims.core.models import AccessGrant
from aims.core.tenancy.context import acting_in
from inventory.exports.croissant import CONTEXT, REQUIRED, croissant, lacking
from inventory.exports.labels import taken_apart
from inventory.exports.model_card_json import model_card_json
from inventory.exports.resource import ExportedResource
from inventory.exports.resource_losses import LABELS, LOSSES
from inventory.imports.croissant import read_croissant
from inventory.imports.limits import Limits
from inventory.imports.model_card import read_model_card
from inventory.models import AIModel, DataSet, Prompt
from tests.cast import House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import a_complete_system
from tests.inventory.imports.test_croissant import LETTERS
from tests.inventory.imports.test_model_card import OLD as CARD
from tests.inventory.test_importing import uploaded
from tests.inventory.test_resources import DIGEST, RECALL, a_resource
from tests.queries import count_queries

WRITTEN = ExportedResource(
    reference="DAT-001",
    name="Claims",
    version="2026",
    supplier="Letter House",
    licence="MIT",
    hashes=(DIGEST, {"algorithm": "sha512", "value": "cd" * 64}),
    provenance="Typed here: in one line.\nAnd another.",
    measures=(RECALL, {"metric": "f1", "slice": "", "value": 1}),
    limitations="Adults only.",
    source="https://data.example/claims",
    categories=("Letters",),
    special_categories=("Health",),
    collected_from=datetime.date(2026, 1, 1),
    collected_until=datetime.date(2026, 12, 31),
    preparation="Names removed.",
    bias_checks="Shares by age.",
    training_data="Letters until 2026,\nand replies",
    intended_use="Sorting",
)
PLAIN = {"provenance", "preparation", "bias_checks", "limitations", "training_data", "intended_use"}
OF_A_DATA_SET = {"source", "categories", "special_categories", "preparation", "bias_checks", "retention"}
OF_A_MODEL = {"kind", "training_data", "intended_use"}


def came_back(record: ExportedResource, read: dict[str, Any], leaves: set[str]) -> set[str]:
    """The fields that did not come back as they were."""
    written = {
        key: [dict(each) if isinstance(each, dict) else each for each in value]
        if isinstance(value, tuple)
        else value.isoformat()
        if isinstance(value, datetime.date)
        else value
        for key, value in dataclasses.asdict(record).items()
    }
    return {
        key for key, value in written.items() if key not in leaves and value != read.get(key, type(value)())
    }


def test_a_data_set_comes_back_equal_save_what_is_named() -> None:
    reading = read_croissant(croissant(WRITTEN), limits=Limits())
    (read,) = reading.resources

    assert (reading.spec_version, read.problems, read.unmapped) == ("1.0", (), ())
    lost = came_back(WRITTEN, read.fields, OF_A_MODEL)
    assert lost <= set(LOSSES["croissant"])
    assert lost == {
        "reference",
        "provenance",
        "categories",
        "special_categories",
        "preparation",
        "measures",
        "bias_checks",
        "hashes",
    }
    assert read.fields["preparation"] == "Preprocessing: Names removed."
    assert read.fields["categories"] == ["Health"]
    assert read.fields["hashes"] == [DIGEST]


def test_a_model_comes_back_equal_save_what_is_named() -> None:
    reading = read_model_card(model_card_json(WRITTEN), limits=Limits())
    (read,) = reading.resources

    assert (reading.spec_version, read.problems, read.unmapped) == ("0.0.2", (), ())
    leaves = OF_A_DATA_SET | {"collected_from", "collected_until"}
    lost = came_back(WRITTEN, read.fields, leaves)
    assert lost == {"reference", "provenance", "supplier", "hashes"} <= set(LOSSES["model-card-json"])


def test_what_a_croissant_file_said_goes_back_to_where_it_stood() -> None:
    (read,) = read_croissant(LETTERS, limits=Limits()).resources
    record = recorded(read.fields)

    (again,) = read_croissant(croissant(record), limits=Limits()).resources

    apart = {"categories", "provenance"}
    kept = {key: value for key, value in read.fields.items() if key not in apart}
    assert {key: value for key, value in again.fields.items() if key not in apart} == kept
    lines, lines_again = (each.fields["provenance"].split("\n") for each in (read, again))
    assert set(lines) - set(lines_again) == {"Keywords: letters, triage", lines[-1]}
    written = croissant(record)
    assert written["creator"] == {"@type": "sc:Organization", "name": "Ada, Clinic"}
    assert written["publisher"] == {
        "@type": "sc:Organization",
        "name": "Letter House",
        "url": "https://house.example",
    }
    assert written["rai:dataCollection"] == "Copied from the post room."
    assert written["rai:dataLimitations"] == "German only."
    assert written["description"] == "Letters of patients with their topics."
    assert written["distribution"][0]["contentUrl"] == "https://data.example/letters.csv"


def test_what_a_card_said_goes_back_to_where_it_stood() -> None:
    (read,) = read_model_card(CARD, limits=Limits()).resources

    written = model_card_json(recorded(read.fields))
    (again,) = read_model_card(written, limits=Limits()).resources

    apart = {"provenance": ""}
    assert {**again.fields, **apart} == {**read.fields, **apart}
    lines, lines_again = (set(each.fields["provenance"].split("\n")) for each in (read, again))
    assert lines - lines_again == {"Interval: recall: 0.9 to 1"}
    assert lines_again - lines == {"Documentation: Interval: recall: 0.9 to 1"}
    assert written["considerations"]["ethical_considerations"] == [
        {"name": "Wrong desk", "mitigation_strategy": "A person looks"}
    ]
    assert written["model_details"]["version"] == {"name": "v2", "date": "2026-01-05"}


def recorded(fields: dict[str, Any]) -> ExportedResource:
    """As a record holds what was read, where no supplier of that name is here."""
    days = {key: datetime.date.fromisoformat(fields[key]) for key in fields if key.startswith("collected")}
    said = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    return ExportedResource(**{"reference": "R-1", "version": "", **said, **days, "supplier": ""})


def test_a_file_has_what_the_format_requires_and_says_what_is_not_there() -> None:
    provenance = "Description: Claims.\nPublished: 2027-01-31\nFiles: claims.csv (https://data.example/c.csv)"
    whole = croissant(dataclasses.replace(WRITTEN, provenance=provenance))
    bare = ExportedResource(reference="DAT-002", name="Bare", version="")

    assert set(REQUIRED) | {"@context", "@type", "conformsTo", "name"} <= set(whole)
    assert (whole["@type"], whole["conformsTo"]) == ("sc:Dataset", "http://mlcommons.org/croissant/1.0")
    assert whole["datePublished"] == "2027-01-31"
    (file,) = whole["distribution"]
    assert file == {
        "@type": "cr:FileObject",
        "@id": "claims.csv",
        "name": "claims.csv",
        "contentUrl": "https://data.example/c.csv",
        "encodingFormat": "text/csv",
        "sha256": "ab" * 32,
    }
    assert lacking(dataclasses.replace(WRITTEN, provenance=provenance)) == []
    assert set(croissant(bare)) == {"@context", "@type", "conformsTo", "name"}
    assert len(lacking(bare)) == len(REQUIRED)


def test_every_term_of_a_file_is_one_of_schema_org_or_stands_under_a_known_prefix() -> None:
    text = json.dumps(croissant(WRITTEN))

    assert CONTEXT["rai"] == "http://mlcommons.org/croissant/RAI/"
    for word in ("dataBiases", "dataLimitations", "dataPreprocessingProtocol", "dataCollectionTimeframe"):
        assert f'"rai:{word}"' in text and f'"{word}"' not in text


#: The schema 0.0.2 of the toolkit, as far as a file of the portal has it.
DETAILS = {"name", "overview", "documentation", "owners", "version", "licenses", "references", "citations"}
CONSIDERATIONS = {"users", "use_cases", "limitations", "tradeoffs", "ethical_considerations"}


@pytest.mark.parametrize("licence", ["MIT", "MIT OR Apache-2.0"])
def test_a_card_is_of_the_schema(licence: str) -> None:
    card = model_card_json(dataclasses.replace(WRITTEN, licence=licence))

    assert set(card) == {
        "schema_version",
        "model_details",
        "model_parameters",
        "quantitative_analysis",
        "considerations",
    }
    assert set(card["model_details"]) <= DETAILS and set(card["considerations"]) <= CONSIDERATIONS
    assert len(card["model_details"]["licenses"][0]) == 1
    for metric in card["quantitative_analysis"]["performance_metrics"]:
        assert set(metric) <= {"type", "value", "slice"} and isinstance(metric["value"], int | float)
    assert model_card_json(ExportedResource("MOD-2", "Bare", "")) == {
        "schema_version": "0.0.2",
        "model_details": {"name": "Bare"},
    }


def test_a_line_without_a_label_goes_on_with_the_one_before() -> None:
    found = taken_apart("Free.\nCreator: Ada\nand Bob\nNote: no label\nCreator: Eve", {"Creator"})

    assert found.said == {"Creator": ["Ada\nand Bob\nNote: no label", "Eve"]}
    assert found.rest == "Free."


def test_every_loss_is_of_a_field_that_the_record_has() -> None:
    names = {field.name for model in (AIModel, DataSet) for field in model._meta.get_fields()}

    for kind in LOSSES.values():
        assert set(kind) <= set(LABELS)
    assert set(LABELS) - names == {"systems"}


FORMATS = [(DataSet, "data-sets", "application/ld+json"), (AIModel, "models", "application/json")]


@pytest.mark.parametrize(("model", "path", "media_type"), FORMATS)
def test_page_and_api_hand_out_the_file_and_say_what_it_does_not_carry(
    house: House, other_house: House, model: Any, path: str, media_type: str
) -> None:
    lead, stranger = as_member(house, "lead"), as_member(other_house, "lead")
    with acting_in(house.organization):
        record = a_resource(house, model, "Scorer", licence="MIT", measures=[RECALL])
        prompt = a_resource(house, Prompt, "Writer")
    with acting_in(other_house.organization):
        foreign = a_resource(other_house, model, "Theirs")
    at = house.url(f"{path}/{record.pk}/export/")

    assert at in lead.get(house.url(f"{path}/{record.pk}/")).text
    assert "/export/" not in lead.get(house.url(f"prompts/{prompt.pk}/")).text
    page = lead.get(at).text
    assert f"{at}file/" in page and "it is not in the file" in page
    file = lead.get(f"{at}file/")
    assert (file.headers["Content-Type"], file.headers["X-Content-Type-Options"]) == (media_type, "nosniff")
    assert record.reference.lower() in file.headers["Content-Disposition"]
    assert lead.get(house.api(f"{path}/{record.pk}/export")).content == file.content
    told = lead.get(house.api(f"{path}/{record.pk}/export-format")).json()
    assert [each["field"] for each in told["losses"]] == [
        key for key in LABELS if key in LOSSES[told["kind"]]
    ]
    assert bool(told["lacking"]) is (model is DataSet)
    for missing in (house.url(f"{path}/{foreign.pk}/export/file/"), house.api(f"{path}/{foreign.pk}/export")):
        assert lead.get(missing).status_code == 404
    assert stranger.get(at).status_code == 404
    assert lead.get(house.api(f"prompts/{prompt.pk}/export")).status_code == 404


@pytest.mark.parametrize(("model", "path", "media_type"), FORMATS)
def test_an_access_without_downloads_includes_no_export(
    house: House, model: Any, path: str, media_type: str
) -> None:
    with acting_in(house.organization):
        record = a_resource(house, model, "Scorer")
        auditor = as_auditor(grant_for(house, a_complete_system(house)))
        AccessGrant.objects.update(may_download=False)

    for address in ("export/", "export/file/"):
        assert auditor.get(house.url(f"{path}/{record.pk}/{address}")).status_code == 403
    assert auditor.get(house.api(f"{path}/{record.pk}/export")).status_code == 403


@pytest.mark.parametrize(("model", "path", "media_type"), FORMATS)
def test_what_is_handed_out_enters_another_organization(
    house: House, other_house: House, model: Any, path: str, media_type: str
) -> None:
    with acting_in(house.organization):
        record = a_resource(house, model, "Scorer", version="1", licence="MIT", limitations="Adults only.")
    file = as_member(house, "lead").get(house.url(f"{path}/{record.pk}/export/file/"))

    with acting_in(other_house.organization):
        upload = uploaded(other_house, file.content, name="scorer.json")

        assert (upload.state, upload.resource_count, upload.problem_count) == ("previewed", 1, 0)


@pytest.mark.parametrize(("model", "path", "media_type"), FORMATS)
def test_an_export_asks_as_often_whatever_the_record_holds(
    house: House, model: Any, path: str, media_type: str
) -> None:
    lead, counts = as_member(house, "lead"), []
    with acting_in(house.organization):
        bare = a_resource(house, model, "Bare")
        full = a_resource(house, model, "Full", measures=[{**RECALL, "slice": str(n)} for n in range(30)])
    for record in (bare, full):
        with count_queries() as seen:
            assert lead.get(house.url(f"{path}/{record.pk}/export/file/")).status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1]
