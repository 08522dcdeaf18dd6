import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from inventory.imports.record import Problem, Unmapped
from inventory.imports.tabular import STORED_AS_TEXT

SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = "</sheetData></worksheet>"


def workbook(*rows, title="Systems", others=()):
    book = Workbook()
    book.worksheets[0].title = title
    for row in rows:
        book.worksheets[0].append(row)
    for name in others:
        book.create_sheet(name).append(["Anything"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data, *, replaced=(), added=()):
    """The workbook with parts replaced or added, as an attacker would write it."""
    out = io.BytesIO()
    new = dict(replaced)
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in old.infolist():
            made.writestr(entry.filename, new.get(entry.filename, old.read(entry)))
        for name, content in added:
            made.writestr(name, content)
    return out.getvalue()


ONE = workbook(["Name", "Purpose"], ["Triage helper", "Sorts calls"])


def test_rows_become_systems(read):
    data = workbook(
        ["Name", "Version", "People count", "In scope", "Model version"],
        ["Triage helper", 2.0, 1200.0, True, datetime.datetime(2025, 3, 1)],
        [],
        ["Bed planner", "1.10", 30, False, datetime.date(2025, 4, 2)],
    )

    parsed = read("systems.xlsx", data)

    assert [(system.position, system.fields) for system in parsed.systems] == [
        (
            "row 2",
            {
                "name": "Triage helper",
                "version": "2",
                "affected_count": 1200,
                "in_scope": True,
                "model_version": "2025-03-01",
            },
        ),
        (
            "row 4",
            {
                "name": "Bed planner",
                "version": "1.10",
                "affected_count": 30,
                "in_scope": False,
                "model_version": "2025-04-02",
            },
        ),
    ]
    assert parsed.is_importable


def test_a_formula_is_kept_as_text_and_noted(read):
    parsed = read(
        "systems.xlsx", workbook(["Name", "Purpose"], ["Triage", '=HYPERLINK("http://evil.example")'])
    )

    assert parsed.systems[0].fields["purpose"] == '=HYPERLINK("http://evil.example")'
    assert parsed.systems[0].notices == (Problem("purpose", STORED_AS_TEXT),)


def test_a_negative_number_is_no_formula(read):
    parsed = read("systems.xlsx", workbook(["Name", "Version"], ["Triage", -5]))

    assert parsed.systems[0].fields["version"] == "-5"
    assert parsed.systems[0].notices == ()


def test_the_sheet_with_the_names_is_found_and_the_others_are_reported(read):
    data = workbook(["Contents"], ["See next sheet"], title="Cover", others=["Notes"])
    book_with_list = Workbook()
    book_with_list.worksheets[0].title = "Cover"
    book_with_list.worksheets[0].append(["Contents"])
    sheet = book_with_list.create_sheet("List")
    sheet.append(["System name"])
    sheet.append(["Triage"])
    out = io.BytesIO()
    book_with_list.save(out)

    parsed = read("systems.xlsx", out.getvalue())

    assert [system.name for system in parsed.systems] == ["Triage"]
    assert parsed.unmapped == (Unmapped("sheet “Cover”", "", "Only the sheet “List” is read."),)
    assert data != out.getvalue()


def test_a_sheet_of_two_million_rows_is_refused(refusal):
    rows = "".join(
        f'<row r="{number}"><c t="n" r="A{number}"><v>1</v></c></row>' for number in range(1, 2_000_001)
    )
    data = changed(ONE, replaced=[(SHEET, SHEET_START + rows + SHEET_END)])

    assert refusal("systems.xlsx", data) == (
        "The workbook would unpack to more than 50 MB and is not opened: split it."
    )


def test_more_rows_than_allowed_are_refused_without_reading_on(refusal):
    data = workbook(["Name"], *([f"System {number}"] for number in range(60_000)))

    assert refusal("systems.xlsx", data) == "The file has more than 50000 rows: split it."


def test_a_row_number_far_below_the_end_of_any_sheet_is_refused(refusal):
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
        '<row r="2000000000"><c r="A2000000000" t="inlineStr"><is><t>Late</t></is></c></row>'
    )
    data = changed(ONE, replaced=[(SHEET, SHEET_START + rows + SHEET_END)])

    assert refusal("systems.xlsx", data) == "The sheet has more than 1048576 rows: split it."


def test_more_columns_than_allowed_are_refused(refusal):
    data = workbook(["Name", *(f"c{number}" for number in range(200))], ["Triage"])

    assert refusal("systems.xlsx", data) == "Row 1 has 201 columns; at most 200 are possible."


def test_a_zip_bomb_by_size_is_refused(refusal):
    data = changed(ONE, added=[("xl/media/image1.png", b"\0" * 60 * 1024 * 1024)])

    assert len(data) < 1024 * 1024
    assert refusal("systems.xlsx", data) == (
        "The workbook would unpack to more than 50 MB and is not opened: split it."
    )


def test_a_zip_bomb_by_ratio_is_refused(refusal):
    data = changed(ONE, added=[("xl/media/image1.png", b"\0" * 20 * 1024 * 1024)])

    assert (
        refusal("systems.xlsx", data)
        == "The workbook unpacks to more than 100 times its size and is not opened."
    )


def test_a_part_that_lies_about_its_size_is_refused(refusal):
    stated, true = (15_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    data = changed(ONE, replaced=[(SHEET, SHEET_START + " " * (15_000_000 - len(SHEET_START)))])
    assert data.count(stated) == 2

    assert refusal("systems.xlsx", data.replace(stated, true)) in (
        "The workbook is damaged or is not a workbook.",
        "The workbook is damaged and cannot be unpacked.",
    )


@pytest.mark.parametrize(
    ("added", "sentence"),
    [
        (("../../etc/cron.d/x", b"x"), "The workbook contains a part with an unsafe path and is not opened."),
        (("/etc/passwd", b"x"), "The workbook contains a part with an unsafe path and is not opened."),
        (("..\\x", b"x"), "The workbook contains a part with an unsafe path and is not opened."),
        (("xl/embeddings/inner.bin", ONE), "The workbook contains another archive and is not opened."),
        (("xl/vbaProject.bin", b"x"), "The workbook contains macros: save it as .xlsx without macros."),
    ],
)
def test_a_workbook_with_a_hostile_part_is_refused(refusal, added, sentence):
    assert refusal("systems.xlsx", changed(ONE, added=[added])) == sentence


def test_a_workbook_with_a_link_is_refused(refusal):
    link = zipfile.ZipInfo("xl/link")
    link.external_attr = 0o120777 << 16

    assert refusal("systems.xlsx", changed(ONE, added=[(link, b"/etc/passwd")])) == (
        "The workbook contains a link and is not opened."
    )


def test_a_workbook_of_too_many_parts_is_refused(refusal):
    data = changed(ONE, added=[(f"xl/part{number}", b"") for number in range(2_001)])

    assert refusal("systems.xlsx", data) == "The workbook has more than 2000 parts and is not opened."


@pytest.mark.parametrize(
    "data",
    [ONE[:-100], b"PK\x03\x04" + b"\0" * 200, changed(ONE, replaced=[("xl/workbook.xml", b"<broken")])],
    ids=["cut off", "no archive", "broken xml"],
)
def test_a_damaged_workbook_is_refused(refusal, data):
    assert refusal("systems.xlsx", data).startswith("The workbook is damaged")


def test_an_entity_in_a_sheet_reads_no_file(refusal, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("Leaked name")
    sheet = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>{SHEET_START}'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
        f'<row r="2"><c r="A2" t="inlineStr"><is><t>&e;</t></is></c></row>{SHEET_END}'
    )

    sentence = refusal("systems.xlsx", changed(ONE, replaced=[(SHEET, sheet)]))

    assert sentence == "The workbook is damaged or is not a workbook."


def test_another_zip_file_is_refused(refusal):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("hello.txt", "hello")

    assert refusal("systems.xlsx", out.getvalue()) == "The workbook is damaged or is not a workbook."
