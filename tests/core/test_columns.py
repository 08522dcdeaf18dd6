"""Which columns of a register are shown: what the address says, and what is left out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from aims.core.columns import Choice, Column, Link, Tag
from aims.core.generic import ColumnRegister
from tests.cast import House

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
    assert [cell.note for cell in usual.lines([ROW])[0].cells] == [None, "2.1", None]
    assert [column.key for column in chosen.written] == ["reference", "name", "owner"]
    assert [cell.note for cell in chosen.lines([ROW])[0].cells] == [None, None, None]


def test_a_row_is_known_by_its_name_or_else_by_its_reference() -> None:
    for asked, head in (("people,name", "name"), ("people", "reference")):
        cells = Choice(OFFERED, [asked]).lines([ROW])[0].cells
        assert [cell.column.key for cell in cells if cell.is_head] == [head]


def test_only_what_is_shown_is_read() -> None:
    assert Choice(OFFERED, []).reads == []
    assert Choice(OFFERED, ["people"]).reads == ["people"]


PLACE = Column(
    "place",
    "Place",
    lambda row: row.place,
    is_shown=True,
    link=Link("evidence", "core.view_evidence", "place_id"),
)


def drawn(column: Column, **said: Any) -> str:
    row = SimpleNamespace(**{"reference": "SYS-001", "place": "<Ward>", "said": {"place_id": 7}, **said})
    line = Choice([OFFERED[0], column], [])
    context = {"organization": SimpleNamespace(slug="meadow"), "line": line.lines([row])[0]}
    return Template("{% load registers %}{% register_cells line %}").render(Context(context))


def test_a_cell_leads_to_the_record_that_it_names_and_nothing_leads_nowhere() -> None:
    assert '<a href="/o/meadow/evidence/7/">&lt;Ward&gt;</a></td>' in drawn(PLACE)
    for said in ({"place": ""}, {"said": {"place_id": None}}):
        assert "<a" not in drawn(PLACE, **said)

    instead = replace(PLACE, tag=lambda row: Tag("Nowhere"))
    beside = replace(PLACE, tag=lambda row: Tag("Full", is_beside=True))
    assert "<a" not in drawn(instead)
    assert "Ward&gt;</a> <span" in drawn(beside)


class Register(ColumnRegister):
    def columns_offered(self) -> Sequence[Column]:
        return (PLACE,)


@pytest.mark.parametrize(("who", "leads"), [("lead", True), ("staff", False)])
def test_the_name_stands_alone_for_whoever_may_not_open_what_it_names(
    house: House, who: str, leads: bool
) -> None:
    request = RequestFactory().get("/")
    request.actor = house.actor(who)  # type: ignore[attr-defined]
    register = Register()
    register.setup(request, organization=house.organization.slug)

    (column,) = register.choice.offered

    assert "&lt;Ward&gt;" in drawn(column)
    assert ("<a" in drawn(column)) is leads
