import time

import pytest

from inventory.imports.formats import Format
from inventory.imports.record import Problem, Unmapped
from inventory.imports.tabular import STORED_AS_TEXT, TOO_MANY_CELLS
from inventory.imports.text import READ_AS_WESTERN

TWO = "Name,Purpose,Number of people affected\nTriage helper,Sorts calls,1200\nBed planner,Plans beds,30\n"


def fields_of(parsed):
    return [system.fields for system in parsed.systems]


def test_rows_become_systems_with_position_and_missing_fields(read):
    parsed = read("systems.csv", TWO)

    assert parsed.format is Format.CSV
    assert parsed.is_importable
    assert [(system.position, system.fields) for system in parsed.systems] == [
        ("row 2", {"name": "Triage helper", "purpose": "Sorts calls", "affected_count": 1200}),
        ("row 3", {"name": "Bed planner", "purpose": "Plans beds", "affected_count": 30}),
    ]
    assert "owner_email" in parsed.systems[0].missing
    assert "purpose" not in parsed.systems[0].missing
    assert "external_id" not in parsed.systems[0].missing


def test_an_own_system_lacks_no_supplier(read):
    parsed = read("systems.csv", "Name,Sourcing\nOne,own\nTwo,vendor\n")

    assert ["supplier" in system.missing for system in parsed.systems] == [False, True]


@pytest.mark.parametrize(
    "content",
    [
        TWO.encode("utf-8-sig"),
        TWO.replace("\n", "\r\n").encode(),
        TWO.replace("\n", "\r").encode(),
        TWO.replace(",", ";").encode(),
        TWO.replace(",", "\t").encode(),
        ("sep=;\r\n" + TWO.replace(",", ";")).encode(),
        TWO.encode("utf-16"),
        ("\ufeff" + TWO).encode("utf-16-be"),
    ],
    ids=["bom", "crlf", "cr", "semicolon", "tab", "separator line", "utf-16", "utf-16 big endian"],
)
def test_every_way_of_writing_a_csv_gives_the_same(read, content):
    parsed = read("systems.csv", content)

    assert fields_of(parsed) == fields_of(read("plain.csv", TWO))
    assert parsed.notices == ()


def test_latin_1_is_read_and_said(read):
    parsed = read("systems.csv", "Name;Purpose\nPflegeplan;Pläne für Ärzte – täglich\n".encode("cp1252"))

    assert fields_of(parsed) == [{"name": "Pflegeplan", "purpose": "Pläne für Ärzte – täglich"}]
    assert parsed.notices == (Problem("", READ_AS_WESTERN),)
    assert parsed.is_importable


@pytest.mark.parametrize(
    "formula",
    [
        "=cmd|'/c calc'!A0",
        '=HYPERLINK("http://evil.example","x")',
        "+SUM(A1:A9)",
        "-2+3+A1",
        "@SUM(A1)",
        "＝1+1",
    ],
)
def test_a_formula_stays_text_and_is_noted(read, formula):
    quoted = formula.replace('"', '""')
    parsed = read("systems.csv", f'Name,Purpose\nTriage,"{quoted}"\n')

    assert parsed.systems[0].fields["purpose"] == formula
    assert parsed.systems[0].notices == (Problem("purpose", STORED_AS_TEXT),)
    assert parsed.is_importable


def test_a_formula_hidden_behind_a_tab_is_noted(read):
    parsed = read("systems.csv", 'Name,Purpose\nTriage,"\t=1+1"\n')

    assert parsed.systems[0].notices == (Problem("purpose", STORED_AS_TEXT),)


def test_a_plain_negative_number_is_no_formula(read):
    parsed = read("systems.csv", "Name,Version\nTriage,-5\n")

    assert parsed.systems[0].notices == ()


def test_duplicate_identifiers_are_problems_on_both_rows(read):
    parsed = read("systems.csv", "ID,Name\nA-1,One\nA-2,Two\na-1,Three\n")

    sentence = "The identifier “A-1” stands in the file more than once: row 2, row 4."
    assert parsed.systems[0].problems == (Problem("external_id", sentence),)
    assert parsed.systems[1].problems == ()
    assert [problem.field for problem in parsed.systems[2].problems] == ["external_id"]
    assert not parsed.is_importable


def test_duplicate_names_are_problems_on_both_rows(read):
    parsed = read("systems.csv", "Name\nTriage  helper\ntriage helper\n")

    assert [[problem.field for problem in system.problems] for system in parsed.systems] == [
        ["name"],
        ["name"],
    ]
    assert not parsed.is_importable


def test_a_row_without_a_name_is_a_problem(read):
    parsed = read("systems.csv", "Name,Purpose\n,Sorts calls\n")

    assert parsed.systems[0].problems == (Problem("name", "The system has no name."),)


def test_an_unknown_choice_is_a_problem_that_names_the_choices(read):
    parsed = read("systems.csv", "Name,Sourcing\nTriage,rented\n")

    sentence = "Sourcing “rented” is not known. Use one of: own, vendor, embedded."
    assert parsed.systems[0].problems == (Problem("sourcing", sentence),)
    assert "sourcing" not in parsed.systems[0].fields


def test_unknown_columns_are_reported_with_their_first_value(read):
    parsed = read("systems.csv", "Name,Cost centre,Colour\nOne,,\nTwo,4711,\n")

    assert parsed.unmapped == (
        Unmapped("column B “Cost centre”", "4711", "No inventory field has this heading."),
        Unmapped("column C “Colour”", "", "No inventory field has this heading."),
    )


def test_a_value_right_of_the_headings_is_a_problem(read):
    parsed = read("systems.csv", "Name,Purpose\nTriage,Sorts calls, and letters\n")

    assert parsed.systems[0].problems == (Problem("", TOO_MANY_CELLS),)


def test_control_and_direction_characters_are_removed_and_noted(read):
    parsed = read("systems.csv", "Name\nTri\u202eage\x07\n")

    assert parsed.systems[0].fields["name"] == "Triage"
    assert parsed.systems[0].notices == (Problem("name", "Invisible control characters were removed."),)


def test_an_error_value_of_a_spreadsheet_is_a_problem(read):
    parsed = read("systems.csv", "Name,Purpose\nTriage,#REF!\n")

    assert parsed.systems[0].problems == (Problem("purpose", "Purpose shows the error #REF!."),)


def test_text_in_quotation_marks_keeps_separators_and_lines(read):
    parsed = read("systems.csv", 'Name,Purpose\nTriage,"Sorts, then\nroutes"\nBeds,Plans\n')

    assert parsed.systems[0].fields["purpose"] == "Sorts, then\nroutes"
    assert parsed.systems[1].position == "row 3"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Name,Purpose\n", "The file has headings but no AI system below them."),
        (
            "Purpose,Owner\nSorts,a@example.org\n",
            "No column for the name of the AI system was found in row 1: "
            "the first row must hold the headings, one of them “Name”.",
        ),
        ("Name,Vendor,Supplier\nA,B,C\n", "Columns B and C both hold “Supplier”: keep one of them."),
        (b"Name,Purpose\nTriage,\x00\x01\n", "The file is not a text file: it contains binary data."),
        (b"\xff\xfeN\x00a\x00\x00\xd8", "The file is marked as UTF-16 but is not valid UTF-16 text."),
        (
            'Name,Purpose\nTriage,"never closed\n',
            "The CSV text is broken near line 2: unexpected end of data.",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_a_sentence(refusal, content, sentence):
    assert refusal("systems.csv", content).startswith(sentence)


def test_more_rows_than_allowed_are_refused(refusal):
    content = "Name\n" + "".join(f"System {number}\n" for number in range(50_001))

    assert refusal("systems.csv", content) == "The file has more than 50000 rows: split it."


def test_as_many_rows_as_allowed_are_read(read):
    parsed = read("systems.csv", "Name\n\nA\nB\n", max_rows=2)

    assert [system.position for system in parsed.systems] == ["row 3", "row 4"]


def test_more_columns_than_allowed_are_refused(refusal):
    content = "Name" + "".join(f",c{number}" for number in range(200)) + "\nA\n"

    assert refusal("systems.csv", content) == "Row 1 has 201 columns; at most 200 are possible."


def test_a_file_larger_than_allowed_is_refused(refusal):
    content = b"Name\n" + b"x" * 2 * 1024 * 1024

    assert refusal("systems.csv", content, max_bytes=1024 * 1024) == "The file is larger than 1 MB: split it."


def test_ten_thousand_systems_are_read_in_seconds(read):
    heading = "ID,Name,Purpose,AI type,Sourcing,Data classes,Number of people affected,Stage,In AIMS scope\n"
    row = "S-{0},System {0},Sorts requests of kind {0},nlp,vendor,contact data; requests,{0},live,yes\n"
    content = heading + "".join(row.format(number) for number in range(10_000))

    started = time.perf_counter()
    parsed = read("systems.csv", content)

    assert len(parsed.systems) == 10_000
    assert parsed.is_importable
    assert parsed.systems[-1].fields["affected_count"] == 9_999
    assert time.perf_counter() - started < 10
