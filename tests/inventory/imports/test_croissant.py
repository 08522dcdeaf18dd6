import pytest

from inventory.imports.formats import Format, ImportRefused
from inventory.imports.record import ComponentKind, Problem

CONTEXT = {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"}
LETTERS = {
    "@context": CONTEXT,
    "@type": "sc:Dataset",
    "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
    "name": {"de": "Briefe", "en": "Letters"},
    "description": "Letters of patients with their topics.",
    "license": {"@type": "sc:CreativeWork", "name": "CC-BY-4.0"},
    "url": "https://data.example/letters",
    "version": 2.1,
    "creator": [{"@type": "sc:Person", "name": "Ada"}, {"@type": "sc:Organization", "name": "Clinic"}],
    "publisher": {"@type": "sc:Organization", "name": "Letter House", "url": "https://house.example"},
    "keywords": ["letters", {"@type": "sc:DefinedTerm", "name": "triage"}],
    "distribution": [
        {
            "@type": "cr:FileObject",
            "@id": "letters.csv",
            "name": "letters.csv",
            "contentUrl": "https://data.example/letters.csv",
            "encodingFormat": "text/csv",
            "description": "All letters of 2021.",
            "sha256": "AB" * 32,
        },
        {"@type": "cr:FileObject", "@id": "raw", "name": "raw", "sha256": "to be filled", "license": "MIT"},
    ],
    "recordSet": [{"@type": "cr:RecordSet", "name": "rows"}],
    "rai:dataCollection": "Copied from the post room.",
    "rai:dataCollectionTimeframe": "2020-01-01/2022-12-31",
    "rai:dataBiases": "Few letters of children.",
    "cr:dataLimitations": "German only.",
    "rai:dataPreprocessingProtocol": ["Names removed.", "Scans read."],
    "rai:personalSensitiveInformation": ["Age", "Health"],
    "temperature": 12,
}


def test_a_data_set_becomes_a_record_with_what_the_extension_says(read):
    parsed = read("letters.json", LETTERS)

    assert (parsed.format, parsed.spec_version, parsed.systems) == (Format.CROISSANT, "1.1", ())
    (letters,) = parsed.resources
    assert letters.kind is ComponentKind.DATASET
    assert letters.fields == {
        "name": "Letters",
        "version": "2.1",
        "licence": "CC-BY-4.0",
        "source": "https://data.example/letters",
        "supplier": "Letter House",
        "categories": ["Age", "Health"],
        "collected_from": "2020-01-01",
        "collected_until": "2022-12-31",
        "hashes": [{"algorithm": "sha256", "value": "ab" * 32}],
        "preparation": "Preprocessing: Names removed., Scans read.",
        "bias_checks": "Biases the file names: Few letters of children.",
        "limitations": "German only.",
        "provenance": "Description: Letters of patients with their topics.\n"
        "Creator: Ada, Clinic\nPublisher: Letter House (https://house.example)\nKeywords: letters, triage\n"
        "Collection: Copied from the post room.\n"
        "Files: letters.csv (https://data.example/letters.csv); raw",
    }
    assert letters.problems == ()
    assert [problem.field for problem in letters.notices] == ["special_categories"]


def test_what_has_no_place_is_told(read):
    (letters,) = read("letters.json", LETTERS).resources

    assert {each.path: each.value_excerpt for each in letters.unmapped} == {
        "name": '{"de": "Briefe"}',
        "distribution[0].description": "All letters of 2021.",
        "distribution[1].sha256": "to be filled",
        "distribution[1].license": "MIT",
        "recordSet": '[{"@type": "cr:RecordSet", "name": "rows"}]',
        "temperature": "12",
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"conformsTo": "http://mlcommons.org/croissant/2.0"}, "Croissant 2.0 cannot be read"),
        (
            {"conformsTo": None, "@context": {"ml": "http://mlcommons.org/schema/"}},
            "Croissant before 1.0 cannot be read",
        ),
        ({"@type": "sc:WebPage"}, "describes no data set"),
    ],
)
def test_a_file_that_is_not_croissant_as_it_is_known_is_refused(read, change, sentence):
    with pytest.raises(ImportRefused) as refused:
        read("letters.json", {**LETTERS, **change})

    assert sentence in str(refused.value)


def test_a_data_set_without_a_name_and_a_version_not_stated_are_told(read):
    parsed = read("letters.json", {**LETTERS, "name": "", "conformsTo": None})

    assert parsed.resources[0].problems == (Problem("name", "The data set has no name."),)
    assert not parsed.is_importable
    assert "does not say in “conformsTo”" in parsed.notices[0].sentence


def test_a_time_that_is_no_two_days_stays_in_words(read):
    (letters,) = read("letters.json", {**LETTERS, "rai:dataCollectionTimeframe": "spring"}).resources

    assert "collected_from" not in letters.fields
    assert "Collected: spring" in letters.fields["provenance"]
    assert "dataCollectionTimeframe" in {each.path for each in letters.unmapped}


def test_two_data_sets_with_one_name_and_version_are_marked(read):
    one = {key: value for key, value in LETTERS.items() if key != "@context"}
    parsed = read("letters.json", {"@context": CONTEXT, "@graph": [one, {**one, "description": "Again"}]})

    assert [each.problems[0].sentence for each in parsed.resources] == [
        "The version “2.1” of “Letters” stands in the file more than once: data set 1, data set 2."
    ] * 2
