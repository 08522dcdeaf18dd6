"""Which columns of a register are shown: what the address says, and what is left out of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aims.core.columns import Choice, Column, Tag

OFFERED = (
    Column("reference", "Reference", lambda row: row.reference, is_shown=True),
    Column("name", "Name", lambda row: row.name, is_shown=True, is_name=True, beside="version"),
    Column("owner", "Owner", lambda row: "", is_shown=True, tag=lambda row: Tag("Nobody", "warn")),
    Column("version", "Version", lambda row: row.version),
    Column("people", "People", lambda row: row.people, reads=("people",)),
)
ROW = SimpleNamespace(reference="SYS-001", name="Triage", version="2.1", people="many")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ([], "reference,name,owner"),
        (["people,name"], "reference,people,name"),
        (["name, reference ,name"], "name,reference"),
        (["people", "version"], "reference,people,version"),
        (["unknown,version,__class__"], "reference,version"),
        (["unknown", ""], "reference,name,owner"),
    ],
)
def test_the_address_says_which_columns_and_in_which_order(asked: list[str], shown: str) -> None:
    assert Choice(OFFERED, asked).words == shown


def test_only_where_nobody_chose_a_column_stands_small_beside_another_and_in_the_file_after_it() -> None:
    usual, chosen = Choice(OFFERED, []), Choice(OFFERED, ["name,owner"])

    assert [column.key for column in usual.written] == ["reference", "name", "version", "owner"]
    assert [cell.note for cell in usual.lines([ROW])[0].cells] == ["", "2.1", ""]
    assert [column.key for column in chosen.written] == ["reference", "name", "owner"]
    assert [cell.note for cell in chosen.lines([ROW])[0].cells] == ["", "", ""]


def test_a_row_is_known_by_its_name_or_else_by_its_reference() -> None:
    for asked, head in (("people,name", "name"), ("people", "reference")):
        cells = Choice(OFFERED, [asked]).lines([ROW])[0].cells
        assert [cell.column.key for cell in cells if cell.is_head] == [head]


def test_only_what_is_shown_is_read() -> None:
    assert Choice(OFFERED, []).reads == []
    assert Choice(OFFERED, ["people"]).reads == ["people"]
