import io

import pytest
from openpyxl import load_workbook

from inventory.imports.fields import ALL_FIELDS, FIELDS
from inventory.imports.own_fields import OwnFields
from inventory.imports.template import csv_example, csv_template, xlsx_template
from inventory.imports.xlsxfile import HELP_SHEET, SYSTEMS_SHEET

NONE = OwnFields()


def test_the_example_reads_back_whole_and_lacks_nothing(read):
    parsed = read("example.csv", csv_example(NONE))

    (system,) = parsed.systems
    assert set(system.fields) == set(FIELDS)
    assert system.missing == ()
    assert parsed.unmapped == ()
    assert parsed.is_importable


@pytest.mark.parametrize(
    ("name", "content"), [("blank.csv", csv_template(NONE)), ("blank.xlsx", xlsx_template(NONE))]
)
def test_a_blank_template_has_the_headings_and_no_system(refusal, name, content):
    assert refusal(name, content) == "The file has headings but no AI system below them."


def test_a_filled_workbook_reads_back_and_its_help_is_not_reported(read):
    workbook = load_workbook(io.BytesIO(xlsx_template(NONE)))
    workbook[SYSTEMS_SHEET].append([field.example for field in ALL_FIELDS])
    out = io.BytesIO()
    workbook.save(out)

    parsed = read("filled.xlsx", out.getvalue())

    assert set(parsed.systems[0].fields) == set(FIELDS)
    assert parsed.unmapped == ()
    assert parsed.is_importable


def test_the_help_sheet_explains_every_heading_with_its_allowed_values():
    workbook = load_workbook(io.BytesIO(xlsx_template(NONE)))

    rows = list(workbook[HELP_SHEET].iter_rows(min_row=2, values_only=True))

    assert [row[0] for row in rows] == [field.label for field in ALL_FIELDS]
    assert {row[0]: row[3] for row in rows}["Sourcing"] == "own, vendor, embedded"
