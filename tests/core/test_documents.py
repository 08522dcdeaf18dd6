import json
from datetime import UTC, date, datetime

import pytest

from aims.core.documents import (
    NOT_RECORDED,
    Column,
    Facts,
    Gap,
    Prose,
    Section,
    Table,
    csv_text,
    display,
    gaps_of,
    render_document,
    section_files,
)
from tests.core.document_sample import cover, sections

COLUMNS = (Column("Reference", 30), Column("Title", 70))


def test_a_table_is_the_same_in_json_csv_and_print() -> None:
    table = Table(columns=COLUMNS, rows=[("R-1", "Drift")])
    section = Section("risks", "10", "Risks", ("6.1.2",), {"risks": table})

    files = section_files(section)
    html = render_document(cover(), [section], [])

    assert sorted(files) == ["10-risks.csv", "10-risks.json"]
    assert files["10-risks.csv"].decode("utf-8-sig") == '"Reference","Title"\r\n"R-1","Drift"\r\n'
    data = json.loads(files["10-risks.json"])
    assert data["data"]["risks"]["rows"] == [{"Reference": "R-1", "Title": "Drift"}]
    assert '<td class="text">R-1</td><td class="text">Drift</td>' in html


def test_two_tables_of_a_section_have_two_csv_files() -> None:
    tables = {name: Table(columns=COLUMNS, rows=[]) for name in ("inside", "outside")}

    files = section_files(Section("systems", "8", "Systems", data=tables))

    assert sorted(files) == ["08-systems-inside.csv", "08-systems-outside.csv", "08-systems.json"]


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        ((Column("A", 50), Column("B", 49)), [], "sum to 99"),
        ((Column("A", 99), Column("B", 1)), [], "3 to 80"),
        ((Column("A", 50), Column("A", 50)), [], "same label"),
        (COLUMNS, [("only one",)], "1 cells for 2 columns"),
    ],
)
def test_a_table_that_cannot_be_printed_is_refused(
    columns: tuple[Column, ...], rows: list[tuple[str, ...]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Table(columns=columns, rows=rows)


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-1", "@SUM", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"]
)
def test_no_cell_of_a_csv_runs_as_a_formula(start: str) -> None:
    assert csv_text([[start]]).startswith("\"'")


def test_numbers_of_a_csv_stay_numbers_and_nothing_stays_empty() -> None:
    assert (
        csv_text([[-3, 2.5, None, "", True, date(2026, 2, 1)]]) == '"-3","2.5","","","Yes","2026-02-01"\r\n'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NOT_RECORDED),
        ("", NOT_RECORDED),
        ((), NOT_RECORDED),
        (0, "0"),
        (False, "No"),
        (date(2026, 3, 1), "1 Mar 2026"),
        (datetime(2026, 3, 1, 9, 5, tzinfo=UTC), "1 Mar 2026, 09:05 UTC"),
        (("4.1", "4.2"), "4.1; 4.2"),
    ],
)
def test_a_reader_sees(value: object, text: str) -> None:
    assert display(value) == text


def test_markup_in_a_record_is_printed_and_not_obeyed() -> None:
    hostile = '<img src="http://example.org/x"><script>alert(1)</script>'
    section = Section(
        "hostile",
        "1",
        hostile,
        (hostile,),
        {
            "facts": Facts(rows=((hostile, hostile),), title=hostile),
            "prose": Prose(text=hostile, title=hostile),
            "table": Table(columns=COLUMNS, rows=[(hostile, hostile)], title=hostile),
        },
        (hostile,),
    )

    html = render_document(cover(), [section], gaps_of([section]))

    assert html.count("&lt;script&gt;") == 15
    assert "<script" not in html
    assert "<img" not in html


def test_the_gaps_of_sections_are_listed_with_their_requirements() -> None:
    assert gaps_of(sections(0.02)) == (Gap("2 Context", "No climate decision.", ("4.1",)),)


def test_an_empty_table_says_so() -> None:
    section = Section("risks", "10", "Risks", data={"risks": Table(columns=COLUMNS, rows=[])})

    assert '<p class="empty">None recorded.</p>' in render_document(cover(), [section], [])


def test_no_document_uses_slow_layout() -> None:
    html = render_document(cover(), sections(0.02), [])

    assert html.count("<table") == html.count("<colgroup>") > 3
